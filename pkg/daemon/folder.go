package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Folder is a data folder that this process alone may write.
type Folder struct {
	Path string
	lock *os.File
}

// LockFolder makes the folder if needed and takes its lock, which ends with the process, however it dies. A conflict fault means that
// another process has it; nothing was touched then.
func LockFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fault.New(fault.Invalid, "make data folder: %w", err).WithPlaces(fault.Place{Where: "flag.data", Problem: err.Error()})
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open lock: %w", err).WithPlaces(fault.Place{Where: "flag.data", Problem: err.Error()})
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		_ = lock.Close()
		return nil, fault.New(fault.Conflict, "data folder %s is in use by another process", path).
			WithHint("stop that process, or give this one another folder with --data")
	}
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("lock data folder %s: %w", path, err)
	}
	return &Folder{Path: path, lock: lock}, nil
}

// Unlock gives the folder back.
func (f *Folder) Unlock() error { return f.lock.Close() }

// WriteFile replaces a file of the folder atomically and durably: after a crash there is the old content or the new, never a part.
func (f *Folder) WriteFile(name string, data []byte, mode os.FileMode) error {
	temporary, err := os.CreateTemp(f.Path, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // nothing is left to remove once it has been renamed
	if err := fill(temporary, data, mode); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(temporary.Name(), filepath.Join(f.Path, name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	folder, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func fill(file *os.File, data []byte, mode os.FileMode) error {
	_, err := file.Write(data)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}
