package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// record is one row of a table. Its slices are good until the next is read.
type record struct {
	number int // as a person counts
	cells  []string
	kinds  []cellKind // of each cell; nil when all are text
}

func (r *record) kind(i int) cellKind {
	if r.kinds == nil {
		return textCell
	}
	return r.kinds[i]
}

// cellKind is what a workbook says a cell holds.
type cellKind byte

const (
	textCell    cellKind = iota
	numberCell           // a plain decimal number
	dateCell             // a plain decimal number that is shown as a date
	booleanCell          // TRUE or FALSE
	failedCell           // what a formula says when it fails, such as #N/A
)

// source gives the rows of a table that are not empty lines, and io.EOF behind the last.
type source interface {
	next() (record, error)
}

// rowError is the error of a source whose row cannot be read although the next may be.
type rowError struct {
	number int
	text   string
}

func (e *rowError) Error() string { return e.text }

// csvRows numbers the rows of a CSV file as a spreadsheet does: empty lines count, line breaks inside a field do not.
type csvRows struct {
	guard  *guard
	csv    *csv.Reader
	inside int // line breaks inside fields so far
}

func newCSVRows(r *bufio.Reader, comma byte, limits Limits) *csvRows {
	g := &guard{source: r, comma: comma, limits: limits}
	c := csv.NewReader(g)
	c.Comma = rune(comma)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return &csvRows{guard: g, csv: c}
}

func (t *csvRows) next() (record, error) {
	cells, err := t.csv.Read()
	var malformed *csv.ParseError
	switch {
	case t.guard.err != nil && !fault.Is(t.guard.err, fault.Invalid):
		return record{}, fmt.Errorf("read sheet: %w", t.guard.err)
	case t.guard.err != nil:
		return record{}, t.guard.err
	case errors.As(err, &malformed):
		number := malformed.StartLine - t.inside
		t.inside += malformed.Line - malformed.StartLine
		return record{}, &rowError{number, malformedText(malformed)}
	case err != nil:
		return record{}, err
	}
	line, _ := t.csv.FieldPos(0)
	number := line - t.inside
	for _, cell := range cells {
		if strings.IndexByte(cell, '\n') >= 0 {
			t.inside += strings.Count(cell, "\n")
		}
	}
	return record{number: number, cells: cells}, nil
}

func malformedText(err *csv.ParseError) string {
	if errors.Is(err.Err, csv.ErrBareQuote) {
		return "a field that is not in quotes holds a quote: put the field in quotes and double those inside"
	}
	return "a field in quotes is not closed, or goes on behind its closing quote: double the quotes inside"
}

// openCSV skips a byte order mark, refuses what is plainly no text in UTF-8, and finds out what separates the fields.
func openCSV(r io.Reader, forms []*form, limits Limits) (*csvRows, error) {
	const beginning = 64 << 10
	b := bufio.NewReaderSize(r, beginning)
	start, err := b.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read sheet: %w", err)
	}
	if err := refuseBinary(start); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(start, []byte("\ufeff")) {
		_, _ = b.Discard(3)
	}
	start, _ = b.Peek(beginning) // what stopped it will stop the reading too
	return newCSVRows(b, separator(start, forms), limits), nil
}

func refuseBinary(start []byte) error {
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return fault.New(fault.Invalid, "read sheet: the file is in UTF-16").WithHint("save it as CSV in UTF-8")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return fault.New(fault.Invalid, "read sheet: the file is a workbook or a zip archive, not CSV").WithHint("unpack it, or save the sheet as CSV in UTF-8")
	case bytes.HasPrefix(start, []byte("PAR1")):
		return fault.New(fault.Invalid, "read sheet: the file is Parquet, not CSV").WithHint("give a CSV file or a workbook, such as release export -o csv writes")
	case bytes.HasPrefix(bytes.TrimLeft(start, "\ufeff \t\r\n"), []byte("{")), bytes.HasPrefix(bytes.TrimLeft(start, "\ufeff \t\r\n"), []byte("[")):
		return fault.New(fault.Invalid, "read sheet: the file is JSON, not CSV").WithHint("give a CSV file or a workbook, such as release export -o csv writes")
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return fault.New(fault.Invalid, "read sheet: the file is compressed with gzip").WithHint("unpack it first")
	case bytes.IndexByte(start, 0) >= 0:
		return fault.New(fault.Invalid, "read sheet: the file is binary, not CSV").WithHint("give a CSV file in UTF-8 or a workbook")
	}
	return nil
}

// separator returns what separates the fields of a file that begins so: a comma, or where the decimal comma is usual a semicolon or tab. It
// is the one by which a line falls into the most columns that are known, else the one that is most frequent in the first line.
func separator(start []byte, forms []*form) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		lines := 0
		for line := range bytes.Lines(start) {
			if n := 1000 * recognized(line, c, forms); n > most {
				best, most = c, n
			}
			if lines == 0 {
				if n := min(bytes.Count(line, []byte{c}), 999); n > most {
					best, most = c, n
				}
			}
			if lines++; lines == headerWithin {
				break
			}
		}
	}
	return best
}

func recognized(line []byte, comma byte, forms []*form) int {
	if len(line) > 16<<10 {
		return 0
	}
	cells := strings.Split(string(line), string(rune(comma)))
	for i := range cells {
		cells[i] = strings.Trim(cells[i], "\" \r\n\t")
	}
	most := 0
	for _, f := range forms {
		most = max(most, f.recognize(cells))
	}
	return most
}
