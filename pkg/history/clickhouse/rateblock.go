package clickhouse

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// period is one row of rates_store.
type period struct {
	change  *history.RateChange
	span    *rate.Span
	row     uint32
	derived *derived
}

func periodsOf(changes []history.RateChange) []period {
	n := 0
	for i := range changes {
		n += len(changes[i].Periods)
	}
	rows := make([]period, 0, n)
	all := derive(changes)
	for i := range changes {
		for j := range changes[i].Periods {
			rows = append(rows, period{&changes[i], &changes[i].Periods[j], uint32(j), &all[i]})
		}
	}
	return rows
}

func rateBlock(changes []history.RateChange) block {
	rows := periodsOf(changes)
	b := block{gather("key", rows, func(r *period) uint64 { return uint64(r.change.Key) })}
	b = append(b, rateIdentities(rows, func(r *period) *rate.Identity { return &r.change.Identity })...)
	b = append(b,
		gather("valid_from", rows, func(r *period) time.Time { return history.StoredFrom(r.span.From) }),
		gather("valid_to", rows, func(r *period) time.Time { return history.StoredTo(r.span.To) }),
		gather("priced", rows, func(r *period) bool { return !r.span.None }),
		gather("price", rows, func(r *period) decimal.Decimal { return r.span.Price.Exact() }),
		gather("effective_from", rows, func(r *period) time.Time { return effectiveFrom(r.span) }),
		gather("known_at", rows, func(r *period) time.Time { return history.StoredKnown(r.change.KnownAt) }),
		gather("kind", rows, func(r *period) string { return string(r.change.Kind) }),
	)
	b = append(b, texts(rateAttributeNames(), rows, func(r *period) []*string { return rateAttributeFields(&rowOf(r.change).Attributes) })...)
	b = append(b,
		gather("included_quantity", rows, func(r *period) decimal.Decimal { return included(rowOf(r.change)) }),
		gather("hourly_equivalent", rows, func(r *period) *decimal.Decimal { return hourlyOf(&r.change.Identity, r.span) }),
	)
	b = append(b, derivedColumns(rows, func(r *period) *derived { return r.derived })...)
	return append(b, positions(rows, func(r *period) history.Position {
		return history.Position{Stream: r.change.Stream, Sequence: r.change.Sequence, Row: r.row}
	})...)
}

// rowOf is the row after a change, or the one before it when there is none after; an empty one when there is neither.
func rowOf(c *history.RateChange) *rate.Row {
	switch {
	case c.After != nil:
		return c.After
	case c.Before != nil:
		return c.Before
	}
	return &rate.Row{}
}

// included is a row's included quantity; nearly all rows have none.
func included(r *rate.Row) decimal.Decimal {
	if r.IncludedQuantity.IsZero() {
		return decimal.Zero
	}
	return r.IncludedQuantity.Exact()
}

func rateChangeBlock(rows []history.RateChange) block {
	type R = history.RateChange
	b := block{gather("key", rows, func(r *R) uint64 { return uint64(r.Key) })}
	b = append(b, rateIdentities(rows, func(r *R) *rate.Identity { return &r.Identity })...)
	b = append(b,
		gather("kind", rows, func(r *R) string { return string(r.Kind) }),
		gather("field", rows, func(r *R) string { return r.Field }),
		gather("returned", rows, func(r *R) bool { return r.Returned }),
		gather("correction", rows, func(r *R) bool { return r.Correction }),
		gather("backdated", rows, func(r *R) bool { return r.Backdated }),
		gather("expiring", rows, func(r *R) bool { return r.Expiring }),
		gather("upcoming", rows, func(r *R) bool { return r.Upcoming }),
		gather("first_region", rows, func(r *R) string { return r.Region }),
	)
	b = append(b, rateRows("before", rows, func(r *R) *rate.Row { return r.Before })...)
	b = append(b, rateRows("after", rows, func(r *R) *rate.Row { return r.After })...)
	b = append(b, texts(rateAttributeNames(), rows, func(r *R) []*string { return rateAttributeFields(&rowOf(r).Attributes) })...)
	b = append(b, changeDerivedColumns(rows)...)
	names := rateAttributeNames()
	b = append(b,
		gather("before_attributes", rows, func(r *R) *orderedValues {
			if r.Before == nil || r.After == nil {
				return &orderedValues{}
			}
			return different(names, rateAttributeFields(&r.Before.Attributes), rateAttributeFields(&r.After.Attributes))
		}),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
		gather("scope", rows, func(r *R) string { return r.Scope }),
		gather("crawl", rows, func(r *R) string { return r.Crawl }),
	)
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

// rateRows are the columns of the current row before or after a change, which may be missing.
func rateRows(prefix string, changes []history.RateChange, side func(*history.RateChange) *rate.Row) block {
	type R = history.RateChange
	none := rate.Row{}
	row := func(r *R) *rate.Row {
		if s := side(r); s != nil {
			return s
		}
		return &none
	}
	instant := func(of func(*rate.Row) time.Time) func(*R) time.Time {
		return func(r *R) time.Time {
			if s := side(r); s != nil {
				return of(s)
			}
			return epoch()
		}
	}
	return block{
		gather("has_"+prefix, changes, func(r *R) bool { return side(r) != nil }),
		gather(prefix+"_price", changes, func(r *R) decimal.Decimal { return row(r).Price.Exact() }),
		gather(prefix+"_from", changes, instant(func(s *rate.Row) time.Time { return history.StoredFrom(s.Effective.From) })),
		gather(prefix+"_to", changes, instant(func(s *rate.Row) time.Time { return history.StoredTo(s.Effective.To) })),
		gather(prefix+"_plan_terms", changes, func(r *R) []string { return planTerms(row(r)) }),
		gather(prefix+"_plan_prices", changes, func(r *R) []decimal.Decimal { return planPrices(row(r)) }),
		gather(prefix+"_included_quantity", changes, func(r *R) decimal.Decimal { return included(row(r)) }),
	}
}

func planTerms(r *rate.Row) []string {
	terms := make([]string, len(r.SavingsPlans))
	for i, p := range r.SavingsPlans {
		terms[i] = p.Term
	}
	return terms
}

func planPrices(r *rate.Row) []decimal.Decimal {
	prices := make([]decimal.Decimal, len(r.SavingsPlans))
	for i, p := range r.SavingsPlans {
		prices[i] = p.Price.Exact()
	}
	return prices
}
