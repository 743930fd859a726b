package nats

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pricewire/pricewire/pkg/fault"
)

// lockDir makes the folder and takes it for this process: nats-server itself does not notice a second server on its files, and the two
// would destroy them. The lock goes with the process, however it ends.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New(fault.Invalid, "make nats folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open nats lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "lock nats folder %s: %w", dir, fmt.Errorf("another server uses it: %w", err))
	}
	return f, nil
}
