package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

// headless leaves out the first line of what is written.
type headless struct {
	io.Writer
	begun bool
}

// Write writes what is behind the first line.
func (h *headless) Write(text []byte) (int, error) {
	rest := text
	if !h.begun {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return len(text), nil
		}
		h.begun, rest = true, text[end+1:]
	}
	n, err := h.Writer.Write(rest)
	return len(text) - len(rest) + n, err
}

func (a *app) tableCSV(t sheet.Table) error {
	out := a.streams.Out
	if a.bare {
		out = &headless{Writer: out}
	}
	return sheet.WriteTable(out, sheet.CSV, t)
}

// chosenOf is a table with the columns that were chosen, as it is when none was. A usage error names a column that it does not have.
func (a *app) chosenOf(t sheet.Table) (sheet.Table, error) {
	if len(a.fields) == 0 {
		return t, nil
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	if err := output.Judge(a.fields, names); err != nil {
		return t, err
	}
	places := make([]int, len(a.fields))
	columns := make([]sheet.Column, len(a.fields))
	for i, name := range a.fields {
		places[i] = slices.Index(names, name)
		columns[i] = t.Columns[places[i]]
	}
	rows := t.Rows
	t.Columns = columns
	t.Rows = func(yield func([]string, error) bool) {
		cells := make([]string, len(places))
		for row, err := range rows {
			for i, place := range places {
				if err == nil {
					cells[i] = row[place]
				}
			}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	}
	return t, nil
}

// named is a table and what it is called in JSON.
type named struct {
	name  string
	table sheet.Table
}

// writeTables writes tables that are made here, row after row, in the form that was asked for: as JSON one object with a member each.
func (a *app) writeTables(tables ...named) error {
	out := a.streams.Out
	for i, t := range tables {
		var err error
		if t.table, err = a.chosenOf(t.table); err != nil {
			return err
		}
		switch a.out() {
		case output.JSON:
			if _, err = fmt.Fprintf(out, "%c%q:", "{,"[min(i, 1)], t.name); err == nil {
				err = sheet.WriteTable(out, sheet.JSON, t.table)
			}
		case output.NDJSON:
			err = sheet.WriteTable(out, sheet.NDJSON, t.table)
		case output.CSV:
			err = a.tableCSV(t.table)
		case output.Table, output.XLSX, output.Parquet:
			err = grid(out, t.table, nil)
		}
		if err != nil {
			return err
		}
	}
	if a.out() == output.JSON {
		_, err := fmt.Fprintln(out, "}")
		return err
	}
	return nil
}

// withRecord says of each row of a table what it is, where several kinds are in one stream.
func withRecord(kind string, t sheet.Table) sheet.Table {
	rows := t.Rows
	t.Columns = append([]sheet.Column{{Name: "record"}}, t.Columns...)
	t.Rows = func(yield func([]string, error) bool) {
		for row, err := range rows {
			if !yield(append([]string{kind}, row...), err) {
				return
			}
		}
	}
	return t
}

// gridRows is how many rows of a table are written at a time: so many are aligned with each other.
const gridRows = 1_000

// grid writes a table for people, its columns or those named.
func grid(w io.Writer, t sheet.Table, columns []string) error {
	var heads []string
	var places []int
	for i, c := range t.Columns {
		if columns == nil || slices.Contains(columns, c.Name) {
			heads, places = append(heads, strings.ToUpper(strings.ReplaceAll(c.Name, "_", " "))), append(places, i)
		}
	}
	rows, written := make([][]string, 0, gridRows), false
	flush := func() error {
		if written && len(rows) == 0 {
			return nil
		}
		written = true
		err := output.Grid(w, heads, rows)
		rows = rows[:0]
		return err
	}
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		cells := make([]string, len(places))
		for i, place := range places {
			cells[i] = row[place]
		}
		if rows = append(rows, cells); len(rows) == gridRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
