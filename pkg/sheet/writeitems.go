package sheet

import (
	"io"

	"github.com/pricewire/pricewire/pkg/item"
)

// WriteItems writes a list by its schema: CSV and workbooks with the official headers, the other formats with the columns' own names. All
// values are texts. ReadItems reads CSV and workbooks, and ReadDocuments YAML, back as exactly the same items. The notes are those of a
// Table.
func WriteItems(w io.Writer, f Format, schema item.Schema, items []item.Item, notes []Note) error {
	t := Table{Name: schema.List, Columns: make([]Column, len(schema.Columns)), Notes: notes}
	for i, c := range schema.Columns {
		t.Columns[i] = Column{Name: c.Name}
		if f.official() {
			t.Columns[i].Name = c.Header
		}
	}
	t.Rows = func(yield func([]string, error) bool) {
		row := make([]string, len(schema.Columns))
		for i := range items {
			for c := range schema.Columns {
				row[c] = items[i].Get(schema.Columns[c].Name)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	return WriteTable(w, f, t)
}
