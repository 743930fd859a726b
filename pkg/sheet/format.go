package sheet

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Format is a kind of file that tables are written as.
type Format string

// The formats. Files of JSON, NDJSON and Parquet are for programs: they have no placeholders, numbers are exact, what is empty is null.
const (
	CSV     Format = "csv"     // UTF-8 with byte order mark, as the official lists
	XLSX    Format = "xlsx"    // a workbook with typed cells
	JSON    Format = "json"    // an array of objects; decimals and times are strings
	NDJSON  Format = "ndjson"  // an object a line
	Parquet Format = "parquet" // decimals are DECIMAL(38, 18), times UTC timestamps of microseconds
	YAML    Format = "yaml"    // a list of mappings, of texts only
)

// ParseFormat reads the name of a format in any case, also as the ending of a file's name. Another is an error of kind invalid.
func ParseFormat(s string) (Format, error) {
	f := Format(strings.ToLower(strings.TrimPrefix(s, ".")))
	if f == "yml" {
		f = YAML
	}
	if f.ContentType() == "" {
		return "", fault.New(fault.Invalid, "%q is not a format of files", excerpt(s)).WithHint("use csv, xlsx, json, ndjson, parquet or yaml")
	}
	return f, nil
}

// ContentType returns the format's media type for HTTP, empty for a format that does not exist.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSON:
		return "application/json"
	case NDJSON:
		return "application/x-ndjson"
	case Parquet:
		return "application/vnd.apache.parquet"
	case YAML:
		return "application/yaml"
	}
	return ""
}

// Extension returns how names of files of the format end, ".csv".
func (f Format) Extension() string { return "." + string(f) }

// official reports whether the format is for people, who know the official lists.
func (f Format) official() bool { return f == CSV || f == XLSX }
