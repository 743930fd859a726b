package record

import (
	"fmt"
	"strings"
)

// Renamed is a field of the Retail Prices API, by which package rate says what is wrong with a row, and the column of a file that it was
// read from.
type Renamed struct{ Field, Column string }

// Told returns what is wrong with a record as its file has it: on which line, and by its own columns.
func (r *Record) Told(detail string, columns ...Renamed) string {
	return Told(r.Line, detail, columns...)
}

// Told is Record.Told for a record that is not there any more.
func Told(line int, detail string, columns ...Renamed) string {
	for _, c := range columns {
		rest, ok := strings.CutPrefix(detail, c.Field)
		if ok && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, " ")) {
			detail = c.Column + rest
			break
		}
	}
	return fmt.Sprintf("line %d: %s", line, detail)
}
