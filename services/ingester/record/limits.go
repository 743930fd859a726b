package record

import (
	"fmt"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Limits bound what is accepted. The zero value of a field means its default.
type Limits struct {
	Bytes     int64 // of the file: 1 GiB
	LineBytes int   // of one record: 256 KiB. A longer one is an error, because nothing tells where it would end
	Lines     int   // records beside the header: 5,000,000
	Columns   int   // of the header: 256
}

// Defaults of Limits.
const (
	defaultBytes     = 1 << 30
	defaultLineBytes = 256 << 10
	defaultLines     = 5_000_000
	defaultColumns   = 256
)

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.LineBytes <= 0 {
		l.LineBytes = defaultLineBytes
	}
	if l.Lines <= 0 {
		l.Lines = defaultLines
	}
	if l.Columns <= 0 {
		l.Columns = defaultColumns
	}
	return l
}

// RawKept is how much of the bytes of a quarantined row is kept, in bytes.
const RawKept = 64 << 10

// Reasons to quarantine a row that a reader of files can find, beside those of package rate.
const (
	ReasonNotUTF8       = "not-utf-8"      // a text is not UTF-8
	ReasonOtherCurrency = "other-currency" // the file was to be in one currency, and the row is in another
	ReasonNoCurrency    = "no-currency"    // what should be a currency is none
)

// malformed is the error for a file that is wrong at a place.
func malformed(where, format string, args ...any) *fault.Error {
	problem := fmt.Sprintf(format, args...)
	return fault.New(fault.Invalid, "%s: %s", where, problem).WithPlaces(fault.Place{Where: where, Problem: problem})
}
