package main

import (
	"bytes"
	"io"
	"os"

	"github.com/pricewire/pricewire/pkg/client"
)

// mark begins the line with the position behind a batch; no other line begins so.
const mark = "@ "

// window is how much of the end of a journal is looked at first, in bytes.
const window = 64 << 10

// openJournal finds the last position in a journal and drops what is behind it.
func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	for look := int64(window); ; look *= 4 {
		from := max(0, size-look)
		tail := make([]byte, size-from)
		if _, err := file.ReadAt(tail, from); err != nil {
			return nil, err
		}
		at, text, found := lastPosition(tail)
		if !found && from > 0 {
			continue
		}
		j := &journal{file: file}
		if j.position, err = client.ParsePosition(text); err != nil {
			return nil, err
		}
		end := from + int64(at)
		if err := file.Truncate(end); err != nil {
			return nil, err
		}
		_, err = file.Seek(end, io.SeekStart)
		return j, err
	}
}

// lastPosition returns the last whole position in the end of a journal, and where it ends; 0 when there is none.
func lastPosition(tail []byte) (end int, position string, found bool) {
	end = bytes.LastIndexByte(tail, '\n') + 1
	for end > 0 {
		start := bytes.LastIndexByte(tail[:end-1], '\n') + 1
		if line := tail[start : end-1]; bytes.HasPrefix(line, []byte(mark)) && start > 0 { // its beginning is in sight
			return end, string(line[len(mark):]), true
		}
		end = start
	}
	return 0, "", false
}
