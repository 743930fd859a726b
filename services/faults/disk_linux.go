package main

import "golang.org/x/sys/unix"

// canFill says that a full disk can be had: by a limit on how long files may become, which is raised again. The process may be ours or, for
// root, anybody's.
const canFill = true

// fill makes every write of a process that would lengthen a file beyond so many bytes fail; free takes that back.
func fill(pid int, bytes uint64) error {
	limit, err := limits(pid)
	if err != nil {
		return err
	}
	limit.Cur = bytes
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil)
}

func free(pid int) error {
	limit, err := limits(pid)
	if err != nil {
		return err
	}
	limit.Cur = limit.Max
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil)
}

func limits(pid int) (unix.Rlimit, error) {
	var limit unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &limit)
	return limit, err
}
