package event

import (
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func (c *PriceChanged) read(r *reader) {
	required := []string{"release", "identity", "change", "n", "of", "before", "after", "periods", "timeline", "known_at"}
	r.object(required, func(name string) bool {
		switch name {
		case "release":
			c.Release = r.nonEmpty()
		case "identity":
			c.Identity.read(r)
		case "change":
			c.Change = r.oneOf(string(listing.Added), string(listing.PriceChanged), string(listing.Changed), string(listing.Ending), string(listing.Removed))
		case "n":
			c.N = r.count(1)
		case "of":
			c.Of = r.count(1)
		case "withdrawal":
			c.Withdrawal = r.count(1)
		case "before":
			c.Before = r.priceLine()
		case "after":
			c.After = r.priceLine()
		case "periods":
			c.Periods = r.pricePeriods()
		case "timeline":
			c.Timeline = r.priceSteps()
		case "known_at":
			c.KnownAt = r.instant()
		default:
			return false
		}
		return true
	})
	if c.N > c.Of {
		r.fail("n is greater than of")
	}
}

func (i *PriceIdentity) read(r *reader) {
	r.object([]string{"market", "currency", "product", "sku", "term", "billing", "tier"}, func(name string) bool {
		switch name {
		case "market":
			i.Market = r.capitals(2)
		case "currency":
			i.Currency = r.capitals(3)
		case "product":
			i.Product = r.nonEmpty()
		case "sku":
			i.SKU = r.text()
		case "term":
			i.Term = r.text()
		case "billing":
			i.Billing = r.text()
		case "tier":
			i.Tier = r.decimal()
		default:
			return false
		}
		return true
	})
}

func (r *reader) priceLine() *PriceLine {
	if r.null() {
		return nil
	}
	l := new(PriceLine)
	required := []string{
		"unit_price", "erp_price", "price_basis", "starts_at", "ends_at", "product_title", "sku_title", "publisher", "description", "unit",
		"segment", "tags",
	}
	r.object(r.asked(required, "unit_price"), func(name string) bool {
		switch name {
		case "unit_price":
			if r.withoutCost {
				return false
			}
			l.UnitPrice = r.signed()
		case "erp_price":
			l.ERPPrice = r.signed()
		case "price_basis":
			l.PriceBasis = r.oneOf(string(pricelist.PerTerm), string(pricelist.PerMonth))
		case "starts_at":
			l.StartsAt = orNull(r, r.instant)
		case "ends_at":
			l.EndsAt = orNull(r, r.instant)
		default:
			return l.readText(r, name)
		}
		return true
	})
	return l
}

func (l *PriceLine) readText(r *reader, name string) bool {
	var target *string
	switch name {
	case "product_title":
		target = &l.ProductTitle
	case "sku_title":
		target = &l.SKUTitle
	case "publisher":
		target = &l.Publisher
	case "description":
		target = &l.Description
	case "unit":
		target = &l.Unit
	case "tier_max":
		target = &l.TierMax
	case "end_of_sale":
		target = &l.EndOfSale
	case "segment":
		target = &l.Segment
	case "tags":
		target = &l.Tags
	default:
		return false
	}
	*target = r.text()
	return true
}

// pricePeriods reads periods, which must not be empty nor overlap, and must be in order.
func (r *reader) pricePeriods() []PricePeriod {
	periods := []PricePeriod{}
	var o order
	r.array(func() {
		var p PricePeriod
		r.object([]string{"from", "to", "release", "line"}, func(name string) bool {
			switch name {
			case "from":
				p.From = r.instant()
			case "to":
				p.To = orNull(r, r.instant)
			case "release":
				p.Release = r.text()
			case "line":
				p.Line = r.priceLine()
			default:
				return false
			}
			return true
		})
		o.next(r, p.From, p.To)
		periods = append(periods, p)
	})
	return periods
}

// priceSteps reads a timeline, whose steps follow one another.
func (r *reader) priceSteps() []PriceStep {
	steps := []PriceStep{}
	var o order
	r.array(func() {
		var s PriceStep
		required := []string{"from", "to", "unit_price", "erp_price", "release"}
		r.object(r.asked(required, "unit_price"), func(name string) bool {
			switch name {
			case "from":
				s.From = r.instant()
			case "to":
				s.To = orNull(r, r.instant)
			case "unit_price":
				if r.withoutCost {
					return false
				}
				s.UnitPrice = orNull(r, r.signed)
			case "erp_price":
				s.ERPPrice = orNull(r, r.signed)
			case "release":
				s.Release = r.text()
			default:
				return false
			}
			return true
		})
		if !r.withoutCost && (s.UnitPrice == nil) != (s.ERPPrice == nil) {
			r.fail("unit_price and erp_price are null together or not at all")
		}
		o.next(r, s.From, s.To)
		steps = append(steps, s)
	})
	return steps
}
