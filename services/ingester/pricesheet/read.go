package pricesheet

import (
	"errors"
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
)

// PriceList is the price list in the identity of every row of a price sheet, so that a sheet never overwrites retail rates.
const PriceList = "price-sheet"

// Sheet is what a price sheet says beside its rows.
type Sheet struct {
	Rows   int    // handed over, believed or not: one a meter and line
	Market string // ISO 3166 alpha-2, upper case; empty when the sheet has no rows
}

// Read reads a price sheet and hands its rows over: those without tier ranges in order of the sheet, then those with. Wrong rows, and rows
// in another currency than the one given, are quarantined. An error of kind fault.Invalid names the line and byte at which the sheet is
// malformed, passes a limit, or goes over to another market; other errors are those of the source and of the sink.
func Read(from io.Reader, currency money.Currency, limits Limits, to rate.Sink) (Sheet, error) {
	r := &reader{limits: limits.withDefaults(), currency: currency, to: to}
	if err := r.read(from); err != nil {
		return Sheet{}, fault.Wrap(err, "read price sheet")
	}
	return r.sheet, nil
}

type reader struct {
	limits   Limits
	currency money.Currency
	to       rate.Sink
	sheet    Sheet
	tiers    tiers
}

func (r *reader) read(from io.Reader) error {
	records, err := record.NewReader(from, columns(), r.limits.record())
	for err == nil {
		var rec record.Record
		if rec, err = records.Next(); err == nil {
			err = r.record(&rec)
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return r.tiers.handOver(r.to)
}

// record takes one line of the sheet: a row for each of its meters.
func (r *reader) record(rec *record.Record) error {
	if err := r.market(rec); err != nil {
		return err
	}
	l := newLine(rec, r.currency)
	meters := strings.FieldsFunc(rec.Cell(meterIDs), func(c rune) bool { return c == ';' || c == ',' })
	if len(meters) > r.limits.Meters {
		return rec.Wrong("the column MeterIds names %d meters, more than %d", len(meters), r.limits.Meters)
	}
	if len(meters) == 0 {
		meters = []string{l.meter()}
	}
	for _, meter := range meters {
		r.sheet.Rows++
		if err := r.row(l.row(strings.TrimSpace(meter)), rec); err != nil {
			return err
		}
	}
	return nil
}

// market makes sure that the sheet is of one market.
func (r *reader) market(rec *record.Record) error {
	market := strings.ToUpper(rec.Cell(marketColumn))
	switch {
	case len(market) != 2 || strings.Trim(market, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return rec.Wrong("the column Market holds %.40q, not a country's two letters", rec.Cell(marketColumn)).
			WithHint("give the sheet as it was downloaded, for one market")
	case r.sheet.Market == "":
		r.sheet.Market = market
	case market != r.sheet.Market:
		return rec.Wrong("the column Market holds %s, the lines before %s", market, r.sheet.Market).WithHint("give each market's sheet for itself")
	}
	return nil
}

// row hands a row over, or holds it back until all ranges of its meter are known.
func (r *reader) row(s said, rec *record.Record) error {
	switch {
	case s.ranged:
		return r.tiers.hold(s, rec, r.limits.HeldBytes)
	case s.wrong != nil:
		return r.to.Bad(s.wrong)
	}
	return r.to.Row(&s.row, rec.Raw)
}
