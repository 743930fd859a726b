package clickhouse

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds on a block that came from the network, checked before the engine sees it.
const (
	maxBlockColumns = 1 << 16
	maxBlockRows    = 100_000_000
	maxNameBytes    = 1 << 16
	maxTypeBytes    = 1 << 20
	maxValueBytes   = 1 << 28
	maxShapes       = 1024
)

// window is a look at the bytes that come next.
type window interface {
	// peek returns at least n bytes, and whatever else is at hand; n is at most 16. At the end of the input it returns io.EOF, or
	// io.ErrUnexpectedEOF when some but fewer than n bytes are left.
	peek(n int) ([]byte, error)
	// take removes n bytes that peek returned.
	take(n int)
}

type memoryWindow struct{ left []byte }

func (w *memoryWindow) peek(n int) ([]byte, error) {
	switch {
	case len(w.left) >= n:
		return w.left, nil
	case len(w.left) == 0:
		return nil, io.EOF
	}
	return nil, io.ErrUnexpectedEOF
}

func (w *memoryWindow) take(n int) { w.left = w.left[n:] }

type streamWindow struct{ in *bufio.Reader }

func (w streamWindow) peek(n int) ([]byte, error) {
	if w.in.Buffered() < n {
		if got, err := w.in.Peek(n); err != nil {
			if len(got) > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return w.in.Peek(w.in.Buffered())
}

func (w streamWindow) take(n int) { _, _ = w.in.Discard(n) }

// blockCopier copies Native blocks and finds their ends on the way. It changes nothing but the flag byte that newer protocol revisions
// put behind each column's type: the engine's own side never has it, clients always do.
type blockCopier struct {
	in        window
	out       io.Writer
	flagsIn   bool
	flagsOut  bool
	shapes    map[string]*shape
	columns   int // of the block copied last
	blockRows int // of the block copied last
}

// copyBlock copies one block. io.EOF before its first byte is returned as it is.
func (c *blockCopier) copyBlock() error {
	if _, err := c.in.peek(1); err != nil {
		return err
	}
	columns, err := c.count("columns", maxBlockColumns)
	if err != nil {
		return err
	}
	rows, err := c.count("rows", maxBlockRows)
	if err != nil {
		return err
	}
	c.columns, c.blockRows = int(columns), int(rows)
	for i := range columns {
		if err := c.column(rows); err != nil {
			return fmt.Errorf("copy column %d of %d: %w", i+1, columns, unexpected(err))
		}
	}
	return nil
}

func (c *blockCopier) column(rows uint64) error {
	if _, err := c.text(maxNameBytes); err != nil {
		return err
	}
	typeText, err := c.text(maxTypeBytes)
	if err != nil {
		return err
	}
	if err := c.flag(); err != nil {
		return err
	}
	if rows == 0 {
		return nil
	}
	s, err := c.shapeOf(typeText)
	if err != nil {
		return err
	}
	if err := c.prefix(s); err != nil {
		return err
	}
	return c.values(s, rows)
}

func (c *blockCopier) shapeOf(typeText string) (*shape, error) {
	if s, ok := c.shapes[typeText]; ok {
		return s, nil
	}
	s, err := parseShape(typeText)
	if err != nil {
		return nil, err
	}
	if c.shapes == nil || len(c.shapes) >= maxShapes {
		c.shapes = map[string]*shape{}
	}
	c.shapes[typeText] = s
	return s, nil
}

// flag reads and writes the byte that announces a serialization other than the plain one, which neither side may use.
func (c *blockCopier) flag() error {
	if c.flagsIn {
		b, err := c.in.peek(1)
		if err != nil {
			return err
		}
		if b[0] != 0 {
			return exceptionf(codeNotImplemented, "custom serialization does not pass the embedded server")
		}
		c.in.take(1)
	}
	if c.flagsOut {
		return c.write([]byte{0})
	}
	return nil
}

// prefix copies what a column says before its values: the version of each dictionary in it.
func (c *blockCopier) prefix(s *shape) error {
	if s.form == dictionary {
		return c.bytes(8)
	}
	for _, field := range s.fields {
		if err := c.prefix(field); err != nil {
			return err
		}
	}
	return nil
}

func (c *blockCopier) values(s *shape, rows uint64) error {
	if rows == 0 {
		return nil
	}
	switch s.form {
	case fixedWidth:
		return c.bytes(rows * s.width)
	case lengthPrefixed:
		return c.strings(rows)
	case nullable:
		if err := c.bytes(rows); err != nil {
			return err
		}
		return c.values(s.fields[0], rows)
	case array:
		return c.array(s, rows)
	case dictionary:
		return c.dictionary(s, rows)
	case tuple:
		return c.tuple(s, rows)
	}
	return fmt.Errorf("copy values: unknown form %d", s.form)
}

func (c *blockCopier) tuple(s *shape, rows uint64) error {
	if len(s.fields) == 0 { // an empty tuple is written as one byte a row
		return c.bytes(rows)
	}
	for _, field := range s.fields {
		if err := c.values(field, rows); err != nil {
			return err
		}
	}
	return nil
}

// array copies the rows' end offsets, the last of which is the number of elements, and then the elements.
func (c *blockCopier) array(s *shape, rows uint64) error {
	if err := c.bytes((rows - 1) * 8); err != nil {
		return err
	}
	elements, err := c.word()
	if err != nil {
		return err
	}
	if elements > maxBlockRows {
		return exceptionf(codeTooManyBytes, "a block's arrays hold %d elements, more than %d", elements, maxBlockRows)
	}
	return c.values(s.fields[0], elements)
}

// dictionary copies a low-cardinality column: keys, then for each row the index of its key, in as many rounds as the writer chose.
func (c *blockCopier) dictionary(s *shape, rows uint64) error {
	const widthMask, sharedKeys, ownKeys = 0xff, 1 << 8, 1 << 9
	for rows > 0 {
		kind, err := c.word()
		if err != nil {
			return err
		}
		if kind&sharedKeys != 0 || kind&ownKeys == 0 || kind&widthMask > 3 {
			return exceptionf(codeNotImplemented, "dictionary layout %#x does not pass the embedded server", kind)
		}
		keys, err := c.word()
		if err != nil {
			return err
		}
		if keys > maxBlockRows {
			return exceptionf(codeTooManyBytes, "a dictionary holds %d keys, more than %d", keys, maxBlockRows)
		}
		if err := c.values(s.fields[0], keys); err != nil {
			return err
		}
		indexes, err := c.word()
		if err != nil {
			return err
		}
		if indexes == 0 || indexes > rows {
			return fmt.Errorf("copy dictionary: %d indexes for %d rows", indexes, rows)
		}
		if err := c.bytes(indexes << (kind & widthMask)); err != nil {
			return err
		}
		rows -= indexes
	}
	return nil
}

// strings copies n values, each behind its length. Whole runs that are at hand go out in one write.
func (c *blockCopier) strings(n uint64) error {
	for n > 0 {
		b, err := c.in.peek(1)
		if err != nil {
			return err
		}
		at := 0
		for n > 0 && at < len(b) {
			length, width := binary.Uvarint(b[at:])
			if width <= 0 || length > uint64(len(b)-at-width) {
				break
			}
			at += width + int(length)
			n--
		}
		if at > 0 {
			if err := c.forward(b, at); err != nil {
				return err
			}
			continue
		}
		if err := c.longString(); err != nil {
			return err
		}
		n--
	}
	return nil
}

// longString copies one value that reaches past what is at hand.
func (c *blockCopier) longString() error {
	length, err := c.uvarint()
	if err != nil {
		return err
	}
	if length > maxValueBytes {
		return exceptionf(codeTooManyBytes, "a value has %d bytes, more than %d", length, maxValueBytes)
	}
	return c.bytes(length)
}

// bytes copies n bytes.
func (c *blockCopier) bytes(n uint64) error {
	for n > 0 {
		b, err := c.in.peek(1)
		if err != nil {
			return err
		}
		now := int(min(n, uint64(len(b))))
		if err := c.forward(b, now); err != nil {
			return err
		}
		n -= uint64(now)
	}
	return nil
}

func (c *blockCopier) forward(b []byte, n int) error {
	if err := c.write(b[:n]); err != nil {
		return err
	}
	c.in.take(n)
	return nil
}

// word copies eight bytes and returns them as a number.
func (c *blockCopier) word() (uint64, error) {
	b, err := c.in.peek(8)
	if err != nil {
		return 0, err
	}
	n := binary.LittleEndian.Uint64(b)
	return n, c.forward(b, 8)
}

// uvarint copies a number of variable length and returns it.
func (c *blockCopier) uvarint() (uint64, error) {
	for have := 1; have <= binary.MaxVarintLen64; have++ {
		b, err := c.in.peek(have)
		if err != nil {
			return 0, err
		}
		if n, width := binary.Uvarint(b[:min(len(b), binary.MaxVarintLen64)]); width > 0 {
			return n, c.forward(b, width)
		}
	}
	return 0, errors.New("copy number: longer than 64 bits")
}

func (c *blockCopier) count(what string, limit uint64) (uint64, error) {
	n, err := c.uvarint()
	if err != nil {
		return 0, unexpected(err)
	}
	if n > limit {
		return 0, exceptionf(codeTooManyBytes, "a block has %d %s, more than %d", n, what, limit)
	}
	return n, nil
}

// text copies a length-prefixed text and returns it.
func (c *blockCopier) text(limit uint64) (string, error) {
	length, err := c.uvarint()
	if err != nil {
		return "", err
	}
	if length > limit {
		return "", exceptionf(codeTooManyBytes, "a column's name or type has %d bytes, more than %d", length, limit)
	}
	var text []byte
	for uint64(len(text)) < length {
		b, err := c.in.peek(1)
		if err != nil {
			return "", err
		}
		now := min(int(length)-len(text), len(b))
		text = append(text, b[:now]...)
		if err := c.forward(b, now); err != nil {
			return "", err
		}
	}
	return string(text), nil
}

// write passes bytes on. A failure of the output is marked, so that it is not taken for a damaged input.
func (c *blockCopier) write(b []byte) error {
	if _, err := c.out.Write(b); err != nil {
		return &outputError{err}
	}
	return nil
}

type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// unexpected tells an end in the middle from an end between blocks.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
