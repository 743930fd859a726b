package clickhouse

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// pricePeriod is one row of license_prices_store.
type pricePeriod struct {
	change *history.PriceChange
	span   *pricelist.Span
	row    uint32
}

func pricePeriodsOf(changes []history.PriceChange) []pricePeriod {
	n := 0
	for i := range changes {
		n += len(changes[i].Spans)
	}
	rows := make([]pricePeriod, 0, n)
	for i := range changes {
		for j := range changes[i].Spans {
			rows = append(rows, pricePeriod{&changes[i], &changes[i].Spans[j], uint32(j)})
		}
	}
	return rows
}

func priceBlock(changes []history.PriceChange) block {
	rows := pricePeriodsOf(changes)
	none := pricelist.Line{}
	line := func(r *pricePeriod) *pricelist.Line {
		if r.span.Line != nil {
			return r.span.Line
		}
		return &none
	}
	b := priceIdentities(rows, func(r *pricePeriod) *pricelist.Identity { return &r.change.Identity })
	b = append(b,
		gather("valid_from", rows, func(r *pricePeriod) time.Time { return history.StoredFrom(r.span.From) }),
		gather("valid_to", rows, func(r *pricePeriod) time.Time { return history.StoredTo(r.span.To) }),
		gather("priced", rows, func(r *pricePeriod) bool { return r.span.Line != nil }),
	)
	b = append(b, lineColumns("", rows, func(r *pricePeriod) *pricelist.Line { return r.span.Line })...)
	b = append(b, texts(priceAttributeNames(), rows, func(r *pricePeriod) []*string { return priceAttributeFields(&line(r).Attributes) })...)
	b = append(b,
		gather("known_at", rows, func(r *pricePeriod) time.Time { return history.StoredKnown(r.change.KnownAt) }),
		gather("change", rows, func(r *pricePeriod) string { return string(r.change.Change) }),
		gather("release", rows, func(r *pricePeriod) string { return r.span.Release }),
		gather("published_in", rows, func(r *pricePeriod) string { return r.change.Release }),
		gather("withdrawal", rows, func(r *pricePeriod) uint32 { return uint32(r.change.Withdrawal) }),
		families(rows),
	)
	return append(b, positions(rows, func(r *pricePeriod) history.Position {
		return history.Position{Stream: r.change.Stream, Sequence: r.change.Sequence, Row: r.row}
	})...)
}

// families are the product families of lines. Titles repeat a lot, so each is read once.
func families(rows []pricePeriod) vector {
	type titles struct{ product, sku string }
	known := map[titles]string{}
	return gather("family", rows, func(r *pricePeriod) string {
		l := r.span.Line
		if l == nil {
			return ""
		}
		of := titles{l.ProductTitle, l.SKUTitle}
		family, ok := known[of]
		if !ok {
			family = l.Family()
			known[of] = family
		}
		return family
	})
}

// lineColumns are prices, basis and period of lines, which may be missing.
func lineColumns[R any](prefix string, rows []R, side func(*R) *pricelist.Line) block {
	none := pricelist.Line{}
	line := func(r *R) *pricelist.Line {
		if l := side(r); l != nil {
			return l
		}
		return &none
	}
	instant := func(of func(*pricelist.Line) time.Time) func(*R) time.Time {
		return func(r *R) time.Time {
			if l := side(r); l != nil {
				return of(l)
			}
			return epoch()
		}
	}
	return block{
		gather(prefix+"unit_price", rows, func(r *R) decimal.Decimal { return line(r).UnitPrice.Exact() }),
		gather(prefix+"erp_price", rows, func(r *R) decimal.Decimal { return line(r).ERPPrice.Exact() }),
		gather(prefix+"price_basis", rows, func(r *R) string { return string(line(r).Basis) }),
		gather(prefix+"starts_at", rows, instant(func(l *pricelist.Line) time.Time { return history.StoredFrom(l.Effective.From) })),
		gather(prefix+"ends_at", rows, instant(func(l *pricelist.Line) time.Time { return history.StoredTo(l.Effective.To) })),
	}
}

func priceChangeBlock(rows []history.PriceChange) block {
	type R = history.PriceChange
	attributes := func(r *R) *pricelist.Attributes {
		switch {
		case r.After != nil:
			return &r.After.Attributes
		case r.Before != nil:
			return &r.Before.Attributes
		}
		return &pricelist.Attributes{}
	}
	b := priceIdentities(rows, func(r *R) *pricelist.Identity { return &r.Identity })
	b = append(b,
		gather("change", rows, func(r *R) string { return string(r.Change) }),
		gather("has_before", rows, func(r *R) bool { return r.Before != nil }),
		gather("has_after", rows, func(r *R) bool { return r.After != nil }),
	)
	b = append(b, lineColumns("before_", rows, func(r *R) *pricelist.Line { return r.Before })...)
	b = append(b, lineColumns("after_", rows, func(r *R) *pricelist.Line { return r.After })...)
	b = append(b, texts(priceAttributeNames(), rows, func(r *R) []*string { return priceAttributeFields(attributes(r)) })...)
	names := priceAttributeNames()
	b = append(b,
		gather("before_attributes", rows, func(r *R) *orderedValues {
			if r.Before == nil || r.After == nil {
				return &orderedValues{}
			}
			return different(names, priceAttributeFields(&r.Before.Attributes), priceAttributeFields(&r.After.Attributes))
		}),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("withdrawal", rows, func(r *R) uint32 { return uint32(r.Withdrawal) }),
		gather("n", rows, func(r *R) uint32 { return uint32(r.N) }),
		gather("of", rows, func(r *R) uint32 { return uint32(r.Of) }),
	)
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}
