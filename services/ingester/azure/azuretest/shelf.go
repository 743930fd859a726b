package azuretest

import (
	"encoding/json"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ref is a row on a shelf: the part it is in, and which row of that part.
type ref struct{ part, row uint32 }

// shelf is what a server serves in one currency. The server reads it within one call of read at a time, during which it does not change.
type shelf interface {
	// read calls use with a number that changes whenever the rows do.
	read(use func(version uint64))
	// find returns the rows that a filter lets through, in a fixed order.
	find(f filter, fold bool) []ref
	// append writes a row as JSON. plans says whether savings plans are shown.
	append(b []byte, r ref, plans bool) []byte
}

// recorded is rows as somebody recorded them. They are served as they are, whatever the version that is asked for.
type recorded struct {
	rows    []string
	version uint64
}

func (s *recorded) read(use func(uint64)) { use(s.version) }

func (s *recorded) append(b []byte, r ref, _ bool) []byte { return append(b, s.rows[r.row]...) }

func (s *recorded) find(f filter, fold bool) []ref {
	var refs []ref
	for i, row := range s.rows {
		if _, all := f.(everything); all || f.about(fieldsOf(row), fold) == yes {
			refs = append(refs, ref{row: uint32(i)})
		}
	}
	return refs
}

// fieldsOf looks up the fields of a recorded row; what is missing is empty.
func fieldsOf(row string) lookup {
	var fields map[string]any
	_ = json.Unmarshal([]byte(row), &fields) // a row that is none has no fields
	return func(name string) (string, bool) {
		text, _ := fields[name].(string)
		return strings.TrimSpace(text), true
	}
}
