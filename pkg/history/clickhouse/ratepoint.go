package clickhouse

import (
	"context"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Rate answers for one rate.
func (s *Store) Rate(ctx context.Context, q history.RatePoint) (history.RateAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.RateAnswer{}, err
	}
	at, knownAt := q.At.UTC().Truncate(time.Millisecond), history.StoredKnown(q.KnownAt)
	var (
		both               sync.WaitGroup
		current            knownRow
		currentErr, allErr error
		all                []history.RatePeriod
	)
	both.Go(func() { current, currentErr = s.currentRow(ctx, q.Identity, knownAt) })
	both.Go(func() { all, allErr = s.ratePeriods(ctx, q.Identity) })
	both.Wait()
	if allErr != nil {
		return history.RateAnswer{}, allErr
	}
	if currentErr != nil {
		return history.RateAnswer{}, currentErr
	}
	known := all[:0]
	for _, p := range all {
		if !p.KnownAt.After(knownAt) {
			known = append(known, p)
		}
	}
	if len(known) == 0 {
		return history.RateAnswer{}, unknownRate(q.Identity)
	}
	a := answer(known, at)
	var err error
	a.Identity, a.Attributes = q.Identity, current.attributes
	a.SavingsPlans, err = savingsPlans(current.terms, current.prices)
	return a, err
}

func unknownRate(id rate.Identity) error {
	return fault.New(fault.NotFound, "find rate: nothing is known of meter %s, SKU %s, %s in %s", id.MeterID, id.SKUID, id.Type, id.Currency).
		WithHint("check meter, SKU, type, reservation term and tier; a list names them: pricewire rate list")
}

// knownRow is a change's row after it, and when that became known.
type knownRow struct {
	history.Position
	currentRow
	at time.Time
}

// currentRow returns the last current row known, an empty one when none ever was.
func (s *Store) currentRow(ctx context.Context, id rate.Identity, knownAt time.Time) (knownRow, error) {
	var last knownRow
	err := s.query(ctx, "ask for current row", rateRowsStatement(id), func(rows driver.Rows) error {
		var identity identityRow
		var r knownRow
		if err := rows.Scan(append(append(identity.targets(), &r.Sequence, &r.Row, &r.at), r.targets()...)...); err != nil {
			return err
		}
		of, err := identity.identity()
		if of == id && !r.at.After(knownAt) && (last.Sequence == 0 || knownOrder(r.at, last.at, r.Position, last.Position) > 0) {
			last = r
		}
		return err
	})
	return last, err
}

// answer asks periods, in the order in which they became known, what holds at an instant: the latest known that holds it says, and its
// answer ends at the first boundary from which another one is given.
func answer(known []history.RatePeriod, at time.Time) history.RateAnswer {
	hit := latest(known, at)
	a := history.RateAnswer{None: hit.None, Price: hit.Price, EffectiveFrom: hit.Start, KnownAt: hit.KnownAt}
	for _, p := range known {
		for _, b := range []time.Time{p.From, p.To} {
			if b.After(at) && (a.ValidTo.IsZero() || b.Before(a.ValidTo)) && !latest(known, b).SameAnswer(hit.Span) {
				a.ValidTo = b
			}
		}
	}
	return a
}

// latest returns the latest known period that holds an instant; one that says that there is no price when none does.
func latest(known []history.RatePeriod, at time.Time) history.RatePeriod {
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].Contains(at) {
			return known[i]
		}
	}
	return history.RatePeriod{Span: rate.Span{None: true}}
}
