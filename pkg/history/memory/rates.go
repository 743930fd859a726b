package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Rate answers for one rate.
func (s *Store) Rate(_ context.Context, q history.RatePoint) (history.RateAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.RateAnswer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.rate(q.Identity, q.AsOf); ok {
		return a, nil
	}
	return history.RateAnswer{}, fault.New(fault.NotFound, "find rate: nothing is known of meter %s", q.Identity.MeterID)
}

// Rates lists rates that have a price.
func (s *Store) Rates(_ context.Context, q history.RateList) (history.RatePage, error) {
	if err := q.Validate(); err != nil {
		return history.RatePage{}, err
	}
	place, err := history.DecodeCursor(q.Cursor, 1)
	if err != nil {
		return history.RatePage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page history.RatePage
	for _, id := range s.rateIdentities() {
		if place != nil && id.Key().String() <= place[0] {
			continue
		}
		a, ok := s.rate(id, q.AsOf)
		if !ok || a.None || !matches(q, a) {
			continue
		}
		if len(page.Items) == q.Size() {
			page.Next = history.EncodeCursor(page.Items[len(page.Items)-1].Identity.Key().String())
			break
		}
		page.Items = append(page.Items, a)
	}
	return page, nil
}

// RateGroups counts rates by service and region.
func (s *Store) RateGroups(_ context.Context, q history.RateList) ([]history.RateGroup, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[history.RateGroup]uint64{}
	for _, id := range s.rateIdentities() {
		if a, ok := s.rate(id, q.AsOf); ok && !a.None && matches(q, a) {
			counts[history.RateGroup{ServiceFamily: a.Attributes.ServiceFamily, Service: a.Attributes.ServiceName, Region: a.Attributes.ARMRegionName}]++
		}
	}
	var groups []history.RateGroup
	for g, n := range counts {
		g.Rates = n
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b history.RateGroup) int {
		return cmp.Or(cmp.Compare(a.ServiceFamily, b.ServiceFamily), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Region, b.Region))
	})
	return groups, nil
}

func matches(q history.RateList, a history.RateAnswer) bool {
	for _, f := range [][2]string{
		{q.PriceList, a.Identity.PriceList},
		{q.Currency, a.Identity.Currency},
		{q.MeterID, a.Identity.MeterID},
		{q.SKUID, a.Identity.SKUID},
		{q.Type, a.Identity.Type},
		{q.Region, a.Attributes.ARMRegionName},
		{q.Service, a.Attributes.ServiceName},
		{q.OperatingSystem, meter.OperatingSystem(&a.Identity, &a.Attributes)},
		{q.PurchaseOption, meter.PurchaseOption(&a.Identity, &a.Attributes)},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	if len(q.Meters) > 0 && !history.AnyFold(q.Meters, a.Identity.MeterID) {
		return false
	}
	return (q.ReservationTerm == nil || *q.ReservationTerm == a.Identity.ReservationTerm) && (q.Tier == nil || *q.Tier == a.Identity.Tier) &&
		history.HasWords(history.RateWords(&a), q.Words)
}

// rateIdentities are all identities, in the order of their keys.
func (s *Store) rateIdentities() []rate.Identity {
	seen := map[rate.Identity]bool{}
	var ids []rate.Identity
	for _, c := range s.table(history.TableRates).RateChanges {
		if !seen[c.Identity] {
			seen[c.Identity] = true
			ids = append(ids, c.Identity)
		}
	}
	slices.SortFunc(ids, func(a, b rate.Identity) int { return cmp.Compare(a.Key(), b.Key()) })
	return ids
}

// rate folds an identity's periods known into a timeline and asks it.
func (s *Store) rate(id rate.Identity, asOf history.AsOf) (history.RateAnswer, bool) {
	a, found := s.present(id, asOf)
	return a.RateAnswer, found
}

// present is rate with how long the answer holds. What ends by the instant is not what an answer rests on.
func (s *Store) present(id rate.Identity, asOf history.AsOf) (history.PresentRate, bool) {
	at, knownAt := asOf.At.UTC().Truncate(time.Millisecond), history.StoredKnown(asOf.KnownAt)
	a := history.PresentRate{RateAnswer: history.RateAnswer{Identity: id}}
	var timeline []rate.Span
	var next time.Time
	found := false
	for _, p := range s.ratePeriods(id) {
		if p.KnownAt.After(knownAt) {
			continue
		}
		found = true
		timeline = rate.Apply(timeline, []rate.Span{p.Span})
		if p.Contains(at) {
			a.KnownAt = p.KnownAt
		}
		if p.To.IsZero() || p.To.After(at) {
			a.Newest, next = later(a.Newest, p.KnownAt), soonest(at, next, p.From, p.To)
		}
	}
	span, ok := rate.AnswerAt(timeline, at)
	a.None, a.Price, a.EffectiveFrom, a.ValidTo = !ok, span.Price, span.Start, history.ToStored(history.StoredTo(span.To))
	for _, c := range s.changes(id) {
		if known := history.StoredKnown(c.KnownAt); c.After != nil && !known.After(knownAt) {
			a.Attributes, a.SavingsPlans, a.IncludedQuantity = c.After.Attributes, c.After.SavingsPlans, c.After.IncludedQuantity
			a.Newest = later(a.Newest, known)
		}
	}
	a.Holds = history.NewHolds(at, a.Newest, next)
	return a, found
}

// ratePeriods are an identity's periods in the order in which they became known.
func (s *Store) ratePeriods(id rate.Identity) []history.RatePeriod {
	var periods []history.RatePeriod
	for _, c := range s.table(history.TableRates).RateChanges {
		if c.Identity != id {
			continue
		}
		for i, span := range c.Periods {
			span.From, span.To = history.FromStored(history.StoredFrom(span.From)), history.ToStored(history.StoredTo(span.To))
			if !span.None {
				span.Start = history.FromStored(history.StoredFrom(span.Start))
			}
			p := history.RatePeriod{Position: c.Position, Span: span, KnownAt: history.StoredKnown(c.KnownAt), Kind: c.Kind}
			p.Row = uint32(i)
			periods = append(periods, p)
		}
	}
	slices.SortStableFunc(periods, func(a, b history.RatePeriod) int {
		return cmp.Or(a.KnownAt.Compare(b.KnownAt), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Row, b.Row))
	})
	return periods
}

// changes are an identity's changes in the order in which they became known.
func (s *Store) changes(id rate.Identity) []history.RateChange {
	var changes []history.RateChange
	for _, c := range s.table(history.TableRateChanges).RateChanges {
		if c.Identity == id {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b history.RateChange) int {
		return cmp.Or(history.StoredKnown(a.KnownAt).Compare(history.StoredKnown(b.KnownAt)), cmp.Compare(a.Sequence, b.Sequence))
	})
	return changes
}

// RateHistory returns every period and change of one rate.
func (s *Store) RateHistory(_ context.Context, q history.RateHistory) (history.RateSeries, error) {
	if err := q.Validate(); err != nil {
		return history.RateSeries{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	series := history.RateSeries{Identity: q.Identity, Periods: s.ratePeriods(q.Identity), Changes: s.changes(q.Identity)}
	for i := range series.Changes {
		c := &series.Changes[i]
		c.Periods, c.KnownAt = nil, history.StoredKnown(c.KnownAt)
	}
	if len(series.Periods)+len(series.Changes) == 0 {
		return series, fault.New(fault.NotFound, "find rate: nothing is known of meter %s", q.Identity.MeterID)
	}
	return series, nil
}
