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
	"text/tabwriter"
	"unicode"
)

// Object writes one answer. In a table every field has a line; columns, when given, choose and order them.
func Object(w io.Writer, format Format, answer json.RawMessage, columns ...string) error {
	switch format {
	case JSON:
		return indent(w, answer)
	case NDJSON:
		return compact(w, answer)
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
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.pick(columns) {
		if _, err := fmt.Fprintf(tw, "%s\t%s\n", strings.ReplaceAll(f.name, "_", " "), shown(cell(f.value))); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// List writes many answers. In a table the columns are those given; in CSV they are all the fields of the answers, nested ones joined by a
// dot. JSON is {"items": […]}.
func List(w io.Writer, format Format, items []json.RawMessage, columns ...string) error {
	switch format {
	case JSON:
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
	records := make([]record, len(items))
	for i, item := range items {
		var err error
		if records[i], err = read(item); err != nil {
			return err
		}
	}
	if format == CSV {
		return writeCSV(w, records, fields(records, columns))
	}
	return writeTable(w, records, columns)
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

// Grid writes a table of texts under heads. A row may be shorter than the heads.
func Grid(w io.Writer, heads []string, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(tw, strings.Join(heads, "\t")); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]string, max(len(row), len(heads))) // a column ends where a row has no cell for it
		for i, c := range row {
			cells[i] = shown(c)
		}
		if _, err := fmt.Fprintln(tw, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// Columns writes answers as CSV with exactly the columns named, whatever fields they have.
func Columns(w io.Writer, items []json.RawMessage, columns ...string) error {
	records := make([]record, len(items))
	for i, item := range items {
		var err error
		if records[i], err = read(item); err != nil {
			return err
		}
	}
	return writeCSV(w, records, columns)
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

func writeCSV(w io.Writer, records []record, names []string) error {
	cw := csv.NewWriter(w)
	if len(names) > 0 {
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

// shown is text as a terminal may have it: nothing in it can move the cursor or break the table.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, s)
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
