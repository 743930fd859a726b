package pricelist

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

func TestWithoutCostADifferenceIsOfWhatIsLeft(t *testing.T) {
	line := func(unit, erp int64, title string, end time.Time) *Line {
		l := &Line{UnitPrice: money.Int(unit), ERPPrice: money.Int(erp), Basis: PerTerm, Attributes: Attributes{SKUTitle: title}}
		l.Effective.To = end
		return l
	}
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for what, c := range map[string]struct {
		before, after *Line
		was, is       listing.Change
	}{
		"the unit price alone":     {line(7, 10, "a", time.Time{}), line(8, 10, "a", time.Time{}), listing.PriceChanged, listing.Unchanged},
		"both prices":              {line(7, 10, "a", time.Time{}), line(8, 11, "a", time.Time{}), listing.PriceChanged, listing.PriceChanged},
		"the unit price and title": {line(7, 10, "a", time.Time{}), line(8, 10, "b", time.Time{}), listing.PriceChanged, listing.Changed},
		"the unit price and end":   {line(7, 10, "a", time.Time{}), line(8, 10, "a", end), listing.PriceChanged, listing.Ending},
		"a later price":            {line(7, 10, "a", time.Time{}), line(7, 10, "a", time.Time{}), listing.PriceChanged, listing.PriceChanged},
		"a title":                  {line(7, 10, "a", time.Time{}), line(7, 10, "b", time.Time{}), listing.Changed, listing.Changed},
		"all of it":                {nil, line(7, 10, "a", time.Time{}), listing.Added, listing.Added},
		"nothing of it":            {line(7, 10, "a", time.Time{}), nil, listing.Removed, listing.Removed},
	} {
		given := Difference{Change: c.was, Before: c.before, After: c.after}
		got := given.WithoutCost()
		if got.Change != c.is {
			t.Errorf("%s: %s, want %s", what, got.Change, c.is)
		}
		for _, l := range []*Line{got.Before, got.After} {
			if l != nil && l.UnitPrice != l.ERPPrice {
				t.Errorf("%s: it tells %s", what, l.UnitPrice)
			}
		}
		if c.before != nil && c.before.UnitPrice != money.Int(7) {
			t.Errorf("%s: the line that was given has changed", what)
		}
	}
}
