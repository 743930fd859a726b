package bill

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// RateQuestion asks for all tiers of a rate. A zero KnownAt is the latest knowledge. Questions are equal with ==.
type RateQuestion struct {
	PriceList, Currency, MeterID, SKUID, Type, ReservationTerm string
	At, KnownAt                                                time.Time // UTC
}

// Rate is one tier of an answer.
type Rate struct {
	Tier     money.Decimal // blocks behind which it begins
	Price    money.Decimal // of a block; of a reservation for the term
	Included money.Decimal // blocks a month that cost nothing before tiers begin to count
	Unit     string        // unit of measure, as the list writes it: the block
	From     time.Time     // start of the row that gives the price
	ValidTo  time.Time     // when the answer ends, as known; zero: open
	KnownAt  time.Time
	Plans    []rate.SavingsPlan
	Place    Place
	// RowKnownAt is when the row became known that Included, Unit and Plans are of: the last one known, whenever usage was. Zero: not said.
	RowKnownAt time.Time
}

// Scale is the tiers of a rate, ready to price many lines by. The zero value has no price.
type Scale struct {
	rates []Rate // in order of their tiers
	unit  meter.Unit
	block decimal.Decimal // how many units a price is for; 1 where the unit of measure is not understood
	free  decimal.Decimal // units
	steps []step
}

// step is a tier in units.
type step struct{ behind, price decimal.Decimal }

// NewScale makes a scale of the tiers that answer a RateQuestion, in any order; of none where there is no price.
func NewScale(rates []Rate) Scale {
	if len(rates) == 0 {
		return Scale{}
	}
	s := Scale{rates: slices.Clone(rates), block: one()}
	slices.SortStableFunc(s.rates, func(a, b Rate) int { return a.Tier.Cmp(b.Tier) })
	if s.unit = meter.ParseUnit(rates[0].Unit); s.unit.Known() {
		s.block = s.unit.Block.Exact()
	}
	s.free = s.rates[0].Included.Exact().Mul(s.block)
	for _, r := range s.rates {
		s.steps = append(s.steps, step{r.Tier.Exact().Mul(s.block), r.Price.Exact()})
	}
	return s
}

// Rates returns the tiers in their order.
func (s Scale) Rates() []Rate { return s.rates }

// Empty reports whether there is no price.
func (s Scale) Empty() bool { return len(s.rates) == 0 }

// The questions around a scale, which explain amounts.
const (
	justBefore     = time.Millisecond // as fine as valid time is kept
	justBeforeKnew = time.Microsecond // as fine as times of knowledge are kept
)

// changedAt returns when the scale began to hold, zero when it always did, and when it became known.
func (s Scale) changedAt() (from, knownAt time.Time) {
	for _, r := range s.rates {
		if r.From.After(from) {
			from = r.From
		}
		if r.KnownAt.After(knownAt) {
			knownAt = r.KnownAt
		}
	}
	return from, knownAt
}

// endsAt returns when the scale becomes another, as known; zero: never.
func (s Scale) endsAt() time.Time {
	var end time.Time
	for _, r := range s.rates {
		if !r.ValidTo.IsZero() && (end.IsZero() || r.ValidTo.Before(end)) {
			end = r.ValidTo
		}
	}
	return end
}

// units returns how many units of the scale a quantity is; false when its unit is another. Without a unit it is in the price's own, blocks.
func (s Scale) units(quantity money.Decimal, unit string) (decimal.Decimal, bool) {
	if unit == "" || sameText(unit, s.rates[0].Unit) {
		return quantity.Exact().Mul(s.block), true
	}
	theirs := meter.ParseUnit(unit)
	if !theirs.Known() || theirs.Name != s.unit.Name {
		return decimal.Decimal{}, false
	}
	return quantity.Exact().Mul(theirs.Block.Exact()), true
}

func sameText(a, b string) bool {
	return a == b || strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// at returns the tier that holds behind so many units.
func (s Scale) at(units decimal.Decimal) Rate {
	counted, found := units.Sub(s.free), 0
	for i := 1; i < len(s.steps); i++ {
		if counted.Cmp(s.steps[i].behind) > 0 {
			found = i
		}
	}
	return s.rates[found]
}

// drawn returns the tiers that price some of the units between two positions, in their order; where none does, that which holds behind them.
func (s Scale) drawn(from, until decimal.Decimal) []Rate {
	if until.Cmp(from) < 0 {
		from, until = until, from
	}
	var zero decimal.Decimal
	below := from.Sign() < 0 // given back below zero: at the first price
	from, until = most(from.Sub(s.free), zero), most(until.Sub(s.free), zero)
	var rates []Rate
	for i, tier := range s.steps {
		end := until
		if i+1 < len(s.steps) {
			end = least(end, s.steps[i+1].behind)
		}
		if most(from, tier.behind).Cmp(end) < 0 || i == 0 && below {
			rates = append(rates, s.rates[i])
		}
	}
	if len(rates) == 0 {
		rates = append(rates, s.at(until.Add(s.free)))
	}
	return rates
}

// rowKnownAt returns when the row became known that unit and included quantity are of.
func (s Scale) rowKnownAt() time.Time {
	var known time.Time
	for _, r := range s.rates {
		if r.RowKnownAt.After(known) {
			known = r.RowKnownAt
		}
	}
	return known
}

// between returns what the units behind the first from, up to the until-th, cost; false where some of them have no price. What is given back
// below zero was used before the bill begins, and costs what the first unit does.
func (s Scale) between(from, until decimal.Decimal) (amount, bool) {
	if s.Empty() {
		return amount{}, false
	}
	if until.Cmp(from) < 0 {
		a, ok := s.between(until, from)
		return amount{a.num.Neg(), a.den}, ok
	}
	var zero, sum decimal.Decimal
	first := s.steps[0]
	if from.Sign() < 0 {
		if !first.behind.IsZero() {
			return amount{}, false
		}
		sum = least(until, zero).Sub(from).Mul(first.price)
	}
	from, until = most(from.Sub(s.free), zero), most(until.Sub(s.free), zero)
	if from.Cmp(until) < 0 && from.Cmp(first.behind) < 0 {
		return amount{}, false
	}
	for i, tier := range s.steps {
		start, end := most(from, tier.behind), until
		if i+1 < len(s.steps) {
			end = least(end, s.steps[i+1].behind)
		}
		if start.Cmp(end) < 0 {
			sum = sum.Add(end.Sub(start).Mul(tier.price))
		}
	}
	return amount{sum, s.block}, true
}

func least(a, b decimal.Decimal) decimal.Decimal {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

func most(a, b decimal.Decimal) decimal.Decimal {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}
