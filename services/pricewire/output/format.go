package output

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Format is one of the forms that answers come in.
type Format string

// The formats. Every client command answers in the first four; the last two are files that the server makes.
const (
	Table   Format = "table"
	JSON    Format = "json"
	NDJSON  Format = "ndjson"
	CSV     Format = "csv"
	XLSX    Format = "xlsx"
	Parquet Format = "parquet"
)

// Plain returns the formats of every client command; a command's default comes first.
func Plain() []Format { return []Format{Table, JSON, NDJSON, CSV} }

// ParseFormat reads the name of one of the formats; the error names them.
func ParseFormat(s string, formats ...Format) (Format, error) {
	if slices.Contains(formats, Format(s)) {
		return Format(s), nil
	}
	words := make([]string, len(formats))
	for i, f := range formats {
		words[i] = string(f)
	}
	return "", fmt.Errorf("%q is not an output format here; use %s%s", s, Names(formats...), command.DidYouMean(s, words))
}

// Names lists formats for people: table, json or csv.
func Names(formats ...Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// Binary reports whether a format is no text, so that a terminal must not have it.
func (f Format) Binary() bool { return f == XLSX || f == Parquet }

// MediaType is what a server calls the format; empty for a table, which is only made here.
func (f Format) MediaType() string {
	switch f {
	case JSON:
		return "application/json"
	case NDJSON:
		return "application/x-ndjson"
	case CSV:
		return "text/csv"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case Parquet:
		return "application/vnd.apache.parquet"
	case Table:
	}
	return ""
}
