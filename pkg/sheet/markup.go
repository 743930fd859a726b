package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// markup reads the tags and texts of an XML part in turn, as far as workbooks need it: names without their prefixes, no document types
// and no entities but the predefined ones, so that nothing in a part can grow. The standard library's decoder takes several times as long,
// which is felt from 100,000 rows on.
type markup struct {
	source *bufio.Reader
	most   int // bytes of one text or tag

	tag       []byte // what stands between < and >
	name      string // local
	closing   bool   // </name>
	childless bool   // <name/>
	text      []byte // before the tag, as written
	err       error
}

func newMarkup(r io.Reader, most int) *markup {
	return &markup{source: bufio.NewReaderSize(r, 64<<10), most: most}
}

var (
	errMarkup  = errors.New("it is not well-formed XML")
	errDoctype = errors.New("it declares a document type, which workbooks don't")
	errText    = errors.New("it holds a text that is too long")
)

// next moves behind the next tag and reports whether there is one; err says whether the part ended well. What it gives is good until the
// next call.
func (m *markup) next() bool {
	m.text = m.text[:0]
	for m.err == nil {
		if !m.collect(&m.text, '<') {
			return false
		}
		start, err := m.source.Peek(1)
		if err == nil && start[0] != '!' && start[0] != '?' {
			return m.readTag()
		}
		start, err = m.source.Peek(8)
		switch {
		case bytes.HasPrefix(start, []byte("!--")):
			m.skip("-->")
		case bytes.HasPrefix(start, []byte("![CDATA[")):
			m.cdata()
		case bytes.HasPrefix(start, []byte("?")):
			m.skip("?>")
		case bytes.HasPrefix(start, []byte("!")):
			m.err = errDoctype
		default:
			m.err = or2(err, io.ErrUnexpectedEOF)
		}
	}
	return false
}

func or2(err, instead error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return instead
	}
	return err
}

// collect appends what comes before the next end byte, and moves behind it. At the end of the part it returns false; that is only well
// when nothing but blanks is left.
func (m *markup) collect(to *[]byte, end byte) bool {
	for {
		piece, err := m.source.ReadSlice(end)
		if err == nil {
			piece = piece[:len(piece)-1]
		}
		*to = append(*to, piece...)
		switch {
		case len(*to) > m.most:
			m.err = errText
			return false
		case err == nil:
			return true
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && end == '<' && len(bytes.TrimSpace(*to)) == 0:
			m.err = io.EOF
			return false
		default:
			m.err = or2(err, io.ErrUnexpectedEOF)
			return false
		}
	}
}

// skip moves behind a comment or an instruction.
func (m *markup) skip(end string) {
	matched := 0
	for matched < len(end) {
		c, err := m.source.ReadByte()
		if err != nil {
			m.err = or2(err, io.ErrUnexpectedEOF)
			return
		}
		switch {
		case c == end[matched]:
			matched++
		case matched == 2 && c == '-' && end[0] == '-': // a third hyphen
		case c == end[0]:
			matched = 1
		default:
			matched = 0
		}
	}
}

// cdata appends verbatim text, with the characters escaped that are special outside.
func (m *markup) cdata() {
	_, _ = m.source.Discard(len("![CDATA["))
	var verbatim []byte
	for m.collect(&verbatim, '>') {
		if inner, ok := bytes.CutSuffix(verbatim, []byte("]]")); ok {
			m.text = append(m.text, strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(string(inner))...)
			return
		}
		verbatim = append(verbatim, '>')
	}
	m.err = or2(m.err, io.ErrUnexpectedEOF)
}

func (m *markup) readTag() bool {
	m.tag = m.tag[:0]
	for {
		if !m.collect(&m.tag, '>') {
			return false
		}
		if balanced(m.tag) {
			break
		}
		m.tag = append(m.tag, '>') // it stood inside a value
	}
	rest, closing := bytes.CutPrefix(m.tag, []byte("/"))
	rest, childless := bytes.CutSuffix(rest, []byte("/"))
	end := 0
	for end < len(rest) && !blank(rest[end]) {
		end++
	}
	name := rest[:end]
	if colon := bytes.IndexByte(name, ':'); colon >= 0 {
		name = name[colon+1:]
	}
	if len(name) == 0 {
		m.err = errMarkup
		return false
	}
	m.name, m.closing, m.childless, m.tag = internal(name), closing, childless, rest[end:]
	return true
}

// internal returns a tag's name, or a cell's type, without making a new string for those that are frequent.
func internal(name []byte) string {
	switch string(name) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "t":
		return "t"
	case "f":
		return "f"
	case "is":
		return "is"
	case "si":
		return "si"
	case "row":
		return "row"
	case "s":
		return "s"
	case "str":
		return "str"
	case "inlineStr":
		return "inlineStr"
	case "":
		return ""
	}
	return string(name)
}

func balanced(tag []byte) bool {
	if bytes.IndexByte(tag, '\'') < 0 && bytes.Count(tag, []byte{'"'})%2 == 0 {
		return true
	}
	quote := byte(0)
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote == 0
}

// attribute returns what a local name has as value in the tag, as written, nil when it has none.
func (m *markup) attribute(local string) []byte {
	tag := m.tag
	for at := 0; at < len(tag); {
		for at < len(tag) && blank(tag[at]) {
			at++
		}
		start := at
		for at < len(tag) && tag[at] != '=' && !blank(tag[at]) {
			if tag[at] == ':' {
				start = at + 1
			}
			at++
		}
		end := at
		for at < len(tag) && (tag[at] == '=' || blank(tag[at])) {
			at++
		}
		if at == len(tag) || tag[at] != '"' && tag[at] != '\'' {
			return nil
		}
		length := bytes.IndexByte(tag[at+1:], tag[at])
		if length < 0 {
			return nil
		}
		if string(tag[start:end]) == local {
			return tag[at+1 : at+1+length]
		}
		at += length + 2
	}
	return nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// value is attribute without escapes.
func (m *markup) value(local string) string {
	s, ok := unescape(m.attribute(local))
	if !ok {
		m.err = errMarkup
	}
	return s
}

// unescape resolves references and line ends as XML has it; false when a reference is none.
func unescape(s []byte) (string, bool) {
	if bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\r') < 0 {
		return string(s), true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				out = append(out, '\n')
			}
		case s[i] != '&':
			out = append(out, s[i])
		default:
			end := bytes.IndexByte(s[i:], ';')
			if end < 0 {
				return "", false
			}
			r, ok := reference(string(s[i+1 : i+end]))
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, r)
			i += end
		}
	}
	return string(out), true
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), ok && err == nil && utf8.ValidRune(rune(n))
}

// unescapeCell resolves the further escapes that cells use for characters that XML cannot hold: _x000D_ for a carriage return, _x005F_ for
// an underscore that would begin one.
func unescapeCell(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if r, ok := cellEscape(s[i:]); ok {
			b.WriteRune(r)
			i += len("_x0000_") - 1
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func cellEscape(s string) (rune, bool) {
	if len(s) < len("_x0000_") || s[0] != '_' || s[1] != 'x' || s[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
