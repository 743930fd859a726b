package history

import (
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// The sizes of a chart.
const (
	DefaultPoints = 500
	MinPoints     = 10
	MaxPoints     = 10_000
	MaxCharted    = 100 // rates or prices in one chart
)

// RateChart asks for the price of rates of a meter over a range of valid time, as known at an instant. Empty and nil fields but the meter
// filter nothing; at most MaxCharted rates may match.
type RateChart struct {
	PriceList, Currency, MeterID, SKUID, Type string

	ReservationTerm *string
	Tier            *money.Decimal
	From, To        time.Time
	KnownAt         time.Time
	Points          int // steps of each rate at most; 0: DefaultPoints
}

// RateLine is a rate's price over the range: from the instant of each step on, until that of the next, it is as the step says. The first
// step is at the start of the range.
type RateLine struct {
	Identity rate.Identity
	Steps    []RateStep
	Whole    int // how many steps there were before they were thinned out
}

// RateStep is where a rate's answer becomes another.
type RateStep struct {
	At time.Time
	RateSaying
}

// PriceChart asks the same for a licence price, or for each currency and tier of it.
type PriceChart struct {
	PriceChoice
	From, To time.Time
	KnownAt  time.Time
	Points   int // steps of each price at most; 0: DefaultPoints
}

// PriceLine is a licence price over the range, as a RateLine.
type PriceLine struct {
	Identity pricelist.Identity
	Steps    []PriceStep
	Whole    int
}

// PriceStep is where a licence price becomes another.
type PriceStep struct {
	At time.Time
	PriceSaying
}

func (c *check) chart(from, to, knownAt time.Time, points int) {
	c.instants(AsOf{At: from, KnownAt: knownAt}, "from", "known_at")
	c.require(!to.Before(Always()) && !to.After(Open()), "to", "it must lie from 1900-01-01 to 2261-12-31")
	c.require(from.Before(to), "to", "it must lie behind from")
	c.require(points == 0 || points >= MinPoints && points <= MaxPoints, "points", "it must lie from 10 to 10000")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateChart) Validate() error {
	var c check
	c.require(q.MeterID != "", "meter_id", "it is empty")
	c.chart(q.From, q.To, q.KnownAt, q.Points)
	return c.result("rate series")
}

// Filter is what a chart chooses rates by.
func (q RateChart) Filter() RateFilter {
	return RateFilter{PriceList: q.PriceList, Currency: q.Currency, MeterID: q.MeterID, SKUID: q.SKUID, Type: q.Type, ReservationTerm: q.ReservationTerm, Tier: q.Tier}
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceChart) Validate() error {
	var c check
	c.choice(q.PriceChoice)
	c.chart(q.From, q.To, q.KnownAt, q.Points)
	return c.result("price series")
}

// TooMany is the fault of a chart that would show more than MaxCharted lines.
func TooMany(field string) error {
	return fault.New(fault.Invalid, "draw a chart: more than %d match", MaxCharted).
		WithPlaces(fault.Place{Where: field, Problem: "more than 100 match"}).WithHint("choose fewer, by naming more of what they are")
}

// ThinRates thins the steps of a rate out, as Thin does, by its price.
func ThinRates(steps []RateStep, from, to time.Time, points int) []RateStep {
	return Thin(steps, from, to, points, func(s *RateStep) (time.Time, bool) { return s.At, s.None },
		func(a, b *RateStep) int { return a.Price.Cmp(b.Price) })
}

// ThinPrices thins the steps of a licence price out, as Thin does, by both of its prices.
func ThinPrices(steps []PriceStep, from, to time.Time, points int) []PriceStep {
	return Thin(steps, from, to, points, func(s *PriceStep) (time.Time, bool) { return s.At, s.None },
		func(a, b *PriceStep) int { return a.UnitPrice.Cmp(b.UnitPrice) },
		func(a, b *PriceStep) int { return a.ERPPrice.Cmp(b.ERPPrice) })
}

// Thin chooses steps of a function over [from, to), at most so many (0: DefaultPoints), so that no extreme is lost. What fits is kept whole.
// Otherwise the range is cut into equal buckets, as many as fit, and of the steps in each these are kept, in their order: the first and the
// last, the first without a value, and by each comparison the first lowest and the first highest. The steps are in order of their instants.
func Thin[S any](steps []S, from, to time.Time, points int, of func(*S) (at time.Time, none bool), comparisons ...func(a, b *S) int) []S {
	if points == 0 {
		points = DefaultPoints
	}
	if len(steps) <= points {
		return steps
	}
	buckets := max(points/(3+2*len(comparisons)), 1)
	width := to.UnixMilli()/int64(buckets) - from.UnixMilli()/int64(buckets) + 1
	var kept []S
	for i := 0; i < len(steps); {
		bucket := func(n int) int64 {
			at, _ := of(&steps[n])
			return (at.UnixMilli() - from.UnixMilli()) / width
		}
		end := i + 1
		for end < len(steps) && bucket(end) == bucket(i) {
			end++
		}
		kept = append(kept, outstanding(steps[i:end], of, comparisons)...)
		i = end
	}
	return kept
}

// outstanding are the steps of a bucket that are kept.
func outstanding[S any](steps []S, of func(*S) (time.Time, bool), comparisons []func(a, b *S) int) []S {
	keep := []int{0, len(steps) - 1}
	for i := range steps {
		if _, none := of(&steps[i]); none {
			keep = append(keep, i)
			break
		}
	}
	for _, compare := range comparisons {
		lowest, highest := -1, -1
		for i := range steps {
			if _, none := of(&steps[i]); none {
				continue
			}
			if lowest < 0 || compare(&steps[i], &steps[lowest]) < 0 {
				lowest = i
			}
			if highest < 0 || compare(&steps[i], &steps[highest]) > 0 {
				highest = i
			}
		}
		if lowest >= 0 {
			keep = append(keep, lowest, highest)
		}
	}
	slices.Sort(keep)
	kept := make([]S, 0, len(keep))
	for _, i := range slices.Compact(keep) {
		kept = append(kept, steps[i])
	}
	return kept
}
