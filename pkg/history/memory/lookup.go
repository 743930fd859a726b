package memory

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// LookupRates answers many lines at once: each as if it were asked alone.
func (s *Store) LookupRates(_ context.Context, lines []history.RateLookup) ([][]history.RateAnswer, error) {
	if err := history.ValidateRateLookups(lines); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([][]history.RateAnswer, len(lines))
	for i, line := range lines {
		for _, id := range s.tiers(line) {
			if a, ok := s.rate(id, line.AsOf); ok && !a.None {
				a.Source, a.RowKnownAt = s.rateSource(id, line.AsOf)
				all[i] = append(all[i], a)
			}
		}
	}
	return all, nil
}

// rateSource returns the place of the period that answers, and when the last current row became known.
func (s *Store) rateSource(id rate.Identity, asOf history.AsOf) (source history.Position, rowKnownAt time.Time) {
	at, knownAt := asOf.At.UTC().Truncate(time.Millisecond), history.StoredKnown(asOf.KnownAt)
	for _, p := range s.ratePeriods(id) {
		if !p.KnownAt.After(knownAt) && p.Contains(at) {
			source = p.Position
		}
	}
	for _, c := range s.changes(id) {
		if known := history.StoredKnown(c.KnownAt); c.After != nil && !known.After(knownAt) {
			rowKnownAt = known
		}
	}
	return source, rowKnownAt
}

// tiers are the identities that a line asks for, in the order of their tiers.
func (s *Store) tiers(line history.RateLookup) []rate.Identity {
	if !line.AllTiers {
		return []rate.Identity{line.Identity}
	}
	var ids []rate.Identity
	for _, id := range s.rateIdentities() {
		any := line.Identity
		any.Tier = id.Tier
		if id == any {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b rate.Identity) int { return a.Tier.Cmp(b.Tier) })
	return ids
}

// LookupPrices answers many lines at once: each as if it were asked alone.
func (s *Store) LookupPrices(_ context.Context, lines []history.PriceLookup) ([][]history.PriceAnswer, error) {
	if err := history.ValidatePriceLookups(lines); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.priceIdentities()
	all := make([][]history.PriceAnswer, len(lines))
	for i, l := range lines {
		q := history.PriceList{
			Market: l.Market, Currency: l.Currency, Product: l.Product, SKU: l.SKU, Term: l.Term, Billing: l.Billing, Tier: l.Tier, AsOf: l.AsOf,
		}
		for _, id := range ids {
			if !selects(q, history.PriceAnswer{Identity: id}) {
				continue
			}
			if a, ok := s.price(id, l.AsOf); ok && !a.None {
				hit, _ := latest(s.pricePeriods(id, history.StoredKnown(l.KnownAt)), l.At.UTC().Truncate(time.Millisecond))
				a.Source = hit.Position
				all[i] = append(all[i], a)
			}
		}
	}
	return all, nil
}
