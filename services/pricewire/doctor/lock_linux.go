package doctor

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// lockHeld reports whether a process holds the lock on a file, and which, without taking it: whoever starts meanwhile must find it free.
func lockHeld(path string) (held bool, by int) {
	info, err := os.Stat(path)
	if err != nil {
		return false, 0
	}
	file, ok := info.Sys().(*syscall.Stat_t)
	locks, err := os.ReadFile("/proc/locks")
	if !ok || err != nil {
		return false, 0
	}
	suffix := fmt.Sprintf(":%d", file.Ino)
	for line := range strings.Lines(string(locks)) {
		fields := strings.Fields(line) // 1: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE START END
		if len(fields) > 5 && fields[1] == "FLOCK" && strings.HasSuffix(fields[5], suffix) {
			_, _ = fmt.Sscan(fields[4], &by)
			return true, by
		}
	}
	return false, 0
}
