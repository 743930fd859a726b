package clock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// ReadMark returns the high-water mark that a simulated clock left in a file; found is false when there is none.
func ReadMark(file string) (mark time.Time, found bool, err error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fault.New(fault.Unavailable, "read clock mark: %w", err)
	}
	mark, err = time.Parse(time.RFC3339Nano, strings.TrimSpace(string(data)))
	if err != nil {
		return time.Time{}, false, fault.New(fault.Invalid, "read clock mark %s: %w", file, err).
			WithHint("write the instant from which simulated time shall go on into the file, for example 2026-01-31T00:00:00Z")
	}
	return mark.UTC(), true, nil
}

// writeMark replaces the mark: whatever happens, the file holds the old one or the new one.
func writeMark(file string, mark time.Time) error {
	if err := replace(file, mark.UTC().Format(time.RFC3339Nano)+"\n"); err != nil {
		return fault.New(fault.Unavailable, "write clock mark: %w", err)
	}
	return nil
}

func replace(file, text string) error {
	temporary := file + ".new"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
