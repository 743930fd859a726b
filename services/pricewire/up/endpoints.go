package up

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pricewire/pricewire/pkg/daemon"
)

// endpointsFile says where everything listens, while it does.
const endpointsFile = "endpoints.json"

// Endpoints are where a running process can be reached. They hold passwords, hence the file's mode.
type Endpoints struct {
	HTTP       string `json:"http"`
	NATS       string `json:"nats"`
	ClickHouse string `json:"clickhouse"`
	PID        int    `json:"pid"`
}

func (e Endpoints) write(folder *daemon.Folder) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return folder.WriteFile(endpointsFile, append(data, '\n'), 0o600)
}

// removeEndpoints takes away what a process that was killed has left, or what this one wrote.
func removeEndpoints(folder *daemon.Folder) error {
	err := os.Remove(filepath.Join(folder.Path, endpointsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
