package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// book is an XLSX workbook (ISO/IEC 29500, as far as tables of values need it): formulas are what they last came to, formats tell dates
// from numbers, everything else is left alone.
type book struct {
	unpacking
	parts   map[string]*zip.File // by lower-case path
	sheets  []bookSheet
	from04  bool     // dates are counted from 1904
	strings []string // shared
	dates   []bool   // by style: a number is shown as a date
}

type bookSheet struct {
	name   string
	part   string
	hidden bool
}

// openBook reads all of a workbook but its sheets.
func openBook(name string, data []byte, limits Limits) (*book, error) {
	b := &book{unpacking: newUnpacking("read "+excerpt(name), limits, limits.Bytes), parts: map[string]*zip.File{}}
	z, err := openZip(data)
	if err != nil {
		return nil, b.damaged(err)
	}
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(f.Name, "/"))] = f
	}
	targets, err := b.relations()
	if err == nil {
		err = b.readBook(targets)
	}
	if err == nil {
		err = b.readStrings(targets.one("sharedStrings"))
	}
	if err == nil {
		err = b.readStyles(targets.one("styles"))
	}
	return b, err
}

// each visits the tags of a part.
func (b *book) each(part string, visit func(m *markup) error) error {
	f := b.parts[strings.ToLower(part)]
	if f == nil {
		return b.refuse("the workbook lacks its part %q", part).WithHint("save it again with a spreadsheet program")
	}
	r, err := b.open(f, part)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // what was to be read was read
	m := newMarkup(r, 4*b.limits.FieldBytes)
	for m.next() && err == nil {
		err = visit(m)
	}
	if err == nil && !errors.Is(m.err, io.EOF) {
		err = m.err
	}
	if err == nil || fault.Is(err, fault.Invalid) {
		return err
	}
	return b.refuse("part %q of the workbook cannot be read: %w", part, err).WithHint("save it again with a spreadsheet program")
}

const bookFolder = "xl"

// relations tell where the parts of a workbook are.
type relations struct {
	byID   map[string]string
	byType map[string]string
}

func (r relations) one(kind string) string { return r.byType[kind] }

func (b *book) relations() (relations, error) {
	r := relations{map[string]string{}, map[string]string{}}
	err := b.each("xl/_rels/workbook.xml.rels", func(m *markup) error {
		if m.name != "Relationship" || m.closing {
			return nil
		}
		target := m.value("Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(bookFolder, target)
		}
		target = strings.TrimPrefix(path.Clean(target), "/")
		kind := m.value("Type")
		kind = kind[strings.LastIndexByte(kind, '/')+1:]
		r.byType[kind] = target
		if kind == "worksheet" {
			r.byID[m.value("Id")] = target
		}
		return nil
	})
	return r, err
}

func (b *book) readBook(targets relations) error {
	return b.each("xl/workbook.xml", func(m *markup) error {
		switch {
		case m.closing:
		case m.name == "workbookPr":
			from04 := m.value("date1904")
			b.from04 = from04 == "1" || from04 == "true"
		case m.name == "sheet":
			id := m.value("id") // r:id; the sheet's own number is sheetId
			part, ok := targets.byID[id]
			if !ok {
				return nil // a chart
			}
			delete(targets.byID, id) // no sheet is read twice
			if len(b.sheets) == b.limits.Files {
				return b.refuse("the workbook has more than %d sheets", b.limits.Files).WithHint("split it")
			}
			state := m.value("state")
			b.sheets = append(b.sheets, bookSheet{strings.TrimSpace(m.value("name")), part, state == "hidden" || state == "veryHidden"})
		}
		return nil
	})
}

// texts gathers the text of an item or cell that may be made of several runs.
type texts struct {
	b        strings.Builder
	inText   bool
	phonetic bool // how it is pronounced is not part of it
	bad      bool
}

// visit takes the tag that markup is behind.
func (t *texts) visit(m *markup) {
	switch m.name {
	case "t":
		if m.closing && t.inText && !t.phonetic {
			s, ok := unescape(m.text)
			t.bad = t.bad || !ok
			t.b.WriteString(unescapeCell(s))
		}
		t.inText = !m.closing && !m.childless
	case "rPh":
		t.phonetic = !m.closing && !m.childless
	}
}

func (t *texts) take() (string, bool) {
	s, bad := t.b.String(), t.bad
	*t = texts{}
	return s, !bad
}

func (b *book) readStrings(part string) error {
	if part == "" {
		return nil
	}
	var t texts
	return b.each(part, func(m *markup) error {
		if m.name != "si" {
			t.visit(m)
			return nil
		}
		if m.closing || m.childless {
			s, ok := t.take()
			if !ok {
				return errMarkup
			}
			b.strings = append(b.strings, s)
		}
		return nil
	})
}

// readStyles learns which styles show a number as a date.
func (b *book) readStyles(part string) error {
	if part == "" {
		return nil
	}
	custom := map[string]bool{}
	inside := false
	return b.each(part, func(m *markup) error {
		switch {
		case m.name == "cellXfs":
			inside = !m.closing && !m.childless
		case m.closing:
		case m.name == "numFmt":
			custom[m.value("numFmtId")] = showsDate(m.value("formatCode"))
		case m.name == "xf" && inside:
			id := m.value("numFmtId")
			is, ok := custom[id]
			b.dates = append(b.dates, is || !ok && builtInDate(id))
		}
		return nil
	})
}

// builtInDate reports whether a format that needs no definition is a date's: 14 to 22, and those that are other dates in East Asia.
func builtInDate(id string) bool {
	var n int
	if _, err := fmt.Sscanf(id, "%d", &n); err != nil {
		return false
	}
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
}

// showsDate reports whether a format code has parts of a date outside its texts, colours and conditions.
func showsDate(code string) bool {
	code, _, _ = strings.Cut(code, ";")
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		c := code[i]
		switch {
		case quoted:
			quoted = c != '"'
		case bracket:
			bracket = c != ']'
		case c == '"':
			quoted = true
		case c == '[':
			bracket = !elapsed(code[i:])
		case c == '\\' || c == '_' || c == '*':
			i++
		case strings.IndexByte("ydhsmYDHSM", c) >= 0:
			return true
		}
	}
	return false
}

// elapsed reports whether a bracket is of a duration: [h], [mm].
func elapsed(code string) bool {
	inside, _, closed := strings.Cut(code[1:], "]")
	return closed && inside != "" && strings.Trim(inside, inside[:1]) == "" && strings.Contains("hms", strings.ToLower(inside[:1]))
}
