package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

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
	place, err := history.DecodeCursor(q.Cursor, 1)
	if err != nil {
		return history.PricePage{}, err
	}
	skip := 0
	if place != nil {
		if skip, err = strconv.Atoi(place[0]); err != nil {
			return history.PricePage{}, fault.New(fault.Invalid, "read cursor: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := history.PricePage{InForce: s.inForce(q.Market, q.AsOf)}
	for i, id := range s.priceIdentities() {
		a, ok := s.price(id, q.AsOf)
		if i < skip || !ok || a.None || !selects(q, id) {
			continue
		}
		if len(page.Items) == q.Size() {
			page.Next = history.EncodeCursor(strconv.Itoa(i))
			break
		}
		page.Items = append(page.Items, a)
	}
	return page, nil
}

func selects(q history.PriceList, id pricelist.Identity) bool {
	for _, f := range [][2]string{
		{q.Market, id.Market}, {q.Currency, id.Currency}, {q.Product, id.Product}, {q.SKU, id.SKU}, {q.Term, id.Term}, {q.Billing, id.Billing},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return q.Tier == nil || *q.Tier == id.Tier
}

// visible are the releases that are there as a whole.
func (s *Store) visible() []history.Release {
	type key struct{ stream, release string }
	changes := map[key]int{}
	for _, c := range s.table(history.TableLicenseChanges).PriceChanges {
		changes[key{c.Stream, c.Release}]++
	}
	var whole []history.Release
	for _, r := range s.table(history.TableReleases).Releases {
		if changes[key{r.Stream, r.Release}] == r.Changed {
			whole = append(whole, r)
		}
	}
	return whole
}

func (s *Store) inForce(market string, asOf history.AsOf) string {
	var best history.Release
	for _, r := range s.visible() {
		if r.List != "license" || r.Market != market || r.EffectiveAt.After(asOf.At) || history.StoredKnown(r.PublishedAt).After(asOf.KnownAt) {
			continue
		}
		if best.Release == "" || cmp.Or(r.EffectiveAt.Compare(best.EffectiveAt), cmp.Compare(r.Revision, best.Revision)) > 0 {
			best = r
		}
	}
	return best.Release
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

// known is one period of a line's history.
type known struct {
	history.Position
	pricelist.Span
	at time.Time
}

func (s *Store) pricePeriods(id pricelist.Identity, knownAt time.Time) []known {
	var periods []known
	whole := map[string]bool{}
	for _, r := range s.visible() {
		whole[r.Stream+" "+r.Release] = true
	}
	for _, c := range s.table(history.TableLicensePrices).PriceChanges {
		at := history.StoredKnown(c.KnownAt)
		if c.Identity != id || at.After(knownAt) || !whole[c.Stream+" "+c.Release] {
			continue
		}
		for i, span := range c.Spans {
			span.From, span.To = history.FromStored(history.StoredFrom(span.From)), history.ToStored(history.StoredTo(span.To))
			p := known{c.Position, span, at}
			p.Row = uint32(i)
			periods = append(periods, p)
		}
	}
	slices.SortStableFunc(periods, func(a, b known) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Row, b.Row))
	})
	return periods
}

// latest returns the latest known period that holds v.
func latest(periods []known, v time.Time) (known, bool) {
	for i := len(periods) - 1; i >= 0; i-- {
		if periods[i].Contains(v) {
			return periods[i], true
		}
	}
	return known{}, false
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
	a := history.PriceAnswer{Identity: id, None: hit.Line == nil, Valid: around(periods, at, hit.Line), InForce: s.inForce(id.Market, asOf)}
	if ok {
		a.KnownAt, a.Release = hit.at, hit.Release
	}
	if l := hit.Line; l != nil {
		a.UnitPrice, a.ERPPrice, a.Basis, a.Attributes = l.UnitPrice, l.ERPPrice, l.Basis, l.Attributes
		a.Starts = history.FromStored(history.StoredFrom(l.Effective.From))
	}
	return a, len(periods) > 0
}

// around returns the time around an instant in which the answer stays the same: it looks at the answer from every boundary on.
func around(periods []known, at time.Time, line *pricelist.Line) effective.Period {
	var bounds []time.Time
	for _, p := range periods {
		bounds = append(bounds, history.StoredFrom(p.From), history.StoredTo(p.To))
	}
	slices.SortFunc(bounds, time.Time.Compare)
	valid := effective.Period{From: history.Always(), To: history.Open()}
	changed := line != nil // before the first boundary there is none
	for _, b := range bounds {
		next, _ := latest(periods, b)
		same := alike(next.Line, line)
		switch {
		case b.After(at):
			if !same && b.Before(valid.To) {
				valid.To = b
			}
		case !same:
			changed = true
		case changed:
			valid.From, changed = b, false
		}
	}
	return effective.Period{From: history.FromStored(valid.From), To: history.ToStored(valid.To)}
}
