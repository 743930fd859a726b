package event

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
)

// depthLimit is how deeply values may be nested; ours are five deep.
const depthLimit = 64

// reader reads JSON field by field. It knows where it is, so that an error names the field; after the first error it reads nothing more
// and returns zero values. Like the writer it is hand-made because it runs for every change, and because a missing, a doubled and a null
// field must not pass for an empty one.
type reader struct {
	data  string
	valid bool // all of data is UTF-8
	at    int
	path  []step
	err   error
	depth int

	withoutCost bool   // what WithoutCost takes out need not be there
	prefix      string // of the subject: empty, or that of streams without cost
}

// step is one part of the path to where a reader is: a field, or an element counted from 0.
type step struct {
	field string
	index int
}

func newReader(data string) *reader {
	return &reader{data: data, valid: utf8.ValidString(data), path: make([]step, 0, 8)}
}

func (r *reader) fail(problem string) {
	if r.err == nil {
		r.err = fault.New(fault.Invalid, "decode event: %s: %s", r.where(), problem)
	}
}

func (r *reader) where() string {
	if len(r.path) == 0 {
		return "the message, at byte " + strconv.Itoa(r.at)
	}
	var b []byte
	for i, s := range r.path {
		switch {
		case s.field == "":
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
		case i > 0:
			b = append(append(b, '.'), cut(s.field)...)
		default:
			b = append(b, cut(s.field)...)
		}
	}
	return "field " + string(b)
}

// peek returns the next byte that is not white space, 0 at the end or after an error.
func (r *reader) peek() byte {
	for r.err == nil && r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// null takes a null if one comes next.
func (r *reader) null() bool { return r.peek() == 'n' && r.literal("null") }

func (r *reader) literal(word string) bool {
	if r.err != nil || len(r.data)-r.at < len(word) || r.data[r.at:r.at+len(word)] != word {
		return false
	}
	r.at += len(word)
	return true
}

// object reads an object. It calls field for each name; field reads the value and returns true, or returns false for a name it does not
// know, whose value is then skipped: events may have more fields than this version knows. Every name in required must come, and come once.
func (r *reader) object(required []string, field func(name string) bool) {
	if !r.enter('{', "an object") {
		return
	}
	var seen uint64
	next := 0
	for first := true; !r.take('}'); first = false {
		if r.err != nil || !first && !r.separator() {
			return
		}
		name := r.fieldName()
		if r.err != nil {
			return
		}
		r.path = append(r.path, step{field: name})
		if i := indexFrom(required, name, next); i >= 0 {
			if seen&(1<<i) != 0 {
				r.fail("it comes twice")
			}
			seen |= 1 << i
			next = i + 1
		}
		if !field(name) {
			r.skip()
		}
		r.path = r.path[:len(r.path)-1]
	}
	r.depth--
	if all := uint64(1)<<len(required) - 1; r.err == nil && seen != all {
		for i, name := range required {
			if seen&(1<<i) == 0 {
				r.path = append(r.path, step{field: name})
				r.fail("it is missing")
				return
			}
		}
	}
}

// indexFrom finds a name, looking first where it is expected: writers keep the order.
func indexFrom(names []string, name string, expected int) int {
	if expected < len(names) && names[expected] == name {
		return expected
	}
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// asked are the names of required fields without those that tell cost, where nobody may see it.
func (r *reader) asked(required []string, cost ...string) []string {
	if !r.withoutCost {
		return required
	}
	return slices.DeleteFunc(slices.Clone(required), func(name string) bool { return slices.Contains(cost, name) })
}

func (r *reader) enter(bracket byte, what string) bool {
	if !r.take(bracket) {
		r.fail("it must be " + what)
		return false
	}
	if r.depth++; r.depth > depthLimit {
		r.fail("it is nested too deeply")
		return false
	}
	return true
}

func (r *reader) separator() bool {
	if r.take(',') {
		return true
	}
	r.syntax("a comma or a closing bracket")
	return false
}

func (r *reader) syntax(expected string) {
	r.fail("not JSON at byte " + strconv.Itoa(r.at) + ": " + expected + " must come there")
}

func (r *reader) fieldName() string {
	if r.peek() != '"' {
		r.syntax("a field name")
		return ""
	}
	name := r.text()
	if r.err == nil && !r.take(':') {
		r.syntax("a colon")
	}
	return name
}

// array reads an array, calling element with the reader before each; nil is refused.
func (r *reader) array(element func()) {
	if !r.enter('[', "an array") {
		return
	}
	for i := 0; !r.take(']'); i++ {
		if r.err != nil || i > 0 && !r.separator() {
			return
		}
		r.path = append(r.path, step{index: i})
		element()
		r.path = r.path[:len(r.path)-1]
	}
	r.depth--
}

// text reads a string.
func (r *reader) text() string {
	if !r.take('"') {
		r.fail("it must be a string")
		return ""
	}
	start := r.at
	rest := r.data[start:]
	for i := range len(rest) {
		c := rest[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		r.at = start + i
		switch c {
		case '"':
			r.at++
			return r.checked(rest[:i])
		case '\\':
			return r.escaped(start)
		}
		r.syntax("an escape sequence or a quote")
		return ""
	}
	r.at = len(r.data)
	r.syntax("the rest of a string")
	return ""
}

func (r *reader) checked(s string) string {
	if !r.valid && !utf8.ValidString(s) {
		r.fail("it is not UTF-8")
		return ""
	}
	return s
}

// escaped reads the rest of a string that began at start, from its first backslash on.
func (r *reader) escaped(start int) string {
	s := append([]byte(nil), r.data[start:r.at]...)
	for r.err == nil && r.at < len(r.data) {
		c := r.data[r.at]
		r.at++
		switch {
		case c == '"':
			return r.checked(string(s))
		case c == '\\':
			s = r.escape(s)
		case c < ' ':
			r.at--
			r.syntax("an escape sequence or a quote")
		default:
			s = append(s, c)
		}
	}
	r.syntax("the rest of a string")
	return ""
}

func (r *reader) escape(s []byte) []byte {
	if r.at == len(r.data) {
		return s
	}
	c := r.data[r.at]
	r.at++
	switch c {
	case '"', '\\', '/':
		return append(s, c)
	case 'b':
		return append(s, '\b')
	case 'f':
		return append(s, '\f')
	case 'n':
		return append(s, '\n')
	case 'r':
		return append(s, '\r')
	case 't':
		return append(s, '\t')
	case 'u':
		high := r.unit()
		if !utf16.IsSurrogate(high) {
			return utf8.AppendRune(s, high)
		}
		if r.literal(`\u`) {
			if full := utf16.DecodeRune(high, r.unit()); full != utf8.RuneError {
				return utf8.AppendRune(s, full)
			}
		}
		r.fail("half a surrogate pair is no character")
		return s
	}
	r.at--
	r.syntax("a known escape sequence")
	return s
}

// unit reads the four hex digits of an escape sequence.
func (r *reader) unit() rune {
	if len(r.data)-r.at >= 4 {
		if n, err := strconv.ParseUint(r.data[r.at:r.at+4], 16, 16); err == nil {
			r.at += 4
			return rune(n)
		}
	}
	r.syntax("four hex digits")
	return 0
}

// skip passes over a value that nobody asked for; it must be JSON nevertheless.
func (r *reader) skip() {
	switch c := r.peek(); {
	case c == '{':
		r.object(nil, func(string) bool { return false })
	case c == '[':
		r.array(r.skip)
	case c == '"':
		r.text()
	case c == 't' || c == 'f':
		r.flag()
	case c == 'n' && r.literal("null"):
	case c == '-' || c >= '0' && c <= '9':
		r.numeral()
	default:
		r.syntax("a value")
	}
}

// end requires that nothing but white space follows.
func (r *reader) end() {
	if r.peek() != 0 || r.at < len(r.data) {
		r.syntax("the end of the message")
	}
}

// quote shows a value in an error, cut where it is long.
func quote(s string) string { return strconv.Quote(cut(s)) }

func cut(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
