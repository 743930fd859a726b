package clickhouse

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Rate answers for one rate.
func (s *Store) Rate(ctx context.Context, q history.RatePoint) (history.RateAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.RateAnswer{}, err
	}
	a, err := s.presentRate(ctx, q)
	return a.RateAnswer, err
}

// PresentRate answers for one rate with everything known.
func (s *Store) PresentRate(ctx context.Context, q history.RatePoint) (history.PresentRate, error) {
	q, err := q.Present()
	if err != nil {
		return history.PresentRate{}, err
	}
	return s.presentRate(ctx, q)
}

func (s *Store) presentRate(ctx context.Context, q history.RatePoint) (a history.PresentRate, err error) {
	err = s.guess(ctx, q.Identity.Currency, q.AsOf, func(from *chosen) (err error) {
		a, err = s.rateFrom(ctx, q, from)
		return err
	})
	return a, err
}

// rateFrom is presentRate from slices.
func (s *Store) rateFrom(ctx context.Context, q history.RatePoint, from *chosen) (history.PresentRate, error) {
	if from.none() {
		return history.PresentRate{}, unknownRate(q.Identity)
	}
	v, known, key := askedMilli(q.At), askedMicro(q.KnownAt), uint64(q.Identity.Key())
	var (
		both             sync.WaitGroup
		current          *toldRow
		rowErr, talesErr error
		tales            map[uint64]rateTale
	)
	both.Go(func() { current, rowErr = s.currentRow(ctx, key, from, known) })
	both.Go(func() { tales, talesErr = s.rateTales(ctx, []uint64{key}, from, q.At, known) })
	both.Wait()
	if err := cmp.Or(talesErr, rowErr); err != nil {
		return history.PresentRate{}, err
	}
	t := tales[key]
	a := history.PresentRate{}
	var said bool
	if a.RateAnswer, said = rateAnswer(folds[uint64, ratePrice]{}, key, t, q.Identity, v, known); !said {
		if err := s.everKnown(ctx, q.Identity, known); err != nil {
			return a, err
		}
		a.RateAnswer = history.RateAnswer{Identity: q.Identity, None: true}
	}
	hold(&a, t, current, v)
	current.give(&a.RateAnswer)
	return a, nil
}

// everKnown is nil when anything was known of a rate, if only of the time before.
func (s *Store) everKnown(ctx context.Context, id rate.Identity, known int64) error {
	all, err := s.ratePeriods(ctx, id)
	if err == nil && !slices.ContainsFunc(all, func(p history.RatePeriod) bool { return p.KnownAt.UnixMicro() <= known }) {
		err = unknownRate(id)
	}
	return err
}

func unknownRate(id rate.Identity) error {
	return fault.New(fault.NotFound, "find rate: nothing is known of meter %s, SKU %s, %s in %s", id.MeterID, id.SKUID, id.Type, id.Currency).
		WithHint("check meter, SKU, type, reservation term and tier; a list names them: pricewire rate list")
}

// currentRow returns the last current row known of a rate, nil when none ever was.
func (s *Store) currentRow(ctx context.Context, key uint64, from *chosen, known int64) (*toldRow, error) {
	rows, err := s.toldRows(ctx, rowsOfRateStatement(key, from, known))
	var last rowPlace
	for p := range rows {
		if p.compare(last) > 0 {
			last = p
		}
	}
	return rows[last], err
}

// hold finds for how long an answer holds: until another period begins or ends.
func hold(a *history.PresentRate, t rateTale, current *toldRow, v int64) {
	newest := int64(math.MinInt64)
	if current != nil {
		newest = current.known
	}
	for i := range t {
		newest = max(newest, t[i].known)
	}
	if newest > math.MinInt64 {
		a.Newest = knownMicro(newest)
	}
	var next time.Time
	if bounds := t.bounds(v, openMilli()); len(bounds) > 0 {
		next = fromMilliExact(bounds[0])
	}
	a.Holds = history.NewHolds(fromMilliExact(v), a.Newest, next)
}
