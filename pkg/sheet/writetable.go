package sheet

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Table is what WriteTable writes. Cells are texts in the order of the columns; an empty one is null. A row's slice may be used again for
// the next; an error ends the writing and is returned.
type Table struct {
	Name    string // of the sheet in a workbook
	Columns []Column
	Rows    iter.Seq2[[]string, error]
	Notes   []Note // what a person should know of the file: a sheet of a workbook, metadata of Parquet, comments of YAML; elsewhere left out
}

// Column is a column of a table.
type Column struct {
	Name string // unique in the table
	Kind Kind
}

// Kind is what the cells of a column are.
type Kind int

// The kinds of cells.
const (
	Text    Kind = iota
	Decimal      // a number as money.Parse reads it
	Time         // an instant as RFC 3339 has it, or a date alone
	Whole        // a whole number of 64 bits
	Flag         // true or false
)

// Note is something to know of a file: a name, such as "Release", and a text.
type Note struct{ Name, Text string }

// WriteTable writes a table as a file of a format, row after row: it does not hold the table, though a workbook is gathered in a temporary
// file. Cells are written exactly as they are: decimals with all their digits, in a workbook as text where it would not keep them (beyond
// 15), times likewise where a workbook has none such (fractions of a second, before March 1900); Parquet cuts times to the microsecond.
//
// In CSV and workbooks a text that a spreadsheet would take for a formula is preceded by an apostrophe, which reading takes away again.
// A workbook has further sheets where a table has more rows than fit into one (1,048,576).
//
// Cells that are not what their column says are an error of kind invalid that names their place, as are texts that the format cannot hold:
// a workbook no characters that XML lacks and no more than 32,767 in a cell, no format text that is not UTF-8.
func WriteTable(w io.Writer, f Format, t Table) error {
	if err := t.check(); err != nil {
		return err
	}
	return writeTables(w, f, []Table{t}, t.Notes)
}

// writeTables writes tables, of which only workbooks can hold several.
func writeTables(w io.Writer, f Format, tables []Table, notes []Note) error {
	var err error
	switch f {
	case XLSX:
		err = writeXLSX(w, tables, notes, maxSheetRows)
	case CSV:
		err = writeCSV(w, tables[0])
	case JSON, NDJSON:
		err = writeJSON(w, tables[0], f == NDJSON)
	case Parquet:
		err = writeParquet(w, tables[0], notes)
	case YAML:
		err = writeYAML(w, tables[0], notes)
	default:
		err = fault.New(fault.Invalid, "%q is not a format of files", excerpt(string(f)))
	}
	if err != nil {
		return fault.Wrap(err, "write sheet")
	}
	return nil
}

func (t Table) check() error {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if c.Name == "" || seen[c.Name] {
			return fault.New(fault.Invalid, "write sheet: column %q is there twice or has no name", c.Name)
		}
		seen[c.Name] = true
	}
	if len(t.Columns) == 0 {
		return fault.New(fault.Invalid, "write sheet: the table has no column")
	}
	return nil
}

// each visits the rows with their numbers, from 1, when they have been checked.
func (t Table) each(visit func(number int, row []string) error) error {
	number := 0
	for row, err := range t.Rows {
		number++
		if err == nil && len(row) != len(t.Columns) {
			err = fmt.Errorf("row %d has %d cells and the table %d columns", number, len(row), len(t.Columns))
		}
		for i := 0; i < len(row) && err == nil; i++ {
			if !utf8.ValidString(row[i]) {
				err = t.wrong(number, i, row[i], "is not UTF-8")
			}
		}
		if err == nil {
			err = visit(number, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wrong is the error of a cell that is not what its column says.
func (t Table) wrong(number, column int, cell, text string) error {
	return fault.New(fault.Invalid, "row %d, column %s: %q %s", number, t.Columns[column].Name, excerpt(cell), text).
		WithPlaces(fault.Place{Where: fmt.Sprintf("row %d, column %s", number, t.Columns[column].Name), Problem: text})
}

// The typed values of cells that are not empty.
func (t Table) decimal(number, column int, cell string) (money.Decimal, error) {
	d, err := money.Parse(cell)
	if err != nil {
		return d, t.wrong(number, column, cell, "is "+err.Error())
	}
	return d, nil
}

func (t Table) instant(number, column int, cell string) (time.Time, error) {
	for _, layout := range [...]string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, cell); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, t.wrong(number, column, cell, "is no time as RFC 3339 has it")
}

func (t Table) whole(number, column int, cell string) (int64, error) {
	n, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return 0, t.wrong(number, column, cell, "is no whole number of 64 bits")
	}
	return n, nil
}

func (t Table) flag(number, column int, cell string) (bool, error) {
	if cell != "true" && cell != "false" {
		return false, t.wrong(number, column, cell, "is neither true nor false")
	}
	return cell == "true", nil
}

// valid checks that a cell is what its column says.
func (t Table) valid(number, column int, cell string) error {
	if cell == "" {
		return nil
	}
	var err error
	switch t.Columns[column].Kind {
	case Decimal:
		_, err = t.decimal(number, column, cell)
	case Time:
		_, err = t.instant(number, column, cell)
	case Whole:
		_, err = t.whole(number, column, cell)
	case Flag:
		_, err = t.flag(number, column, cell)
	case Text:
	}
	return err
}

// protect puts an apostrophe before what a spreadsheet would take for a formula; unprotect takes it away again, and leaves apostrophes
// that have nothing to do with it.
func protect(s string) string {
	if formula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func unprotect(s string) string {
	if strings.HasPrefix(s, "'") && formula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

// formula reports whether spreadsheets may evaluate a cell that begins so; they also know the full-width signs.
func formula(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' || s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z' {
		return false
	}
	for _, start := range [...]string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}
