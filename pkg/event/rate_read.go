package event

import (
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
)

func (c *RateChanged) read(r *reader) {
	required := []string{"key", "identity", "region", "kind", "before", "after", "periods", "known_at", "scope", "crawl"}
	r.object(required, func(name string) bool {
		switch name {
		case "key":
			c.Key = r.hex(16)
		case "identity":
			c.Identity.read(r)
		case "region":
			c.Region = r.nonEmpty()
		case "kind":
			c.Kind = r.oneOf(string(rate.Added), string(rate.PriceChanged), string(rate.Rescheduled), string(rate.Renamed), string(rate.Restated), string(rate.Retired))
		case "before":
			c.Before = r.rateRow()
		case "after":
			c.After = r.rateRow()
		case "periods":
			c.Periods = r.ratePeriods()
		case "known_at":
			c.KnownAt = r.instant()
		case "scope":
			c.Scope = r.nonEmpty()
		case "crawl":
			c.Crawl = r.nonEmpty()
		default:
			return c.readFlag(r, name)
		}
		return true
	})
	if r.err == nil {
		c.checkKey(r)
	}
}

func (c *RateChanged) checkKey(r *reader) {
	f := fields{}
	id := c.Identity.identity(&f, "identity")
	if f.err == nil && formatKey(id.Key()) != c.Key {
		r.path = append(r.path, step{field: "key"})
		r.fail(quote(c.Key) + " is not the key of the identity")
	}
}

// readFlag reads the fields that say more of a kind; all of them may be absent.
func (c *RateChanged) readFlag(r *reader, name string) bool {
	switch name {
	case "field":
		c.Field = r.oneOf(rate.FieldSavingsPlan, rate.FieldIncludedQuantity)
	case "returned":
		c.Returned = r.flag()
	case "correction":
		c.Correction = r.flag()
	case "backdated":
		c.Backdated = r.flag()
	case "expiring":
		c.Expiring = r.flag()
	case "upcoming":
		c.Upcoming = r.flag()
	default:
		return false
	}
	return true
}

func (i *RateIdentity) read(r *reader) {
	i.readParts(r, r.nonEmpty, func() string { return r.capitals(3) }, r.decimal)
}

// readParts reads an identity; what its parts must look like differs between rates and rows that were not believed.
func (i *RateIdentity) readParts(r *reader, part, currency, tier func() string) {
	r.object([]string{"price_list", "currency", "meter_id", "sku_id", "type", "reservation_term", "tier"}, func(name string) bool {
		switch name {
		case "price_list":
			i.PriceList = part()
		case "currency":
			i.Currency = currency()
		case "meter_id":
			i.MeterID = part()
		case "sku_id":
			i.SKUID = part()
		case "type":
			i.Type = part()
		case "reservation_term":
			i.ReservationTerm = r.text()
		case "tier":
			i.Tier = tier()
		default:
			return false
		}
		return true
	})
}

func (r *reader) rateRow() *RateRow {
	if r.null() {
		return nil
	}
	row := new(RateRow)
	r.object([]string{"price", "effective_from", "effective_to", "attributes"}, func(name string) bool {
		switch name {
		case "price":
			row.Price = r.decimal()
		case "effective_from":
			row.EffectiveFrom = r.instant()
		case "effective_to":
			row.EffectiveTo = orNull(r, r.instant)
			r.ordered(row.EffectiveFrom, row.EffectiveTo)
		case "attributes":
			row.Attributes.read(r)
		case "savings_plans":
			row.SavingsPlans = nil
			r.array(func() { row.SavingsPlans = append(row.SavingsPlans, r.savingsPlan()) })
		case "included_quantity":
			row.IncludedQuantity = r.decimal()
		default:
			return false
		}
		return true
	})
	return row
}

func (r *reader) savingsPlan() (p SavingsPlan) {
	r.object([]string{"term", "price"}, func(name string) bool {
		switch name {
		case "term":
			p.Term = r.text()
		case "price":
			p.Price = r.decimal()
		default:
			return false
		}
		return true
	})
	return p
}

func (a *RateAttributes) read(r *reader) {
	required := []string{
		"meter_name", "product_id", "product_name", "sku_name", "service_name", "service_id", "service_family", "unit_of_measure", "region",
		"location", "arm_sku_name", "is_primary_meter_region",
	}
	targets := [...]*string{
		&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure, &a.Region,
		&a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion,
	}
	next := 0
	r.object(required, func(name string) bool {
		i := indexFrom(required, name, next)
		if i < 0 {
			return false
		}
		next = i + 1
		*targets[i] = r.text()
		return true
	})
}

// ratePeriods reads periods, which must not be empty nor overlap, and must be in order.
func (r *reader) ratePeriods() []RatePeriod {
	periods := []RatePeriod{}
	var o order
	r.array(func() {
		var p RatePeriod
		r.object([]string{"from", "to", "price", "effective_from"}, func(name string) bool {
			switch name {
			case "from":
				p.From = r.instant()
			case "to":
				p.To = orNull(r, r.instant)
			case "price":
				p.Price = orNull(r, r.decimal)
			case "effective_from":
				p.EffectiveFrom = orNull(r, r.instant)
			default:
				return false
			}
			return true
		})
		if (p.Price == nil) != (p.EffectiveFrom == nil) {
			r.fail("price and effective_from are null together or not at all")
		}
		o.next(r, p.From, p.To)
		periods = append(periods, p)
	})
	return periods
}

// order checks that periods follow one another.
type order struct {
	any  bool
	last *time.Time // end of the last one, nil when it was open
}

func (o *order) next(r *reader, from time.Time, to *time.Time) {
	r.ordered(from, to)
	if o.any && (o.last == nil || from.Before(*o.last)) {
		r.fail("it begins before the period before it ends")
	}
	o.any, o.last = true, to
}

// ordered checks that a period contains something.
func (r *reader) ordered(from time.Time, to *time.Time) {
	if to != nil && !from.Before(*to) {
		r.fail("it ends at " + to.String() + ", not after it begins")
	}
}
