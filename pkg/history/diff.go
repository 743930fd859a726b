package history

import (
	"context"
	"iter"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// PriceDiff asks how the prices of a market differ between two instants, or between what was known of one on two days. Empty and nil
// filters let everything through; each side is filtered for itself, so that a line that comes to another segment or family appears there.
type PriceDiff struct {
	Market                                string
	Currency, Product, SKU, Term, Billing string
	Segment, Family                       string

	Tier     *money.Decimal
	From, To AsOf
	// Cursor, unless empty, is the PriceCursor of the identity that the differences begin behind.
	Cursor string
}

// PriceDifference is one identity whose answers differ. Before is nil when there is no price on the first side, After when there is none
// on the second.
type PriceDifference struct {
	Identity      pricelist.Identity
	Change        listing.Change // added, removed, price_changed, or changed: the start of the line or an attribute
	Before, After *PriceAnswer
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceDiff) Validate() error {
	var c check
	c.require(q.Market != "", "market", "it is empty")
	c.instants(q.From, "from", "known_from")
	c.instants(q.To, "to", "known_to")
	return c.result("price differences")
}

// list is the list of one side, in the largest pages.
func (q PriceDiff) list(as AsOf) PriceList {
	return PriceList{
		Market: q.Market, Currency: q.Currency, Product: q.Product, SKU: q.SKU, Term: q.Term, Billing: q.Billing, Segment: q.Segment,
		Family: q.Family, Tier: q.Tier, AsOf: as, Page: Page{Limit: MaxLimit, Cursor: q.Cursor},
	}
}

// DiffPrices yields what differs, in the order of identities. Both sides are read page by page as the caller goes on, so that two pages
// are held at most, however long the lists are. The first error ends it: an invalid fault when the question is wrong, what the reader
// returns, or the end of ctx.
func DiffPrices(ctx context.Context, r PriceReader, q PriceDiff) iter.Seq2[PriceDifference, error] {
	return func(yield func(PriceDifference, error) bool) {
		if err := q.Validate(); err != nil {
			yield(PriceDifference{}, err)
			return
		}
		was, is := side{reader: r, q: q.list(q.From)}, side{reader: r, q: q.list(q.To)}
		for {
			before, after, err := next(ctx, &was, &is)
			switch {
			case err != nil:
				yield(PriceDifference{}, err)
				return
			case before == nil && after == nil:
				return
			}
			if d := difference(before, after); d.Change != listing.Unchanged && !yield(d, nil) {
				return
			}
		}
	}
}

// next takes the smallest identity that is left from the sides that have it; nil from both when nothing is left.
func next(ctx context.Context, was, is *side) (before, after *PriceAnswer, err error) {
	if before, err = was.peek(ctx); err != nil {
		return nil, nil, err
	}
	if after, err = is.peek(ctx); err != nil {
		return nil, nil, err
	}
	if before != nil && after != nil {
		switch c := before.Identity.Compare(after.Identity); {
		case c < 0:
			after = nil
		case c > 0:
			before = nil
		}
	}
	was.skip(before)
	is.skip(after)
	return before, after, nil
}

func difference(before, after *PriceAnswer) PriceDifference {
	d := PriceDifference{Change: listing.Unchanged, Before: before, After: after}
	switch {
	case before == nil:
		d.Identity, d.Change = after.Identity, listing.Added
		return d
	case after == nil:
		d.Change = listing.Removed
	case before.UnitPrice != after.UnitPrice || before.ERPPrice != after.ERPPrice || before.Basis != after.Basis:
		d.Change = listing.PriceChanged
	case before.Attributes != after.Attributes || !before.Starts.Equal(after.Starts):
		d.Change = listing.Changed
	}
	d.Identity = before.Identity
	return d
}

// side reads one list of a comparison page by page.
type side struct {
	reader PriceReader
	q      PriceList
	items  []PriceAnswer // of the page that are left
	last   bool          // there is no page behind
}

// peek returns the first answer that is left, nil when none is.
func (s *side) peek(ctx context.Context) (*PriceAnswer, error) {
	for len(s.items) == 0 && !s.last {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		page, err := s.reader.Prices(ctx, s.q)
		if err != nil {
			return nil, err
		}
		s.items, s.q.Cursor, s.last = page.Items, page.Next, page.Next == ""
	}
	if len(s.items) == 0 {
		return nil, nil
	}
	return &s.items[0], nil
}

// skip drops the first answer when it was taken.
func (s *side) skip(taken *PriceAnswer) {
	if taken != nil {
		s.items = s.items[1:]
	}
}
