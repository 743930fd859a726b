package up

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pricewire/pricewire/pkg/daemon"
)

// user is the name under which the parts of this process, and whoever reads endpoints.json, reach the embedded servers.
const user = "pricewire"

// secret returns the folder's password of that name and makes one the first time, so that clients stay connected across restarts.
func secret(folder *daemon.Folder, name string) (string, error) {
	file := name + ".secret"
	kept, err := os.ReadFile(filepath.Join(folder.Path, file))
	switch {
	case err == nil && strings.TrimSpace(string(kept)) != "":
		return strings.TrimSpace(string(kept)), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read secret: %w", err)
	}
	made := rand.Text()
	return made, folder.WriteFile(file, []byte(made+"\n"), 0o600)
}
