package cli

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func writing(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestAFileThatIsReplacedKeepsItsModeAndItsPlace(t *testing.T) {
	dir := t.TempDir()
	path := file(t, dir, "real/list.csv", "old")
	link := filepath.Join(dir, "link.csv")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := replace(link, writing("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || text(t, path) != "new" {
		t.Errorf("the link is now %v, the file says %q: %v", info.Mode(), text(t, path), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is now %v: %v", info.Mode(), err)
	}
}

func TestWhatIsNoOrdinaryFileIsWrittenToDirectly(t *testing.T) {
	if err := replace(os.DevNull, writing("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("it was replaced: %v, %v", info.Mode(), err)
	}
}

func TestAPlaceThatCannotBeWrittenIsAUsageError(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none", "list.csv"), filepath.Join(file(t, dir, "plain", ""), "list.csv")} {
		err := replace(path, writing("x"))
		if !fault.Is(err, fault.Invalid) || exitCode(err) != exitUsage {
			t.Errorf("%s: %v", path, err)
		}
	}
}
