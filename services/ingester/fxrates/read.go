package fxrates

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
)

// What is the same in the identity of every exchange rate.
const (
	PriceList = "fx"
	Currency  = money.Currency("USD")
	Type      = "ExchangeRate"
)

// Limits bound what is accepted. The zero value of a field means its default.
type Limits struct {
	Bytes     int64 // of the file: 16 MiB
	LineBytes int   // of one record: 64 KiB
	Lines     int   // records beside the header: 100,000
}

// Defaults of Limits. A month has some 170 rates.
const (
	defaultBytes     = 16 << 20
	defaultLineBytes = 64 << 10
	defaultLines     = 100_000
)

func (l Limits) record() record.Limits {
	r := record.Limits{Bytes: defaultBytes, LineBytes: defaultLineBytes, Lines: defaultLines}
	if l.Bytes > 0 {
		r.Bytes = l.Bytes
	}
	if l.LineBytes > 0 {
		r.LineBytes = l.LineBytes
	}
	if l.Lines > 0 {
		r.Lines = l.Lines
	}
	return r
}

// The columns, in the order of columns.
const (
	code = iota
	perUnit
	month
)

func columns() []record.Column {
	return []record.Column{{Name: "CurrencyCode", Required: true}, {Name: "USDPerUnit", Required: true}, {Name: "Month", Required: true}}
}

// File is what a file of exchange rates says beside its rows.
type File struct {
	Rows int // handed over, believed or not
}

// Read reads a file of exchange rates and hands its rows over, in order of the file. Currencies that do not exist, months that are none,
// and rates that are not above zero are quarantined. An error of kind fault.Invalid names the line and byte at which the file is malformed
// or a limit is passed; other errors are those of the source and of the sink.
func Read(from io.Reader, limits Limits, to rate.Sink) (File, error) {
	var file File
	r, err := record.NewReader(from, columns(), limits.record())
	for err == nil {
		var rec record.Record
		if rec, err = r.Next(); err == nil {
			file.Rows++
			err = row(&rec, to)
		}
	}
	if !errors.Is(err, io.EOF) {
		return File{}, fault.Wrap(err, "read exchange rates")
	}
	return file, nil
}

// row hands one row over.
func row(rec *record.Record, to rate.Sink) error {
	raw := rec.Raw[:min(len(rec.Raw), record.RawKept)]
	f := rate.Fields{
		PriceList: PriceList, Currency: string(Currency), MeterID: strings.ToUpper(rec.Cell(code)), Type: Type, TierMinimum: "0",
		Price: record.Number(rec.Cell(perUnit)), Start: rec.Cell(month), Raw: raw,
	}
	f.SKUID = f.MeterID
	f.Attributes.UnitOfMeasure = "1 " + f.MeterID
	reason, detail := "", ""
	if start, ok := monthStart(f.Start); ok {
		f.Start = start.Format(time.RFC3339)
	} else if f.Start != "" {
		reason, detail = rate.ReasonInvalidTime, fmt.Sprintf("Month: %.40q is not a month such as 201909", f.Start)
	}
	row, q := rate.NewRow(f)
	_, unknown := money.ParseCurrency(f.MeterID)
	switch {
	case !rec.Valid():
		reason, detail = record.ReasonNotUTF8, "the row is not UTF-8"
	case unknown != nil && f.MeterID != "":
		reason, detail = record.ReasonNoCurrency, "CurrencyCode: "+unknown.Error()
	case reason == "" && q == nil && row.Price.IsZero():
		reason, detail = rate.ReasonInvalidNumber, "USDPerUnit is 0"
	}
	if reason == "" {
		if q != nil {
			q.Detail = rec.Told(q.Detail, record.Renamed{Field: "meterId", Column: "CurrencyCode"}, record.Renamed{Field: "retailPrice", Column: "USDPerUnit"},
				record.Renamed{Field: "effectiveStartDate", Column: "Month"})
			return to.Bad(q)
		}
		return to.Row(&row, rec.Raw)
	}
	wrong := rate.Quarantined{Reason: reason, Detail: rec.Told(detail), Identity: row.Identity, HasIdentity: unknown == nil, Digest: sha256.Sum256(rec.Raw), Raw: raw}
	if q != nil {
		wrong.Identity = q.Identity
	}
	return to.Bad(&wrong)
}

// monthStart reads a month and returns its first instant; a date that is not the first of a month is none.
func monthStart(s string) (time.Time, bool) {
	for _, layout := range [...]string{"200601", "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	t, ok := record.Time(s)
	return t, ok && t.Equal(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
}
