package clickhouse

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// actionBytes is at least the size of the C library's struct sigaction on every platform the engine exists for.
const actionBytes = 256

// protectedSignals are those that the engine's handlers are known to touch and those that Go's runtime and the product live on.
func protectedSignals() []syscall.Signal {
	return []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE,
		syscall.SIGUSR1, syscall.SIGSEGV, syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGTERM, syscall.SIGCHLD, syscall.SIGCONT,
		syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGURG, syscall.SIGPROF, syscall.SIGSYS,
	}
}

// signalKeeper holds the process's signal actions as they were before the engine was loaded.
type signalKeeper struct {
	sigaction func(signal int32, action, old unsafe.Pointer) int32
	actions   map[syscall.Signal]*[actionBytes]byte
}

func keepSignals() (*signalKeeper, error) {
	address, err := purego.Dlsym(purego.RTLD_DEFAULT, "sigaction")
	if err != nil {
		return nil, fmt.Errorf("keep signal actions: %w", err)
	}
	k := &signalKeeper{actions: map[syscall.Signal]*[actionBytes]byte{}}
	purego.RegisterFunc(&k.sigaction, address)
	for _, signal := range protectedSignals() {
		action := new([actionBytes]byte)
		if k.sigaction(int32(signal), nil, unsafe.Pointer(action)) == 0 {
			k.actions[signal] = action
		}
	}
	return k, nil
}

// restore puts back the actions that differ from what was kept.
func (k *signalKeeper) restore() {
	for signal, action := range k.actions {
		now := new([actionBytes]byte)
		if k.sigaction(int32(signal), nil, unsafe.Pointer(now)) == 0 && *now != *action {
			k.sigaction(int32(signal), unsafe.Pointer(action), nil)
		}
	}
}

// emptyStandardInput makes file descriptor 0 end at once, for the whole process.
func emptyStandardInput() error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return fmt.Errorf("empty standard input: %w", err)
	}
	defer func() { _ = null.Close() }()
	if err := duplicate(int(null.Fd()), 0); err != nil {
		return fmt.Errorf("empty standard input: %w", err)
	}
	return nil
}
