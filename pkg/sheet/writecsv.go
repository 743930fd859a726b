package sheet

import (
	"bufio"
	"encoding/csv"
	"io"
)

// writeCSV writes a table as CSV in UTF-8 with byte order mark and line feeds.
func writeCSV(w io.Writer, t Table) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buffered)
	record := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		record[i] = protect(c.Name)
	}
	err := out.Write(record)
	if err == nil {
		err = t.each(func(number int, row []string) error {
			for i, cell := range row {
				if record[i] = cell; t.Columns[i].Kind == Text {
					record[i] = protect(cell)
				} else if err := t.valid(number, i, cell); err != nil {
					return err
				}
			}
			return out.Write(record)
		})
	}
	if err == nil {
		out.Flush()
		err = out.Error()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return err
}
