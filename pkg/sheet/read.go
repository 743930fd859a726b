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
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// The rules of reading, by their stable names.
const (
	RuleUnknownColumn   = "unknown-column"
	RuleMissingColumn   = "missing-column"
	RuleMalformedRow    = "malformed-row"
	RuleColumnCount     = "wrong-column-count"
	RuleNotUTF8         = "not-utf-8"
	RuleControl         = "control-character"
	RuleMissingValue    = "missing-value"
	RuleTooLong         = "too-long"
	RuleNotANumber      = "not-a-number"
	RuleNotADate        = "not-a-date"
	RuleUnknownFlag     = "unknown-flag"
	RulePreviousValues  = "unreadable-previous-values"
	RuleTooManyProblems = "too-many-problems"
)

// Options say how a file is read.
type Options struct {
	Limits Limits
}

// Sheet is what a file holds: the rows that could be read, and everything that is wrong with the others, in order of rows.
type Sheet struct {
	Rows     []pricelist.Row
	Problems []listing.Problem
}

// Lines returns the rows' lines, in order of the file.
func (s Sheet) Lines() []pricelist.Line {
	lines := make([]pricelist.Line, len(s.Rows))
	for i := range s.Rows {
		lines[i] = s.Rows[i].Line
	}
	return lines
}

// ReadNewCommerce reads a new-commerce price list: CSV in UTF-8, with or without byte order mark, columns in any order and known by their
// names. Rows that cannot be read are problems, errors among them, and the others are still returned. An error of kind invalid means that
// the file cannot be read at all: required columns are missing, or it exceeds a limit; other errors are the reader's own.
//
// It holds the rows in memory: about the file's size and half a KiB a row.
func ReadNewCommerce(r io.Reader, opts Options) (Sheet, error) {
	limits := opts.Limits.orDefault()
	buffered := bufio.NewReaderSize(r, 64<<10)
	if err := skipMark(buffered); err != nil {
		return Sheet{}, err
	}
	g := &guard{source: buffered, limits: limits}
	t := newTable(g)
	header, _, err := t.next()
	if err != nil {
		return Sheet{}, g.explain(err, "read header")
	}
	if len(header) > limits.Columns {
		return Sheet{}, tooLarge("the header has %d columns, more than %d", len(header), limits.Columns)
	}
	columns, problems, err := readHeader(header)
	if err != nil {
		return Sheet{}, err
	}
	p := parser{layout: columns, limit: limits.Problems, problems: problems}
	for {
		record, number, err := t.next()
		var malformed *csv.ParseError
		switch {
		case g.err == nil && errors.Is(err, io.EOF):
			return p.sheet(), nil
		case g.err == nil && errors.As(err, &malformed):
			p.problem(number, listing.Error, RuleMalformedRow, "", "", malformedText(malformed))
		case err != nil:
			return Sheet{}, g.explain(err, "read sheet")
		default:
			p.row(record, number)
		}
	}
}

// explain returns the error that stopped the reading.
func (g *guard) explain(err error, doing string) error {
	if g.err != nil {
		err = g.err
	}
	var malformed *csv.ParseError
	switch {
	case fault.Is(err, fault.Invalid):
		return err
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "%s: the file is empty", doing)
	case errors.As(err, &malformed):
		return fault.New(fault.Invalid, "%s: %s", doing, malformedText(malformed)).WithPlaces(fault.Place{Where: "row 1", Problem: malformedText(malformed)})
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func malformedText(err *csv.ParseError) string {
	if errors.Is(err.Err, csv.ErrBareQuote) {
		return "a field that is not in quotes holds a quote: put the field in quotes and double those inside"
	}
	return "a field in quotes is not closed, or goes on behind its closing quote: double the quotes inside"
}

// skipMark skips a byte order mark, and refuses what is plainly no CSV in UTF-8.
func skipMark(r *bufio.Reader) error {
	start, err := r.Peek(4)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read sheet: %w", err)
	}
	switch {
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, err := r.Discard(3)
		return err
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return fault.New(fault.Invalid, "read sheet: the file is in UTF-16").WithHint("save it as CSV in UTF-8")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return fault.New(fault.Invalid, "read sheet: the file is a workbook or a zip archive, not CSV").WithHint("unpack it, or save the sheet as CSV in UTF-8")
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return fault.New(fault.Invalid, "read sheet: the file is compressed with gzip").WithHint("unpack it first")
	}
	return nil
}

// table numbers the rows of a CSV file as a spreadsheet does: empty lines count, line breaks inside a field do not.
type table struct {
	csv    *csv.Reader
	inside int // line breaks inside fields so far
}

func newTable(r io.Reader) *table {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return &table{csv: c}
}

// next returns the next row that is not an empty line, and its number. The slice is used again for the row after.
func (t *table) next() ([]string, int, error) {
	record, err := t.csv.Read()
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		number := malformed.StartLine - t.inside
		t.inside += malformed.Line - malformed.StartLine
		return nil, number, err
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := t.csv.FieldPos(0)
	number := line - t.inside
	for _, cell := range record {
		t.inside += strings.Count(cell, "\n")
	}
	return record, number, nil
}
