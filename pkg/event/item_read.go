package event

import "github.com/pricewire/pricewire/pkg/listing"

func (c *ItemChanged) read(r *reader) {
	required := []string{"list", "market", "key", "release", "change", "n", "of", "before", "after", "periods", "timeline", "known_at"}
	r.object(required, func(name string) bool {
		switch name {
		case "list":
			c.List = r.nonEmpty()
		case "market":
			c.Market = r.capitals(2)
		case "key":
			c.Key = r.nonEmpty()
		case "release":
			c.Release = r.nonEmpty()
		case "withdrawal":
			c.Withdrawal = r.count(1)
		case "change":
			c.Change = r.oneOf(string(listing.Added), string(listing.Changed), string(listing.Removed))
		case "n":
			c.N = r.count(1)
		case "of":
			c.Of = r.count(1)
		case "before":
			c.Before = r.itemValues()
		case "after":
			c.After = r.itemValues()
		case "periods":
			c.Periods = r.itemPeriods()
		case "timeline":
			c.Timeline = r.itemPeriods()
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

// itemPeriods reads periods, which must not be empty nor overlap, and must be in order.
func (r *reader) itemPeriods() []ItemPeriod {
	periods := []ItemPeriod{}
	var o order
	r.array(func() {
		var p ItemPeriod
		r.object([]string{"from", "to", "release", "values"}, func(name string) bool {
			switch name {
			case "from":
				p.From = r.instant()
			case "to":
				p.To = orNull(r, r.instant)
			case "release":
				p.Release = r.text()
			case "values":
				p.Values = r.itemValues()
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
