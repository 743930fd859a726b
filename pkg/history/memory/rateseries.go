package memory

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/rate"
)

// all yields what was gathered, or the error that there was.
func all[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// DiffRates asks every rate at both instants.
func (s *Store) DiffRates(_ context.Context, q history.RateDiff) iter.Seq2[history.RateDifference, error] {
	return all(s.diffRates(q))
}

func (s *Store) diffRates(q history.RateDiff) ([]history.RateDifference, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	after, resumed, err := history.DecodeRateCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []history.RateDifference
	for _, id := range s.rateIdentities() {
		if resumed && id.Key() <= after || !q.Selects(&id) {
			continue
		}
		was, is := s.side(id, q.From, &q.RateFilter), s.side(id, q.To, &q.RateFilter)
		if was == nil && is == nil {
			continue
		}
		if d := history.DifferenceOf(was, is); d.Change != listing.Unchanged {
			found = append(found, d)
		}
	}
	return found, nil
}

// side is the answer for one side of a difference; nil when there is no price, or none that the filter lets through.
func (s *Store) side(id rate.Identity, as history.AsOf, f *history.RateFilter) *history.RateAnswer {
	a, ok := s.rate(id, as)
	if !ok || a.None || !f.Describes(&id, &a.Attributes) {
		return nil
	}
	return &a
}

// instants are those within a range at which something may begin: its start, and where periods begin or end; and if moving, where something
// becomes known, which is from the next millisecond on.
func instants(from, to time.Time, periods []effective.Period, known []time.Time, moving bool) []time.Time {
	at := []time.Time{from}
	add := func(t time.Time) {
		if t.After(from) && t.Before(to) {
			at = append(at, t)
		}
	}
	for i, p := range periods {
		add(history.StoredFrom(p.From))
		add(history.StoredTo(p.To))
		if moving {
			add(known[i].Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond))
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}

// ends returns the end of the i-th range between instants.
func ends(at []time.Time, i int, to time.Time) time.Time {
	if i+1 < len(at) {
		return at[i+1]
	}
	return to
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// rateInstants are the instants at which what is said of a rate may become other.
func (s *Store) rateInstants(id rate.Identity, from, to time.Time, moving bool) []time.Time {
	var periods []effective.Period
	var known []time.Time
	for _, p := range s.ratePeriods(id) {
		periods, known = append(periods, p.Period), append(known, p.KnownAt)
	}
	return instants(milli(from), milli(to), periods, known, moving)
}

func (s *Store) rateSaying(id rate.Identity, as history.AsOf) history.RateSaying {
	a, ok := s.rate(id, as)
	if !ok {
		return history.RateSaying{None: true}
	}
	return history.RateSaying{None: a.None, Price: a.Price, EffectiveFrom: a.EffectiveFrom, KnownAt: a.KnownAt}
}

func sameRate(a, b history.RateSaying) bool {
	return a.None == b.None && a.Price == b.Price && a.EffectiveFrom.Equal(b.EffectiveFrom)
}

// RestateRates asks every rate twice, wherever something may become other.
func (s *Store) RestateRates(_ context.Context, q history.RateRestatements) iter.Seq2[history.RateRestatement, error] {
	return all(s.restateRates(q))
}

func (s *Store) restateRates(q history.RateRestatements) ([]history.RateRestatement, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	after, from, resumed, err := history.DecodeRestatementCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []history.RateRestatement
	for _, id := range s.rateIdentities() {
		if !q.Selects(&id) {
			continue
		}
		now, _ := s.rate(id, history.AsOf{At: q.From, KnownAt: q.KnownAt})
		if !q.Describes(&id, &now.Attributes) {
			continue
		}
		for _, r := range s.restateRate(id, q) {
			r.Attributes = now.Attributes
			if key := id.Key(); !resumed || key > after || key == after && r.Period.From.After(from) {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

func (s *Store) restateRate(id rate.Identity, q history.RateRestatements) []history.RateRestatement {
	var found []history.RateRestatement
	at := s.rateInstants(id, q.From, q.To, q.SaidAt.IsZero())
	for i, v := range at {
		then := q.SaidAt
		if then.IsZero() {
			then = sooner(v, q.KnownAt)
		}
		r := history.RateRestatement{
			Identity: id, Period: effective.Period{From: v, To: ends(at, i, milli(q.To))},
			Said: s.rateSaying(id, history.AsOf{At: v, KnownAt: then}), Says: s.rateSaying(id, history.AsOf{At: v, KnownAt: q.KnownAt}),
		}
		if sameRate(r.Said, r.Says) {
			continue
		}
		if n := len(found); n > 0 && found[n-1].Period.To.Equal(v) && sameRate(found[n-1].Said, r.Said) && sameRate(found[n-1].Says, r.Says) {
			found[n-1].Period.To = r.Period.To
			continue
		}
		found = append(found, r)
	}
	return found
}

// ChartRates asks each rate wherever it may become other.
func (s *Store) ChartRates(_ context.Context, q history.RateChart) ([]history.RateLine, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []history.RateLine
	filter := q.Filter()
	for _, id := range s.rateIdentities() {
		if _, ok := s.rate(id, history.AsOf{At: q.From, KnownAt: q.KnownAt}); !ok || !filter.Selects(&id) {
			continue
		}
		var steps []history.RateStep
		for _, v := range s.rateInstants(id, q.From, q.To, false) {
			step := history.RateStep{At: v, RateSaying: s.rateSaying(id, history.AsOf{At: v, KnownAt: q.KnownAt})}
			if n := len(steps); n == 0 || !sameRate(steps[n-1].RateSaying, step.RateSaying) {
				steps = append(steps, step)
			}
		}
		lines = append(lines, history.RateLine{Identity: id, Steps: history.ThinRates(steps, milli(q.From), milli(q.To), q.Points), Whole: len(steps)})
	}
	switch {
	case len(lines) > history.MaxCharted:
		return nil, history.TooMany("meter_id")
	case len(lines) == 0:
		return nil, fault.New(fault.NotFound, "find rate: nothing is known of meter %s", q.MeterID)
	}
	return lines, nil
}
