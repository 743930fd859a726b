package azure

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds the nesting of values that are skipped; rows nest two deep.
const maxDepth = 64

// errShort means that the data ended inside a value: more input may complete it.
var errShort = errors.New("the data ends in the middle of a value")

// syntaxError is JSON that is wrong whatever follows.
type syntaxError struct {
	at      int // in the cursor's data
	problem string
}

func (e *syntaxError) Error() string { return e.problem }

// cursor walks over JSON (RFC 8259, strictly) that lies in memory. It exists because the standard decoder either turns numbers into
// floats or takes four passes over a row whose bytes are to be kept; this one takes one, says at which byte it stopped, and can tell
// "wrong" from "not all there yet".
type cursor struct {
	data []byte
	pos  int
	text []byte // scratch for strings with escapes
}

func (c *cursor) fail(format string, args ...any) error {
	return &syntaxError{at: c.pos, problem: fmt.Sprintf(format, args...)}
}

// peek skips white space and returns the next byte without taking it.
func (c *cursor) peek() (byte, error) {
	if c.pos < len(c.data) && c.data[c.pos] > ' ' {
		return c.data[c.pos], nil
	}
	return c.space()
}

func (c *cursor) space() (byte, error) {
	for ; c.pos < len(c.data); c.pos++ {
		switch b := c.data[c.pos]; b {
		case ' ', '\t', '\n', '\r':
		default:
			return b, nil
		}
	}
	return 0, errShort
}

// expect takes the given punctuation after white space.
func (c *cursor) expect(want byte) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	if b != want {
		return c.fail("found %q where %q was expected", b, want)
	}
	c.pos++
	return nil
}

// more is asked after an element: it takes a comma and answers true, or takes the closing byte and answers false.
func (c *cursor) more(closing byte) (bool, error) {
	b, err := c.peek()
	if err != nil {
		return false, err
	}
	if b != ',' && b != closing {
		return false, c.fail("found %q where ',' or %q was expected", b, closing)
	}
	c.pos++
	return b == ',', nil
}

// opens takes an opening byte and reports whether something is inside; when not, the closing byte is taken too.
func (c *cursor) opens(opening, closing byte) (bool, error) {
	if err := c.expect(opening); err != nil {
		return false, err
	}
	b, err := c.peek()
	if err != nil {
		return false, err
	}
	if b == closing {
		c.pos++
		return false, nil
	}
	return true, nil
}

// key takes the name of a member and its colon. The result is valid until the next string is read.
func (c *cursor) key() ([]byte, error) {
	name, err := c.str()
	if err != nil {
		return nil, err
	}
	return name, c.expect(':')
}

// literal is a string as it was read.
type literal struct {
	bytes  []byte // decoded; valid until the next string is read
	start  int    // where in the data they stand; -1 when they were written with escapes
	simple bool   // plain ASCII
}

// str takes a string and returns it decoded; valid until the next string is read. Bytes that are no UTF-8 stay as they are.
func (c *cursor) str() ([]byte, error) {
	l, err := c.literal()
	return l.bytes, err
}

func (c *cursor) literal() (literal, error) {
	if err := c.expect('"'); err != nil {
		return literal{}, err
	}
	start := c.pos
	i, simple := plain(c.data, start)
	if i == len(c.data) {
		return literal{}, errShort
	}
	switch b := c.data[i]; b {
	case '"':
		c.pos = i + 1
		return literal{c.data[start:i], start, simple}, nil
	case '\\':
		s, err := c.escaped(i)
		return literal{s, -1, false}, err
	default:
		c.pos = i
		return literal{}, c.fail("a string holds the control character 0x%02x", b)
	}
}

// plain returns the index of the first byte from i on that is a quote, a backslash or a control character, or the data's length; and
// whether everything before it is ASCII, for sure. It looks at eight bytes at a time: (x-0x01..) &^ x & 0x80.. marks the zero bytes of x,
// and the lowest mark is always a true one.
func plain(data []byte, i int) (end int, simple bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	var all uint64
	for ; i+8 <= len(data); i += 8 {
		v := binary.LittleEndian.Uint64(data[i:])
		quote, slash := v^(ones*'"'), v^(ones*'\\')
		stop := ((quote-ones)&^quote | (slash-ones)&^slash | (v-ones*' ')&^v) & highs
		if stop != 0 {
			n := bits.TrailingZeros64(stop)
			return i + n/8, (all|v<<uint(71-n))&highs == 0 // the bytes before the mark's, shifted to the top
		}
		all |= v
	}
	for ; i < len(data); i++ {
		if b := data[i]; b == '"' || b == '\\' || b < ' ' {
			break
		}
		all |= uint64(data[i])
	}
	return i, all&highs == 0
}

// escaped goes on with a string whose first escape is at byte i.
func (c *cursor) escaped(i int) ([]byte, error) {
	c.text = append(c.text[:0], c.data[c.pos:i]...)
	for c.pos = i; c.pos < len(c.data); {
		switch b := c.data[c.pos]; {
		case b == '"':
			c.pos++
			return c.text, nil
		case b == '\\':
			if err := c.escape(); err != nil {
				return nil, err
			}
		case b < ' ':
			return nil, c.fail("a string holds the control character 0x%02x", b)
		default:
			c.text = append(c.text, b)
			c.pos++
		}
	}
	return nil, errShort
}

// escape takes one escape sequence and appends what it stands for.
func (c *cursor) escape() error {
	if c.pos+1 >= len(c.data) {
		return errShort
	}
	letter := c.data[c.pos+1]
	if letter == 'u' {
		return c.unicode()
	}
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for i := range len(letters) {
		if letters[i] == letter {
			c.text = append(c.text, meanings[i])
			c.pos += 2
			return nil
		}
	}
	return c.fail("a string holds the unknown escape \\%c", letter)
}

// unicode takes \uXXXX, or two of them that are a surrogate pair; half a pair stands for U+FFFD.
func (c *cursor) unicode() error {
	r, err := c.hex(c.pos)
	if err != nil {
		return err
	}
	c.pos += 6
	if r >= 0xD800 && r < 0xDC00 {
		low, err := c.hex(c.pos)
		if errors.Is(err, errShort) {
			return err
		}
		if err == nil && low >= 0xDC00 && low < 0xE000 {
			c.pos += 6
			r = (r-0xD800)<<10 + (low - 0xDC00) + 0x10000
		}
	}
	c.text = utf8.AppendRune(c.text, r) // appends U+FFFD for a lone half
	return nil
}

// hex reads the \uXXXX at byte i without taking it.
func (c *cursor) hex(i int) (rune, error) {
	var r rune
	for n := range 6 {
		if i+n >= len(c.data) {
			return 0, errShort
		}
		b := c.data[i+n]
		switch {
		case n == 0 && b == '\\', n == 1 && b == 'u':
		case n > 1 && b >= '0' && b <= '9':
			r = r<<4 + rune(b-'0')
		case n > 1 && b|0x20 >= 'a' && b|0x20 <= 'f':
			r = r<<4 + rune(b|0x20-'a'+10)
		default:
			return 0, c.fail("a string holds a broken \\u escape")
		}
	}
	return r, nil
}
