package azure

import (
	"errors"
	"fmt"
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

// str takes a string and returns it decoded; valid until the next string is read. Bytes that are no UTF-8 stay as they are.
func (c *cursor) str() ([]byte, error) {
	if err := c.expect('"'); err != nil {
		return nil, err
	}
	for i := c.pos; i < len(c.data); i++ {
		switch b := c.data[i]; {
		case b == '"':
			s := c.data[c.pos:i]
			c.pos = i + 1
			return s, nil
		case b == '\\':
			return c.escaped(i)
		case b < ' ':
			c.pos = i
			return nil, c.fail("a string holds the control character 0x%02x", b)
		}
	}
	return nil, errShort
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

// number takes a number and returns its literal. A literal that ends with the data may go on: errShort.
func (c *cursor) number() ([]byte, error) {
	start := c.pos
	i := start
	if i < len(c.data) && c.data[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(c.data) && c.data[i] >= '0' && c.data[i] <= '9' {
			i++
		}
		return i > from
	}
	whole := i
	ok := digits() && (c.data[whole] != '0' || i == whole+1)
	if ok && i < len(c.data) && c.data[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(c.data) && c.data[i]|0x20 == 'e' {
		i++
		if i < len(c.data) && (c.data[i] == '+' || c.data[i] == '-') {
			i++
		}
		ok = digits()
	}
	if i == len(c.data) {
		return nil, errShort
	}
	if !ok {
		return nil, c.fail("a number is malformed")
	}
	c.pos = i
	return c.data[start:i], nil
}

// word takes true, false or null.
func (c *cursor) word() (string, error) {
	for _, w := range [...]string{"true", "false", "null"} {
		n := min(len(w), len(c.data)-c.pos)
		if string(c.data[c.pos:c.pos+n]) != w[:n] {
			continue
		}
		if n < len(w) {
			return "", errShort
		}
		c.pos += n
		return w, nil
	}
	return "", c.fail("found %q where a value was expected", c.data[c.pos])
}

// skip takes any value and checks that it is well formed.
func (c *cursor) skip(depth int) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	switch {
	case b == '{' || b == '[':
		if depth >= maxDepth {
			return c.fail("values are nested more than %d deep", maxDepth)
		}
		return c.skipInside(b, depth+1)
	case b == '"':
		_, err = c.str()
	case b == '-' || (b >= '0' && b <= '9'):
		_, err = c.number()
	default:
		_, err = c.word()
	}
	return err
}

func (c *cursor) skipInside(opening byte, depth int) error {
	closing := opening + 2 // in ASCII for both pairs
	more, err := c.opens(opening, closing)
	for more && err == nil {
		if opening == '{' {
			if _, err = c.key(); err != nil {
				return err
			}
		}
		if err = c.skip(depth); err != nil {
			return err
		}
		more, err = c.more(closing)
	}
	return err
}
