package memory

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// license is the list that holds prices.
const license = "license"

// Price answers for one price.
func (s *Store) Price(_ context.Context, q history.PricePoint) (history.PriceAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.PriceAnswer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.price(q.Identity, q.AsOf); ok {
		return a, nil
	}
	return history.PriceAnswer{}, fault.New(fault.NotFound, "find price: nothing is known of %s", q.Identity.Product)
}

// Prices lists the prices of a market.
func (s *Store) Prices(_ context.Context, q history.PriceList) (history.PricePage, error) {
	if err := q.Validate(); err != nil {
		return history.PricePage{}, err
	}
	after, err := history.DecodePriceCursor(q.Cursor, q.Market)
	if err != nil {
		return history.PricePage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := history.PricePage{InForce: s.inForce(license, q.Market, q.AsOf)}
	for _, id := range s.priceIdentities() {
		a, ok := s.price(id, q.AsOf)
		if after != nil && id.Compare(*after) <= 0 || !ok || a.None || !selects(q, a) {
			continue
		}
		if len(page.Items) == q.Size() {
			page.Next = history.PriceCursor(page.Items[len(page.Items)-1].Identity)
			break
		}
		page.Items = append(page.Items, a)
	}
	return page, nil
}

func selects(q history.PriceList, a history.PriceAnswer) bool {
	id := a.Identity
	for _, f := range [][2]string{
		{q.Market, id.Market},
		{q.Currency, id.Currency},
		{q.Product, id.Product},
		{q.SKU, id.SKU},
		{q.Term, id.Term},
		{q.Billing, id.Billing},
		{q.Segment, a.Segment},
		{q.Family, a.Family},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	if len(q.Products) > 0 && !history.AnyFold(q.Products, id.Product) {
		return false
	}
	return (q.Tier == nil || *q.Tier == id.Tier) && history.HasWords(history.PriceWords(&a), q.Words)
}

// priceIdentities are all identities in their order.
func (s *Store) priceIdentities() []pricelist.Identity {
	seen := map[pricelist.Identity]bool{}
	var ids []pricelist.Identity
	for _, c := range s.table(history.TableLicensePrices).PriceChanges {
		if !seen[c.Identity] {
			seen[c.Identity] = true
			ids = append(ids, c.Identity)
		}
	}
	slices.SortFunc(ids, pricelist.Identity.Compare)
	return ids
}

func (s *Store) pricePeriods(id pricelist.Identity, knownAt time.Time) []known[pricelist.Line] {
	var periods []known[pricelist.Line]
	whole := s.whole()
	for _, c := range s.table(history.TableLicensePrices).PriceChanges {
		if c.Identity == id && whole[publication{c.Stream, c.Release, c.Withdrawal}] {
			periods = appendKnown(periods, c.Position, c.KnownAt, knownAt, c.Spans)
		}
	}
	return inOrder(periods)
}

func alike(a, b *pricelist.Line) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.SamePrice(*b) && a.Attributes == b.Attributes &&
		history.StoredFrom(a.Effective.From).Equal(history.StoredFrom(b.Effective.From))
}

func (s *Store) price(id pricelist.Identity, asOf history.AsOf) (history.PriceAnswer, bool) {
	at := asOf.At.UTC().Truncate(time.Millisecond)
	periods := s.pricePeriods(id, history.StoredKnown(asOf.KnownAt))
	hit, ok := latest(periods, at)
	a := history.PriceAnswer{Identity: id, None: hit.Line == nil, Valid: around(periods, at, hit.Line, alike), InForce: s.inForce(license, id.Market, asOf)}
	if ok {
		a.KnownAt, a.Release = hit.at, hit.Release
	}
	if l := hit.Line; l != nil {
		a.UnitPrice, a.ERPPrice, a.Basis, a.Attributes, a.Family = l.UnitPrice, l.ERPPrice, l.Basis, l.Attributes, l.Family()
		a.Starts = history.FromStored(history.StoredFrom(l.Effective.From))
	}
	return a, len(periods) > 0
}
