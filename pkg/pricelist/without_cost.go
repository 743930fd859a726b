package pricelist

import "github.com/pricewire/pricewire/pkg/listing"

// WithoutCost returns the line as somebody may know it who must not see what a partner pays: the estimated retail price stands in place of the unit
// price, so that whatever is computed of it tells nothing of cost.
func (l Line) WithoutCost() Line {
	l.UnitPrice = l.ERPPrice
	return l
}

// WithoutCost returns the difference of the lines without cost. One that was of the unit price alone is unchanged then.
func (d Difference) WithoutCost() Difference {
	was := d
	d.Before, d.After = withoutCost(d.Before), withoutCost(d.After)
	if d.Change != listing.PriceChanged || d.Before == nil || d.After == nil || was.Before.SamePrice(*was.After) || !d.Before.SamePrice(*d.After) {
		return d // a later price of the line may be what changed
	}
	switch {
	case d.Before.Effective.To.IsZero() && !d.After.Effective.To.IsZero(), d.Before.EndOfSale == "" && d.After.EndOfSale != "":
		d.Change = listing.Ending
	case d.Before.Attributes != d.After.Attributes || !d.Before.Effective.To.Equal(d.After.Effective.To):
		d.Change = listing.Changed
	default:
		d.Change = listing.Unchanged
	}
	return d
}

func withoutCost(l *Line) *Line {
	if l == nil {
		return nil
	}
	without := l.WithoutCost()
	return &without
}
