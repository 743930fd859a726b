package azure

import (
	"errors"
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// chunk is how much is read at a time: some hundred rows.
const chunk = 256 << 10

// window shows a stream of JSON piece by piece: as much of it lies in memory as one row needs.
type window struct {
	from   io.Reader
	limits Limits
	cursor cursor
	buffer []byte // cursor.data is its filled part
	base   int64  // offset in the stream of buffer[0]
	ended  bool
}

// bufferKept is how large a buffer may be to be kept from page to page.
const bufferKept = 4 * chunk

// reset begins another stream, with the same buffer.
func (w *window) reset(from io.Reader) {
	if w.buffer == nil || len(w.buffer) > bufferKept {
		w.buffer = make([]byte, chunk)
	}
	w.from, w.base, w.ended = from, 0, false
	w.cursor.data, w.cursor.pos = nil, 0
}

// offset is where in the stream the cursor stands.
func (w *window) offset() int64 { return w.base + int64(w.cursor.pos) }

// take runs read at the cursor, and again from the same place with more data when there was too little. What read does must bear
// repetition. where names the place in errors.
func (w *window) take(where place, read func(c *cursor) error) error {
	start := w.cursor.pos
	for {
		err := read(&w.cursor)
		if err == nil {
			return nil
		}
		if wrong, ok := errors.AsType[*syntaxError](err); ok {
			return malformed(where, w.base+int64(wrong.at), wrong.problem)
		}
		if !errors.Is(err, errShort) {
			return err
		}
		if w.ended {
			return malformed(where, w.base+int64(len(w.cursor.data)), errShort.Error())
		}
		w.cursor.pos = start
		if err := w.fill(where); err != nil {
			return err
		}
		start = w.cursor.pos
	}
}

// fill drops what lies before the cursor and reads on.
func (w *window) fill(where place) error {
	rest := copy(w.buffer, w.cursor.data[w.cursor.pos:])
	w.base += int64(w.cursor.pos)
	w.cursor.pos = 0
	if rest > w.limits.RowBytes {
		return w.tooLarge(where)
	}
	if rest > len(w.buffer)/2 {
		w.buffer = append(w.buffer, make([]byte, len(w.buffer))...)
	}
	n, err := io.ReadAtLeast(w.from, w.buffer[rest:], 1)
	w.cursor.data = w.buffer[:rest+n]
	if w.base+int64(rest+n) > w.limits.BodyBytes {
		return fault.New(fault.Invalid, "decode page: it is larger than %d bytes", w.limits.BodyBytes)
	}
	switch {
	case errors.Is(err, io.EOF):
		w.ended = true
	case err != nil:
		return fmt.Errorf("read page at byte %d: %w", w.base+int64(rest+n), err)
	}
	return nil
}

func (w *window) tooLarge(where place) error {
	return malformed(where, w.offset(), fmt.Sprintf("it is larger than %d bytes", w.limits.RowBytes))
}

// begin skips a byte order mark and returns the first byte of the value, which stays where it is.
func (w *window) begin() (byte, error) {
	const mark = "\uFEFF"
	var first byte
	err := w.take(place{label: "start"}, func(c *cursor) error {
		if len(c.data) < len(mark) && !w.ended {
			return errShort
		}
		if len(c.data) >= len(mark) && string(c.data[:len(mark)]) == mark {
			c.pos = len(mark)
		}
		var err error
		first, err = c.peek()
		return err
	})
	return first, err
}

// finish makes sure that nothing but white space follows.
func (w *window) finish() error {
	for {
		if b, err := w.cursor.peek(); err == nil {
			return malformed(place{label: "end"}, w.offset(), fmt.Sprintf("%q follows the end of the value", b))
		}
		if w.ended {
			return nil
		}
		if err := w.fill(place{label: "end"}); err != nil {
			return err
		}
	}
}

// malformed is the error for JSON that is none.
func malformed(where place, offset int64, problem string) error {
	at := fmt.Sprintf("%s, byte %d", where, offset)
	return fault.New(fault.Invalid, "decode page: %s: %s", at, problem).WithPlaces(fault.Place{Where: at, Problem: problem})
}

// place is a row, counted from 1, or another part of a page.
type place struct {
	label string
	row   int
}

func (p place) String() string {
	if p.row > 0 {
		return fmt.Sprintf("row %d", p.row)
	}
	return p.label
}
