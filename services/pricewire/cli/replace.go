package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pricewire/pricewire/pkg/fault"
)

// replace lets write fill a file, which takes its place under its name when that is done: a file is whole, or what it was before. What is no
// ordinary file, such as a pipe, is written to directly.
func replace(path string, write func(io.Writer) error) error {
	target, info, err := destination(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o666) // what the person's mask leaves of it
	switch {
	case info == nil:
	case info.IsDir():
		return unwritable(path, errors.New("it is a folder"))
	case !info.Mode().IsRegular():
		return fill(path, target, os.O_WRONLY, 0, write)
	default:
		mode = info.Mode().Perm()
	}
	part := fmt.Sprintf("%s.%d.part", target, os.Getpid())
	if err := fill(path, part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode, write); err != nil {
		_ = os.Remove(part)
		return err
	}
	if err := os.Rename(part, target); err != nil {
		_ = os.Remove(part)
		return unwritable(path, err)
	}
	return nil
}

// destination follows links to where a file is or will be, and says what is there, nil when nothing is.
func destination(path string) (string, fs.FileInfo, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	if err != nil {
		return "", nil, unwritable(path, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", nil, unwritable(path, err)
	}
	return target, info, nil
}

func fill(path, at string, flag int, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := os.OpenFile(at, flag, mode)
	if err != nil {
		return unwritable(path, err)
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// unwritable is the error of a --file that cannot be written.
func unwritable(path string, err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return fault.New(fault.Invalid, "write %s: %w", path, err).WithPlaces(fault.Place{Where: "flag.file", Problem: err.Error()})
}
