package api

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// table is a list that is given as a file: the items of its pages, one after another.
type table[T any] struct {
	name    string // of the sheet
	items   iter.Seq2[T, error]
	notes   []sheet.Note
	columns []sheet.Column
	cells   func(item T, row []string)
	costs   []bool // which columns tell cost; nil: none
}

// tableOf is a table whose columns are the fields of its items.
func tableOf[T any](name string, items iter.Seq2[T, error], notes ...sheet.Note) table[T] {
	f := newFlat[T]()
	return table[T]{name, items, notes, f.columns, f.cells, f.costs}
}

// write writes the table without holding it. JSON and NDJSON have the items as pages do. Without cost it has no column that tells it.
func (t table[T]) write(w io.Writer, f sheet.Format, cost bool) error {
	if f == sheet.JSON || f == sheet.NDJSON {
		return t.json(w, f == sheet.NDJSON, cost)
	}
	if !cost {
		t = t.withoutCost()
	}
	rows := func(yield func([]string, error) bool) {
		row := make([]string, len(t.columns))
		for item, err := range t.items {
			if err == nil {
				t.cells(item, row)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return sheet.WriteTable(w, f, sheet.Table{Name: t.name, Columns: t.columns, Rows: rows, Notes: t.notes})
}

// withoutCost is the table without the columns that tell cost.
func (t table[T]) withoutCost() table[T] {
	var kept []int
	var columns []sheet.Column
	for i, c := range t.columns {
		if i >= len(t.costs) || !t.costs[i] {
			kept, columns = append(kept, i), append(columns, c)
		}
	}
	all, cells := make([]string, len(t.columns)), t.cells
	t.columns, t.costs = columns, nil
	t.cells = func(item T, row []string) {
		cells(item, all)
		for n, i := range kept {
			row[n] = all[i]
		}
	}
	return t
}

func (t table[T]) json(w io.Writer, lines, cost bool) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	between := "["
	put := func(s string) error {
		if lines {
			return nil
		}
		_, err := io.WriteString(w, s)
		return err
	}
	for item, err := range t.items {
		if err == nil {
			err = put(between)
		}
		if err == nil {
			if cost {
				err = encoder.Encode(item) // ends the line
			} else {
				err = encoder.Encode(withoutCost(item))
			}
		}
		if err != nil {
			return err
		}
		between = ","
	}
	if between == "[" {
		between = "[]\n"
	} else {
		between = "]\n"
	}
	return put(between)
}

// sendTable answers with a table as a file.
func sendTable[T any](s *server, name string, f sheet.Format, of func(context.Context) table[T]) *huma.StreamResponse {
	return s.file(name, f, func(ctx context.Context, w io.Writer) error { return of(ctx).write(w, f, seesCost(ctx)) })
}

// pages reads a list page by page; ask returns the items behind a cursor and the next one, empty on the last page.
func pages[F, T any](ask func(cursor string) ([]F, string, error), view func(F) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			items, next, err := ask(cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(view(item), nil) {
					return
				}
			}
			if next == "" {
				return
			}
			cursor = next
		}
	}
}

// slice yields items that are there already.
func slice[F, T any](items []F, view func(F) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(view(item), nil) {
				return
			}
		}
	}
}

// note is a note of a file about an instant.
func note(name string, at time.Time) sheet.Note { return sheet.Note{Name: name, Text: stamp(at)} }
