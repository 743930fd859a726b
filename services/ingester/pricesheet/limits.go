package pricesheet

import "github.com/pricewire/pricewire/services/ingester/record"

// Limits bound what is accepted. The zero value of a field means its default.
type Limits struct {
	Bytes     int64 // of the sheet, unpacked: 1 GiB
	LineBytes int   // of one record: 256 KiB
	Lines     int   // records beside the header: 5,000,000
	Meters    int   // of one record: 1,000
	HeldBytes int   // of the rows with tier ranges, which are held back until all of them are known: 128 MiB
}

// Defaults of Limits that package record has none for.
const (
	defaultMeters    = 1_000
	defaultHeldBytes = 128 << 20
)

func (l Limits) withDefaults() Limits {
	if l.Meters <= 0 {
		l.Meters = defaultMeters
	}
	if l.HeldBytes <= 0 {
		l.HeldBytes = defaultHeldBytes
	}
	return l
}

func (l Limits) record() record.Limits {
	return record.Limits{Bytes: l.Bytes, LineBytes: l.LineBytes, Lines: l.Lines}
}
