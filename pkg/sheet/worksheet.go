package sheet

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// bookRows gives the rows of a workbook's sheet that hold anything.
type bookRows struct {
	book  *book
	name  string
	part  *bounded
	m     *markup
	spent *int64 // bytes of text in cells so far, of all sheets

	number   int // of the row
	rowBytes int
	record   record
	used     bool // the row holds something
}

func (b *book) rows(s bookSheet, spent *int64) (*bookRows, error) {
	f := b.parts[strings.ToLower(s.part)]
	if f == nil {
		return nil, b.refuse("sheet %q is missing in the workbook", s.name).WithHint("save it again with a spreadsheet program")
	}
	part, err := b.open(f, s.name)
	if err != nil {
		return nil, err
	}
	return &bookRows{book: b, name: s.name, part: part, m: newMarkup(part, 4*b.limits.FieldBytes), spent: spent}, nil
}

func (r *bookRows) next() (record, error) {
	for r.m.next() {
		var err error
		switch {
		case r.m.name == "row" && !r.m.closing:
			err = r.begin()
		case r.m.name == "row" && r.used:
			return r.record, nil
		case r.m.name == "c" && !r.m.closing && !r.m.childless:
			err = r.cell()
		case r.m.name == "c" && !r.m.closing:
			r.place() // an empty cell, which those without a place of their own come after
		case r.m.name == "sheetData" && r.m.closing:
			return record{}, io.EOF
		}
		if err != nil {
			return record{}, r.failed(err)
		}
	}
	return record{}, r.failed(r.m.err)
}

func (r *bookRows) failed(err error) error {
	if errors.Is(err, io.EOF) || fault.Is(err, fault.Invalid) {
		return err
	}
	return r.book.refuse("sheet %q cannot be read: near row %d: %w", r.name, r.number, err).WithHint("save it again with a spreadsheet program")
}

func (r *bookRows) begin() error {
	r.number++
	if at := r.m.attribute("r"); at != nil {
		n, err := strconv.ParseUint(string(at), 10, 31)
		if err != nil || n == 0 {
			return errMarkup
		}
		r.number = int(n)
	}
	r.rowBytes, r.used = 0, false
	r.record = record{number: r.number, cells: r.record.cells[:0], kinds: r.record.kinds[:0]}
	return nil
}

// place returns the column of the cell that markup is at, from 0, and makes room for it; columns beyond the limit fall into one.
func (r *bookRows) place() int {
	column := len(r.record.cells)
	if letters := r.m.attribute("r"); letters != nil {
		n := 0
		for _, c := range letters {
			if c|0x20 < 'a' || c|0x20 > 'z' || n > 1<<20 {
				break
			}
			n = n*26 + int(c|0x20-'a') + 1
		}
		if n > 0 {
			column = n - 1
		}
	}
	column = min(column, r.book.limits.Columns)
	for len(r.record.cells) <= column {
		r.record.cells = append(r.record.cells, "")
		r.record.kinds = append(r.record.kinds, textCell)
	}
	return column
}

// cell reads a cell up to its end.
func (r *bookRows) cell() error {
	column, style, kind := r.place(), r.style(), internal(r.m.attribute("t"))
	value, err := r.content()
	if err != nil {
		return err
	}
	s, k, err := r.meaning(value, kind, style)
	if err != nil || s == "" {
		return err
	}
	if r.used = true; r.record.number == 0 {
		return errMarkup // a cell outside of rows
	}
	r.record.cells[column], r.record.kinds[column] = s, k
	return r.measure(len(s))
}

// style returns the cell's style, 0 when it has none.
func (r *bookRows) style() int {
	n := 0
	for _, c := range r.m.attribute("s") {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// content returns the text of the cell's value, or of the string that stands in the cell itself.
func (r *bookRows) content() (string, error) {
	var own texts
	var value string
	for r.m.next() {
		switch {
		case r.m.name == "c" && r.m.closing:
			s, ok := own.take()
			if !ok {
				return "", errMarkup
			}
			return value + s, nil
		case r.m.name == "v" && r.m.closing:
			s, ok := unescape(r.m.text)
			if !ok {
				return "", errMarkup
			}
			value = s
		case r.m.name == "c" || r.m.name == "row":
			return "", errMarkup
		default:
			own.visit(r.m)
		}
	}
	return "", or2(r.m.err, io.ErrUnexpectedEOF)
}

// meaning turns a stored value into text as it would be typed.
func (r *bookRows) meaning(value, kind string, style int) (string, cellKind, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(r.book.strings) {
			return "", textCell, errors.New("a cell has a text that the workbook lacks")
		}
		return r.book.strings[i], textCell, nil
	case "inlineStr":
		return value, textCell, nil
	case "str":
		return unescapeCell(value), textCell, nil
	case "d":
		return value, textCell, nil
	case "e":
		return value, failedCell, nil
	case "b":
		return map[string]string{"1": "TRUE", "true": "TRUE"}[value] + map[string]string{"0": "FALSE", "false": "FALSE"}[value], booleanCell, nil
	}
	value = strings.TrimSpace(value)
	s, ok := plainNumber(value)
	switch {
	case !ok:
		return value, textCell, nil
	case style >= len(r.book.dates) || !r.book.dates[style]:
		return s, numberCell, nil
	case strings.Trim(value, "0123456789.") == "":
		return value, dateCell, nil // all its digits: those beyond the ones that are shown are parts of a second
	}
	return s, dateCell, nil
}

func (r *bookRows) measure(n int) error {
	l := r.book.limits
	r.rowBytes += n
	*r.spent += int64(n)
	switch {
	case n > l.FieldBytes:
		return tooLarge("sheet %q, row %d has a cell of more than %d bytes", excerpt(r.name), r.number, l.FieldBytes)
	case r.rowBytes > l.RowBytes:
		return tooLarge("sheet %q, row %d has more than %d bytes", excerpt(r.name), r.number, l.RowBytes)
	case *r.spent > l.Bytes:
		return tooLarge("the cells hold more than %d bytes", l.Bytes).WithHint("split it, or give only the lines that change as a delta")
	}
	return nil
}
