package memory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// PriceHistory returns every period of the prices that are chosen.
func (s *Store) PriceHistory(_ context.Context, q history.PriceHistory) ([]history.PricePeriod, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	periods := s.priceHistory(q.PriceChoice)
	if len(periods) == 0 {
		return nil, fault.New(fault.NotFound, "find price: nothing is known of %s", q.Product)
	}
	return periods, nil
}

func (s *Store) priceHistory(q history.PriceChoice) []history.PricePeriod {
	var periods []history.PricePeriod
	whole := s.whole()
	for _, c := range s.table(history.TableLicensePrices).PriceChanges {
		if !q.Selects(&c.Identity) || !whole[publication{c.Stream, c.Release, c.Withdrawal}] {
			continue
		}
		for i, span := range c.Spans {
			p := history.PricePeriod{
				Position: c.Position, Identity: c.Identity, Change: c.Change, PublishedIn: c.Release, Withdrawal: c.Withdrawal,
				PriceSaying: history.PriceSaying{None: span.Line == nil, KnownAt: history.StoredKnown(c.KnownAt), Release: span.Release},
				Period:      effective.Period{From: history.FromStored(history.StoredFrom(span.From)), To: history.ToStored(history.StoredTo(span.To))},
			}
			if p.Row = uint32(i); span.Line != nil {
				p.UnitPrice, p.ERPPrice, p.Basis = span.Line.UnitPrice, span.Line.ERPPrice, span.Line.Basis
			}
			periods = append(periods, p)
		}
	}
	slices.SortStableFunc(periods, func(a, b history.PricePeriod) int {
		return cmp.Or(a.Identity.Compare(b.Identity), a.KnownAt.Compare(b.KnownAt), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Row, b.Row))
	})
	return periods
}

// priceInstants are the instants at which what is said of a price may become other.
func (s *Store) priceInstants(id pricelist.Identity, from, to time.Time, moving bool) []time.Time {
	var periods []effective.Period
	var at []time.Time
	for _, p := range s.pricePeriods(id, history.Open()) {
		periods, at = append(periods, p.Period), append(at, p.at)
	}
	return instants(milli(from), milli(to), periods, at, moving)
}

func (s *Store) priceSaying(id pricelist.Identity, as history.AsOf) history.PriceSaying {
	a, ok := s.price(id, as)
	if !ok {
		return history.PriceSaying{None: true}
	}
	return history.PriceSaying{None: a.None, UnitPrice: a.UnitPrice, ERPPrice: a.ERPPrice, Basis: a.Basis, KnownAt: a.KnownAt, Release: a.Release}
}

// RestatePrices asks every price of the market twice, wherever something may become other.
func (s *Store) RestatePrices(_ context.Context, q history.PriceRestatements) iter.Seq2[history.PriceRestatement, error] {
	return all(s.restatePrices(q))
}

func (s *Store) restatePrices(q history.PriceRestatements) ([]history.PriceRestatement, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	after, from, err := history.DecodePriceRestatementCursor(q.Cursor, q.Market)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []history.PriceRestatement
	for _, id := range s.priceIdentities() {
		if !q.Selects(&id) {
			continue
		}
		for _, r := range s.restatePrice(id, q) {
			if after == nil || id.Compare(*after) > 0 || id == *after && r.Period.From.After(from) {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

func (s *Store) restatePrice(id pricelist.Identity, q history.PriceRestatements) []history.PriceRestatement {
	var found []history.PriceRestatement
	at := s.priceInstants(id, q.From, q.To, q.SaidAt.IsZero())
	for i, v := range at {
		then := q.SaidAt
		if then.IsZero() {
			then = sooner(v, q.KnownAt)
		}
		r := history.PriceRestatement{
			Identity: id, Period: effective.Period{From: v, To: ends(at, i, milli(q.To))},
			Said: s.priceSaying(id, history.AsOf{At: v, KnownAt: then}), Says: s.priceSaying(id, history.AsOf{At: v, KnownAt: q.KnownAt}),
		}
		if r.Said.Same(r.Says) {
			continue
		}
		if n := len(found); n > 0 && found[n-1].Period.To.Equal(v) && found[n-1].Said.Same(r.Said) && found[n-1].Says.Same(r.Says) {
			found[n-1].Period.To = r.Period.To
			continue
		}
		found = append(found, r)
	}
	return found
}

// ChartPrices asks each price wherever it may become other.
func (s *Store) ChartPrices(_ context.Context, q history.PriceChart) ([]history.PriceLine, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []history.PriceLine
	for _, id := range s.priceIdentities() {
		if !q.Selects(&id) || len(s.pricePeriods(id, history.StoredKnown(q.KnownAt))) == 0 {
			continue
		}
		var steps []history.PriceStep
		for _, v := range s.priceInstants(id, q.From, q.To, false) {
			step := history.PriceStep{At: v, PriceSaying: s.priceSaying(id, history.AsOf{At: v, KnownAt: q.KnownAt})}
			if n := len(steps); n == 0 || !steps[n-1].Same(step.PriceSaying) {
				steps = append(steps, step)
			}
		}
		lines = append(lines, history.PriceLine{Identity: id, Steps: history.ThinPrices(steps, milli(q.From), milli(q.To), q.Points), Whole: len(steps)})
	}
	switch {
	case len(lines) > history.MaxCharted:
		return nil, history.TooMany("sku")
	case len(lines) == 0:
		return nil, fault.New(fault.NotFound, "find price: nothing is known of %s", q.Product)
	}
	return lines, nil
}
