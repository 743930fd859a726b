package bill

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/money"
)

// Charge is what every line of a bill says of its amount.
type Charge struct {
	Row      int           // of the file, as a person counts
	Scope    string        // who is charged: a subscription or a customer
	Charged  money.Decimal // at most MostCharged, or as much below 0
	Places   int           // decimals that Charged was written with
	Currency string        // ISO 4217, upper case
}

// Policy is how lines are judged.
type Policy struct {
	Knowledge Knowledge
	// Tolerance is the largest difference that is rounding, in the line's currency. Nil is half a unit of the last decimal that the line's
	// amount was written with, at least the currency's: what rounding once can make.
	Tolerance *money.Decimal
}

// Knowledge says whose knowledge of prices counts: what was known then, at a given instant, or, as the zero value, the latest.
type Knowledge struct {
	Then bool // at the end of the day (UTC) of which a price is asked
	At   time.Time
}

// instant of knowledge is kept to the microsecond; the last of a day is still that day.
const lastOfDay = 24*time.Hour - time.Microsecond

// Of returns as of when the price of an instant is to be known; zero is the latest knowledge.
func (k Knowledge) Of(at time.Time) time.Time {
	if k.Then {
		return day(at).Add(lastOfDay)
	}
	return k.At
}

// latest reports whether nothing can be known later.
func (k Knowledge) latest() bool { return !k.Then && k.At.IsZero() }

// day returns the midnight (UTC) that begins an instant's day.
func day(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Verdict is what became of a line. Without Priced there are neither Expected nor Difference nor a price.
type Verdict struct {
	Kind       Kind
	Reason     Reason
	Note       string // what explains the amount, and what else is to be known of its price, for people; empty when nothing needs to
	Priced     bool
	Expected   money.Decimal // rounded half away from zero to 18 decimals where it has no end
	Difference money.Decimal // charged less expected
	Source     Source
	Exchange   *money.Decimal // by which the price was converted: units of the charge's currency for one of the price's; nil when it was not
}

// Source is the row of a list that gave a price.
type Source struct {
	List     string // the price list of a rate; the release of a licence price
	Price    money.Decimal
	Currency string
	Unit     string // what the price is for: a unit of measure, or the price basis of a licence
	Tier     money.Decimal
	From     time.Time // start of the row; zero: always
	KnownAt  time.Time // when it became known: of a rate, when the crawl was made
	Places   []Place   // where it is told; of usage in several tiers those of all, in the order of the tiers
}

// Place is where a row is told: a stream with its incarnation, the message's sequence in it, and the row's place among the message's, from 0.
// An empty stream is not known.
type Place struct {
	Stream   string
	Sequence uint64
	Row      uint32
}

// judge compares a line's amount with what it should be.
func (c *Charge) judge(p *Policy, a amount) (Verdict, error) {
	expected, err := a.value()
	if err != nil {
		return Verdict{}, err
	}
	difference, err := money.FromExact(c.Charged.Exact().Sub(expected.Exact()))
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Priced: true, Expected: expected, Difference: difference, Reason: Unexplained}
	switch {
	case difference.IsZero():
		v.Reason = Match
	case difference.Exact().Abs().Cmp(c.tolerance(p)) <= 0:
		v.Reason = Rounding
	}
	return v, nil
}

// tolerance is the largest difference that is rounding.
func (c *Charge) tolerance(p *Policy) decimal.Decimal {
	if p.Tolerance != nil {
		return p.Tolerance.Exact()
	}
	places := max(c.Places, money.Currency(c.Currency).Decimals())
	return decimal.New(5, -int32(places)-1)
}

// explains reports whether the line was charged this amount. What is as good as nothing explains nothing, and nothing explains a charge of
// nothing but nothing itself: it is a credit as likely.
func (c *Charge) explains(p *Policy, a amount) bool {
	charged := c.Charged.Exact()
	if a.num.Sign()*a.den.Sign() != charged.Sign() { // of 0 it is 0
		return false
	}
	// |charged - num/den| <= tolerance, without dividing.
	off := charged.Mul(a.den).Sub(a.num).Abs()
	return off.Cmp(c.tolerance(p).Mul(a.den.Abs())) <= 0
}
