package memory

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

var _ history.PresentReader = (*Store)(nil)

// Revision tells repairs and rebuilds as history.PresentReader says.
func (s *Store) Revision(context.Context) (history.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return history.Revision{Number: s.revision, Whole: !s.deriving}, nil
}

// PresentRate answers for one rate with everything known.
func (s *Store) PresentRate(_ context.Context, q history.RatePoint) (history.PresentRate, error) {
	q, err := q.Present()
	if err != nil {
		return history.PresentRate{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.present(q.Identity, q.AsOf); ok {
		return a, nil
	}
	return history.PresentRate{}, fault.New(fault.NotFound, "find rate: nothing is known of meter %s", q.Identity.MeterID)
}

// EachRate hands over every rate that has a price.
func (s *Store) EachRate(_ context.Context, q history.RateList, each func(history.PresentRate) error) error {
	q, err := q.Present()
	if err != nil {
		return err
	}
	for _, a := range s.presentRates(q) {
		if err := each(a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) presentRates(q history.RateList) []history.PresentRate {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []history.PresentRate
	for _, id := range s.rateIdentities() {
		if a, ok := s.present(id, q.AsOf); ok && !a.None && matches(q, a.RateAnswer) {
			all = append(all, a)
		}
	}
	return all
}

// EachPrice hands over every price of a market of which anything is known.
func (s *Store) EachPrice(_ context.Context, market string, at time.Time, each func(history.PresentPrice) error) error {
	asOf := history.AsOf{At: at, KnownAt: history.Everything()}
	if err := (history.PriceList{Market: market, AsOf: asOf}).Validate(); err != nil {
		return err
	}
	for _, a := range s.presentPrices(market, asOf) {
		if err := each(a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) presentPrices(market string, asOf history.AsOf) []history.PresentPrice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []history.PresentPrice
	for _, id := range s.priceIdentities() {
		a, ok := s.price(id, asOf)
		if !ok || id.Market != market {
			continue
		}
		var newest, next time.Time
		for _, p := range s.pricePeriods(id, history.StoredKnown(asOf.KnownAt)) {
			newest, next = later(newest, p.at), soonest(asOf.At.UTC().Truncate(time.Millisecond), next, p.From, p.To)
		}
		all = append(all, history.PresentPrice{PriceAnswer: a, Holds: history.NewHolds(asOf.At, newest, next)})
	}
	return all
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// soonest returns the earliest of instants that lie behind at; zero is none.
func soonest(at time.Time, instants ...time.Time) time.Time {
	var first time.Time
	for _, t := range instants {
		if t.After(at) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
