package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// One rate is asked for by its key alone, which is what its tables are sorted by: every further condition costs more than the rows that
// it saves. Rows of another rate that shares the key are left out when they are read, and the rest is folded here.

func ratePeriodsStatement(id rate.Identity) statement {
	var f filters
	f.where("key = @key", "key", uint64(id.Key()))
	return statement{"SELECT " + identityColumns + ", stream, seq, row, valid_from, valid_to, priced, price, effective_from, known_at, kind\nFROM rates_store" +
		f.all(), f.args}
}

func rateChangesStatement(id rate.Identity) statement {
	var f filters
	f.where("key = @key", "key", uint64(id.Key()))
	return statement{"SELECT " + identityColumns + ", stream, seq, row, kind, field, returned, correction, backdated, expiring, upcoming,\n" +
		"    first_region, known_at, scope, crawl,\n" +
		"    has_before, before_price, before_from, before_to, before_plan_terms, before_plan_prices, before_included_quantity,\n" +
		"    has_after, after_price, after_from, after_to, after_plan_terms, after_plan_prices, after_included_quantity,\n" +
		"    before_attributes, " + attributeColumns + "\nFROM rate_changes_store" + f.all(), f.args}
}

// ratePeriods returns an identity's periods in the order in which they became known.
func (s *Store) ratePeriods(ctx context.Context, id rate.Identity) ([]history.RatePeriod, error) {
	var periods []history.RatePeriod
	err := s.query(ctx, "list periods of rate", ratePeriodsStatement(id), func(rows driver.Rows) error {
		p, of, err := scanRatePeriod(rows)
		if of == id {
			periods = append(periods, p)
		}
		return err
	})
	slices.SortFunc(periods, func(a, b history.RatePeriod) int { return knownOrder(a.KnownAt, b.KnownAt, a.Position, b.Position) })
	return periods, err
}

func knownOrder(a, b time.Time, p, q history.Position) int {
	return cmp.Or(a.Compare(b), cmp.Compare(p.Sequence, q.Sequence), cmp.Compare(p.Row, q.Row))
}

// RateHistory returns every period and change of one rate.
func (s *Store) RateHistory(ctx context.Context, q history.RateHistory) (history.RateSeries, error) {
	series := history.RateSeries{Identity: q.Identity}
	if err := q.Validate(); err != nil {
		return series, err
	}
	periods, err := s.ratePeriods(ctx, q.Identity)
	if err != nil {
		return series, err
	}
	series.Periods = periods
	err = s.query(ctx, "list changes of rate", rateChangesStatement(q.Identity), func(rows driver.Rows) error {
		c, err := scanRateChange(rows)
		if c.Identity == q.Identity {
			series.Changes = append(series.Changes, c)
		}
		return err
	})
	slices.SortFunc(series.Changes, func(a, b history.RateChange) int { return knownOrder(a.KnownAt, b.KnownAt, a.Position, b.Position) })
	if err == nil && len(series.Periods)+len(series.Changes) == 0 {
		err = unknownRate(q.Identity)
	}
	return series, err
}

func scanRatePeriod(rows driver.Rows) (history.RatePeriod, rate.Identity, error) {
	var (
		p               history.RatePeriod
		identity        identityRow
		from, to, start time.Time
		priced          bool
		price           decimal.Decimal
		kind            string
	)
	err := rows.Scan(append(identity.targets(), &p.Stream, &p.Sequence, &p.Row, &from, &to, &priced, &price, &start, &p.KnownAt, &kind)...)
	if err != nil {
		return p, rate.Identity{}, err
	}
	p.KnownAt, p.Kind, p.None = p.KnownAt.UTC(), rate.Kind(kind), !priced
	p.Period = effective.Period{From: history.FromStored(from), To: history.ToStored(to)}
	if priced {
		p.Start = history.FromStored(start)
	}
	if p.Price, err = money.FromExact(price); err != nil {
		return p, rate.Identity{}, err
	}
	id, err := identity.identity()
	return p, id, err
}

// rateSide is the row before or after a change as its columns have it.
type rateSide struct {
	there    bool
	price    decimal.Decimal
	from, to time.Time
	terms    []string
	prices   []decimal.Decimal
	included decimal.Decimal
}

func (r *rateSide) targets() []any {
	return []any{&r.there, &r.price, &r.from, &r.to, &r.terms, &r.prices, &r.included}
}

func (r *rateSide) row(id rate.Identity, a rate.Attributes) (*rate.Row, error) {
	if !r.there {
		return nil, nil
	}
	price, err := money.FromExact(r.price)
	if err != nil {
		return nil, err
	}
	included, err := money.FromExact(r.included)
	if err != nil {
		return nil, err
	}
	plans, err := savingsPlans(r.terms, r.prices)
	return &rate.Row{
		Identity: id, Attributes: a, Price: price, SavingsPlans: plans, IncludedQuantity: included,
		Effective: effective.Period{From: history.FromStored(r.from), To: history.ToStored(r.to)},
	}, err
}

func scanRateChange(rows driver.Rows) (history.RateChange, error) {
	var (
		c             history.RateChange
		kind          string
		identity      identityRow
		before, after rateSide
		attributes    rate.Attributes
		otherwise     map[string]string
	)
	targets := append(identity.targets(),
		&c.Stream, &c.Sequence, &c.Row, &kind, &c.Field, &c.Returned, &c.Correction, &c.Backdated, &c.Expiring, &c.Upcoming,
		&c.Region, &c.KnownAt, &c.Scope, &c.Crawl,
	)
	targets = append(append(append(targets, before.targets()...), after.targets()...), &otherwise)
	for _, text := range rateAttributeFields(&attributes) {
		targets = append(targets, text)
	}
	err := rows.Scan(targets...)
	if err != nil {
		return c, err
	}
	id, err := identity.identity()
	if err != nil {
		return c, err
	}
	c.Kind, c.Identity, c.Key, c.KnownAt = rate.Kind(kind), id, id.Key(), c.KnownAt.UTC()
	if c.After, err = after.row(id, attributes); err != nil {
		return c, err
	}
	for i, name := range rateAttributeNames() {
		if value, ok := otherwise[name]; ok {
			*rateAttributeFields(&attributes)[i] = value
		}
	}
	c.Before, err = before.row(id, attributes)
	return c, err
}
