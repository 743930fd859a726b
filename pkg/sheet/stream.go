package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// Layout is a kind of table, known by its columns.
type Layout struct {
	Name    string // as errors call it: "a bill of usage"
	Columns []LayoutColumn
}

// LayoutColumn is a column that tables of a layout may have. Case, blanks, hyphens and underscores of names do not matter.
type LayoutColumn struct {
	Name     string // its usual header, as problems call it
	Required bool
	Aliases  []string // other headers of it
}

// Stream reads a CSV file of one of several layouts row by row, in memory that its longest row bounds. It is not safe for use by several
// goroutines.
type Stream struct {
	view
	rows  *csvRows
	notes []listing.Problem
}

// OpenStream reads a CSV file up to its header, which tells the layout: of those whose columns it names, the one with the most. Further
// columns are noted and left out. An error of kind invalid says that the file is no such table; other errors are those of the source.
// Limits hold as for lists, but for Problems: those of a row are handed over with it.
func OpenStream(r io.Reader, layouts []Layout, limits Limits) (*Stream, error) {
	forms := make([]*form, len(layouts))
	for i, l := range layouts {
		forms[i] = l.form()
	}
	limits = limits.orDefault()
	var notes report
	notes.limit = limits.Columns
	rows, err := openCSV(r, forms, limits)
	if err != nil {
		return nil, err
	}
	h, err := seekHeader(rows, forms)
	if err != nil {
		return nil, err
	}
	if h.first.cells == nil {
		return nil, errEmpty()
	}
	if h.form == nil {
		return nil, noLayout(h.first, layouts)
	}
	l, err := h.read("", limits, &notes)
	if err != nil {
		return nil, err
	}
	s := &Stream{view: view{report: &report{limit: limits.Columns}, layout: l}, rows: rows, notes: notes.all()}
	return s, nil
}

func (l Layout) form() *form {
	columns, aliases := make([]formColumn, len(l.Columns)), map[string][]string{}
	for i, c := range l.Columns {
		columns[i].name = c.Name
		if c.Required {
			columns[i].need = required
		}
		aliases[c.Name] = c.Aliases
	}
	return newForm(l.Name, columns, aliases)
}

// noLayout is the error of a file whose header is none.
func noLayout(first record, layouts []Layout) error {
	var kinds []string
	for _, l := range layouts {
		var names []string
		for _, c := range l.Columns {
			if c.Required {
				names = append(names, c.Name)
			}
		}
		kinds = append(kinds, l.Name+" has "+strings.Join(names, ", "))
	}
	where := fmt.Sprintf("row %d", first.number)
	return fault.New(fault.Invalid, "read header: none of the first %d rows is a header that is known", headerWithin).
		WithHint("%s", strings.Join(kinds, "; ")).WithPlaces(fault.Place{Where: where, Problem: "no header"})
}

// Layout returns the name of the layout that the header told.
func (s *Stream) Layout() string { return s.layout.form.name }

// Notes are what is to be said of the header: columns that are left out.
func (s *Stream) Notes() []listing.Problem { return s.notes }

// Has reports whether the file has a column.
func (s *Stream) Has(column string) bool { return s.layout.place(column) >= 0 }

// Next moves to the next row that holds anything, and returns false behind the last. A row that cannot be read has problems, and its cells
// mean nothing. An error of kind invalid says that a limit was exceeded; nothing can be read behind it.
func (s *Stream) Next() (bool, error) {
	s.problems = nil
	for {
		r, err := s.rows.next()
		bad, malformed := errors.AsType[*rowError](err)
		switch {
		case malformed:
			s.record = record{number: bad.number}
			s.wrong(RuleMalformedRow, "", "", bad.text)
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		}
		if readable := s.turn(r); readable || s.failed {
			return true, nil
		}
	}
}

// Row returns the number of the row, as a person counts.
func (s *Stream) Row() int { return s.record.number }

// Problems returns what is wrong with the row: what Next found, and what was told by Wrong.
func (s *Stream) Problems() []listing.Problem { return s.problems }

// Wrong tells of a problem of a column in the row.
func (s *Stream) Wrong(rule, column, text string) { s.wrong(rule, column, s.cell(column), text) }

// Text returns a column's value, trimmed; empty where the file lacks the column.
func (s *Stream) Text(column string) string { return s.cell(column) }

// Required is Text of a value that must be there: it tells of one that is not.
func (s *Stream) Required(column string) string {
	text := s.cell(column)
	if text == "" {
		s.wrong(RuleMissingValue, column, "", "the value is missing")
	}
	return text
}

// Decimal reads a number, written with a decimal point; empty is 0. It tells of what is none.
func (s *Stream) Decimal(column string) money.Decimal {
	text := s.cell(column)
	if text == "" {
		return money.Decimal{}
	}
	d, err := money.Parse(text)
	if err != nil {
		s.wrong(RuleNotANumber, column, text, explainNumber(text, err))
	}
	return d
}

// Time reads a date or an instant in any of the spellings of lists; without a zone it is UTC, empty is the zero time. It tells of what is
// none.
func (s *Stream) Time(column string) time.Time {
	t, there, ok := s.date(column)
	switch {
	case !there:
		return time.Time{}
	case !ok:
		s.wrong(RuleNotADate, column, s.cell(column), "not a date: write it as 2026-12-31")
	}
	return t
}
