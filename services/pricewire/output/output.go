// Package output writes the answers of client commands: as a table for people, as JSON, NDJSON or CSV for programs. Workbooks and Parquet
// files are made by the server and only named here.
package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Object writes one answer. In a table every field has a line; columns, when given, choose and order them, unless the reader chose others.
func Object(w io.Writer, format Format, answer json.RawMessage, columns ...string) error {
	p := pageOf(w)
	switch format {
	case JSON, NDJSON:
		few, err := p.chosen([]json.RawMessage{answer}, columns)
		if err != nil {
			return err
		}
		if format == JSON {
			return indent(w, few[0])
		}
		return compact(w, few[0])
	case CSV:
		return List(w, format, []json.RawMessage{answer})
	case XLSX, Parquet:
		return notHere(format)
	case Table:
	}
	r, err := read(answer)
	if err != nil {
		return err
	}
	if columns, err = p.columns([]record{r}, columns); err != nil {
		return err
	}
	var rows [][]string
	for _, f := range r.pick(columns) {
		rows = append(rows, []string{strings.ReplaceAll(f.name, "_", " "), cell(f.value)})
	}
	return p.pairs(rows)
}

// List writes many answers. In a table the columns are those given; in CSV they are all the fields of the answers, nested ones joined by a
// dot. JSON is {"items": […]}.
func List(w io.Writer, format Format, items []json.RawMessage, columns ...string) error {
	p := pageOf(w)
	switch format {
	case JSON:
		items, err := p.chosen(items, columns)
		if err != nil {
			return err
		}
		if items == nil {
			items = []json.RawMessage{}
		}
		all, err := json.Marshal(struct {
			Items []json.RawMessage `json:"items"`
			Next  *string           `json:"next"`
		}{Items: items})
		if err != nil {
			return err
		}
		return indent(w, all)
	case NDJSON:
		items, err := p.chosen(items, columns)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := compact(w, item); err != nil {
				return err
			}
		}
		return nil
	case XLSX, Parquet:
		return notHere(format)
	case CSV, Table:
	}
	records, err := readAll(items)
	if err != nil {
		return err
	}
	if format == CSV {
		names, err := p.columns(records, fields(records, columns))
		if err != nil {
			return err
		}
		return p.writeCSV(records, names)
	}
	names, err := p.columns(records, columns)
	if err != nil {
		return err
	}
	return writeTable(w, records, names)
}

func notHere(format Format) error { return fmt.Errorf("%s is made by the server", format) }

func indent(w io.Writer, raw json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	_, err := fmt.Fprintln(w, strings.TrimSpace(out.String()))
	return err
}

func compact(w io.Writer, raw json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

func writeTable(w io.Writer, records []record, columns []string) error {
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = strings.ToUpper(strings.NewReplacer("_", " ", ".", " ").Replace(c))
	}
	rows := make([][]string, len(records))
	for i, r := range records {
		rows[i] = r.cells(columns)
	}
	return Grid(w, heads, rows)
}

// Columns writes answers as CSV with exactly the columns named, whatever fields they have; or with those that the reader chose.
func Columns(w io.Writer, items []json.RawMessage, columns ...string) error {
	records, err := readAll(items)
	if err != nil {
		return err
	}
	p := pageOf(w)
	names, err := p.columns(records, columns)
	if err != nil {
		return err
	}
	return p.writeCSV(records, names)
}

// fields are those of all records, in the order in which they first come; those expected when there is no record.
func fields(records []record, expected []string) []string {
	if len(records) == 0 {
		return expected
	}
	var names []string
	seen := map[string]bool{}
	for _, r := range records {
		for _, f := range r {
			if !seen[f.name] {
				seen[f.name] = true
				names = append(names, f.name)
			}
		}
	}
	return names
}

func (p *Page) writeCSV(records []record, names []string) error {
	cw := csv.NewWriter(p)
	if headed := p.headed(); headed && len(names) > 0 {
		if err := cw.Write(names); err != nil {
			return err
		}
	}
	row := make([]string, len(names))
	for _, r := range records {
		for i, n := range names {
			row[i] = harmless(r.value(n))
		}
		if err := cw.Write(row); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// harmless keeps a spreadsheet from running a cell as a formula; numbers stay as they are.
func harmless(raw json.RawMessage) string {
	s := cell(raw)
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if json.Valid([]byte(s)) { // a number, such as -3.5
		return s
	}
	return "'" + s
}
