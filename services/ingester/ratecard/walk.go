package ratecard

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// walker goes through a stream of JSON value by value; as much of it lies in memory as one value needs.
type walker struct {
	from   *bufio.Reader
	limits Limits
	offset int64 // bytes read
	value  []byte
}

// chunk is how much is read at a time.
const chunk = 64 << 10

func newWalker(from io.Reader, limits Limits) *walker {
	w := &walker{from: bufio.NewReaderSize(from, chunk), limits: limits}
	const mark = "\uFEFF"
	if start, err := w.from.Peek(len(mark)); err == nil && string(start) == mark {
		n, _ := w.from.Discard(len(mark)) // what was peeked at can be discarded
		w.offset = int64(n)
	}
	return w
}

// byte reads one byte; io.EOF at the end.
func (w *walker) byte() (byte, error) {
	b, err := w.from.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	case err != nil:
		return 0, fmt.Errorf("read at byte %d: %w", w.offset, err)
	case w.offset >= w.limits.Bytes:
		return 0, wrong("end", w.offset, "the card is larger than %d bytes", w.limits.Bytes)
	}
	w.offset++
	return b, nil
}

// peek skips white space and returns the next byte without taking it.
func (w *walker) peek(where string) (byte, error) {
	for {
		b, err := w.byte()
		switch {
		case errors.Is(err, io.EOF):
			return 0, wrong(where, w.offset, "the data ends here").WithHint("get the card again: it seems to be cut off")
		case err != nil:
			return 0, err
		case b != ' ' && b != '\t' && b != '\n' && b != '\r':
			w.back()
			return b, nil
		}
	}
}

// back gives back the byte just read.
func (w *walker) back() {
	if w.from.UnreadByte() == nil { // always, after a byte was read
		w.offset--
	}
}

// expect takes the given punctuation after white space.
func (w *walker) expect(where string, want byte) error {
	b, err := w.peek(where)
	if err != nil {
		return err
	}
	if b != want {
		return wrong(where, w.offset, "found %q where %q was expected", b, want)
	}
	_, err = w.byte()
	return err
}

// each takes an object or array, whose elements the visitor takes one by one.
func (w *walker) each(where string, opening, closing byte, visit func() error) error {
	if err := w.expect(where, opening); err != nil {
		return err
	}
	b, err := w.peek(where)
	if err == nil && b == closing {
		return w.expect(where, closing)
	}
	for err == nil {
		if err = visit(); err != nil {
			return err
		}
		if b, err = w.peek(where); err != nil {
			return err
		}
		if b == closing {
			return w.expect(where, closing)
		}
		err = w.expect(where, ',')
	}
	return err
}

// key takes the name of a member and its colon.
func (w *walker) key(where string) (string, error) {
	b, err := w.peek(where)
	if err != nil {
		return "", err
	}
	if b != '"' {
		return "", wrong(where, w.offset, "found %q where the name of a member was expected", b)
	}
	raw, err := w.take(where)
	if err != nil {
		return "", err
	}
	name, _ := text(raw)
	return name, w.expect(where, ':')
}

// take takes any value that is well-formed and returns its bytes, which are good until the next one is taken.
func (w *walker) take(where string) ([]byte, error) {
	if _, err := w.peek(where); err != nil {
		return nil, err
	}
	start := w.offset
	if err := w.collect(where); err != nil {
		return nil, err
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(w.value, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, wrong(where, start+max(syntax.Offset-1, 0), "%s", syntax)
	} else if err != nil {
		return nil, wrong(where, start, "%v", err)
	}
	return w.value, nil
}

// collect reads on to where the value ends, if it is well-formed.
func (w *walker) collect(where string) error {
	w.value = w.value[:0]
	depth, quoted, escaped := 0, false, false
	for {
		b, err := w.byte()
		if errors.Is(err, io.EOF) {
			if depth == 0 && !quoted && len(w.value) > 0 { // a number or word; whoever wanted more will say so
				return nil
			}
			return wrong(where, w.offset, "the data ends in the middle of a value").WithHint("get the card again: it seems to be cut off")
		}
		if err != nil {
			return err
		}
		bare := !quoted && depth == 0 && len(w.value) > 0 && w.value[0] != '"'
		if bare && ends(b) {
			w.back()
			return nil
		}
		if w.value = append(w.value, b); len(w.value) > w.limits.ValueBytes {
			return wrong(where, w.offset-1, "it is larger than %d bytes", w.limits.ValueBytes)
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = b == '\\', b != '"'
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		}
		if last := b == '"' || b == '}' || b == ']'; last && depth <= 0 && !quoted && !escaped {
			return nil
		}
	}
}

// ends reports whether a number or word ends before b.
func ends(b byte) bool {
	switch b {
	case ' ', '\t', '\n', '\r', ',', ']', '}', ':':
		return true
	}
	return false
}

// finish makes sure that nothing but white space follows.
func (w *walker) finish() error {
	for {
		b, err := w.byte()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case b != ' ' && b != '\t' && b != '\n' && b != '\r':
			return wrong("end", w.offset-1, "%q follows the end of the card", b)
		}
	}
}

// wrong is the error for a card that is wrong at a byte.
func wrong(where string, offset int64, format string, args ...any) *fault.Error {
	at, problem := fmt.Sprintf("%s, byte %d", where, offset), fmt.Sprintf(format, args...)
	return fault.New(fault.Invalid, "%s: %s", at, problem).WithPlaces(fault.Place{Where: at, Problem: problem})
}
