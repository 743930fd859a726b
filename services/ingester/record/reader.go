package record

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Column is a column that a reader looks for.
type Column struct {
	Name     string // compared without regard to case and surrounding blanks
	Required bool
}

// Record is one row of a file.
type Record struct {
	Line   int    // on which it begins, counted from 1, line breaks inside fields included
	Offset int64  // of its first byte in the file
	Raw    []byte // its bytes without the line break; good until the next record is read

	text   string
	ends   []int
	places []int
}

// Cell returns the trimmed text in the i-th of the columns that were looked for; empty where the file has no such column.
func (r *Record) Cell(i int) string {
	at := r.places[i]
	if at < 0 {
		return ""
	}
	from := 0
	if at > 0 {
		from = r.ends[at-1]
	}
	return strings.TrimSpace(r.text[from:r.ends[at]])
}

// Valid reports whether all of the record is UTF-8.
func (r *Record) Valid() bool { return utf8.ValidString(r.text) }

// Where names the record in errors.
func (r *Record) Where() string { return place(r.Line, r.Offset) }

// Wrong is the error, of kind fault.Invalid, for a record that makes the whole file useless.
func (r *Record) Wrong(format string, args ...any) *fault.Error {
	return malformed(r.Where(), format, args...)
}

// Reader reads the records of one file. It is not safe for use by several goroutines.
type Reader struct {
	scanner *scanner
	columns int   // of the header
	places  []int // of the columns that are looked for; -1 where there is none
	records int
}

// NewReader reads the header, after a byte order mark if there is one, and finds the columns in it, in any order and among others. An
// error of kind fault.Invalid says that the file is no such list: required columns are missing, a column is there twice, or the header
// is malformed. Other errors are those of the source.
func NewReader(from io.Reader, columns []Column, limits Limits) (*Reader, error) {
	r := &Reader{scanner: newScanner(from, limits.withDefaults())}
	r.scanner.skipMark()
	err := r.scanner.next()
	if errors.Is(err, io.EOF) {
		return nil, malformed("line 1, byte 0", "the file is empty").WithHint("get the file again")
	}
	if err != nil {
		return nil, err
	}
	return r, r.header(columns)
}

func (r *Reader) header(columns []Column) error {
	s := r.scanner
	if r.columns = len(s.ends); r.columns > s.limits.Columns {
		return malformed(s.place(s.start), "the header has %d columns, more than %d", r.columns, s.limits.Columns)
	}
	names := strings.ToLower(string(s.text))
	if len(names) != len(s.text) { // lower case of another length: no name of ours, but the ends would not fit
		names = string(s.text)
	}
	r.places = make([]int, len(columns))
	var missing []string
	for i, c := range columns {
		r.places[i] = -1
		from := 0
		for at, end := range s.ends {
			if strings.TrimSpace(names[from:end]) == strings.ToLower(c.Name) {
				if r.places[i] >= 0 {
					return malformed(s.place(s.start), "the column %s is there twice", c.Name).WithHint("delete one of them")
				}
				r.places[i] = at
			}
			from = end
		}
		if r.places[i] < 0 && c.Required {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		return r.lacking(missing)
	}
	return nil
}

// lacking is the error for a header without required columns.
func (r *Reader) lacking(missing []string) error {
	s := r.scanner
	err := malformed(s.place(s.start), "the header has no column %s", strings.Join(missing, ", "))
	if r.columns == 1 && strings.ContainsAny(string(s.text), ";\t") {
		return err.WithHint("save the file with its fields separated by commas")
	}
	return err.WithHint("give the file as it was downloaded, its header in the first line")
}

// Next returns the next record, and io.EOF behind the last. An error of kind fault.Invalid names the line and byte at which the file is
// malformed or passes a limit; any other is the source's.
func (r *Reader) Next() (Record, error) {
	s := r.scanner
	if err := s.next(); err != nil {
		return Record{}, err
	}
	if r.records++; r.records > s.limits.Lines {
		return Record{}, malformed(s.place(s.start), "the file has more than %d records", s.limits.Lines).
			WithHint("split it into several files, each with the header")
	}
	if len(s.ends) != r.columns {
		return Record{}, malformed(s.place(s.start), "the record has %d fields, the header %d", len(s.ends), r.columns).
			WithHint("get the file again if this is its last line; else put fields that hold a comma in quotes")
	}
	return Record{Line: s.line, Offset: s.start, Raw: s.raw, text: string(s.text), ends: s.ends, places: r.places}, nil
}
