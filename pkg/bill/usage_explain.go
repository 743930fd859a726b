package bill

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/meter"
)

// other is another price that may explain an amount.
type other struct {
	reason   Reason
	question RateQuestion
}

// Questions returns what must be asked before Explain: nothing when the verdict stands.
func (c *UsageCheck) Questions() []RateQuestion {
	others := c.others()
	questions := make([]RateQuestion, len(others))
	for i, o := range others {
		questions[i] = o.question
	}
	return questions
}

// open reports whether the verdict may yet be explained.
func (c *UsageCheck) open() bool {
	return !c.settled && (c.Verdict.Reason == Unexplained || c.Verdict.Reason == MissingPrice)
}

// others are the prices to try next: those around the line's own, then, as long as a price before is the same, the one before that.
func (c *UsageCheck) others() []other {
	if !c.open() {
		return nil
	}
	u, k := c.Line, c.policy.Knowledge
	at, knownAt := u.priced(), k.Of(u.priced())
	if c.back > 0 {
		return []other{{OldPrice, u.ask(c.before.Add(-justBefore), knownAt)}}
	}
	var others []other
	if !k.latest() {
		others = append(others, other{PriceKnownLater, u.ask(at, time.Time{})})
	}
	if c.scale.Empty() {
		return others
	}
	from, known := c.scale.changedAt()
	if c.before = from; !from.IsZero() {
		others = append(others, other{OldPrice, u.ask(from.Add(-justBefore), knownAt)})
	}
	if !known.IsZero() {
		others = append(others, other{OldPrice, u.ask(at, known.Add(-justBeforeKnew))})
	}
	if end := c.scale.endsAt(); !end.IsZero() {
		others = append(others, other{NextPrice, u.ask(end, knownAt)})
	}
	return others
}

// mostBack is how many prices that are the same, for their rows start at other times, are passed by on the way back to another.
const mostBack = 5

// Explain finds out why the line differs, from the answers to Questions and from what the scale itself says. It returns true when there are
// further Questions: then it wants to be called again.
func (c *UsageCheck) Explain(answer func(RateQuestion) Scale) (more bool) {
	if !c.open() {
		return false
	}
	var next time.Time
	for _, o := range c.others() {
		scale := answer(o.question)
		a, ok := c.another(scale)
		if ok && c.explained(a) {
			c.because(o.reason, c.Line.source(scale.at(c.until)).String())
			return false
		}
		if from, _ := scale.changedAt(); ok && o.question.At.Equal(c.before.Add(-justBefore)) && c.back < mostBack && from.Before(c.before) && !from.IsZero() && c.same(a) {
			next = from
		}
	}
	if !next.IsZero() {
		c.back, c.before = c.back+1, next
		return true
	}
	c.settled = true
	if !c.Verdict.Priced {
		return false
	}
	for _, try := range [...]func() bool{c.byTier, c.byIncluded, c.byUnit, c.byPlan, c.byInstalment, c.byCurrency, c.byExchange, c.byQuantity} {
		if try() {
			return false
		}
	}
	return false
}

// same reports whether an amount of the price's currency is what was expected.
func (c *UsageCheck) same(a amount) bool {
	own, ok := c.cost(c.scale)
	return ok && own.num.Mul(a.den).Equal(a.num.Mul(own.den))
}

// explained reports whether an amount of the price's currency is what was charged.
func (c *UsageCheck) explained(a amount) bool { return c.explainedIn(a, c.Line.Month()) }

// explainedIn is explained where amounts are converted by the rates of a month. What is cut off explains no charge of nothing.
func (c *UsageCheck) explainedIn(a amount, month effective.Month) bool {
	converted, ok := c.Line.convert(a, month, c.exchange)
	return ok && (c.Line.explains(c.policy, converted) || !c.Line.Charged.IsZero() && c.Line.cutOff(a, month, c.exchange))
}

// another is what the line costs by another scale.
func (c *UsageCheck) another(s Scale) (amount, bool) {
	if s.Empty() || c.Line.reservation() {
		return c.cost(s)
	}
	units, ok := s.units(c.Line.Quantity, c.Line.Unit)
	if !ok {
		return amount{}, false
	}
	return s.between(c.from, c.from.Add(units))
}

// because settles the reason.
func (c *UsageCheck) because(r Reason, note string) {
	c.Verdict.Reason, c.Verdict.Note, c.settled = r, joined(note, c.remark), true
}

// byTier: all of it at the price of one tier, or tiers counted as if nothing had been used before.
func (c *UsageCheck) byTier() bool {
	if c.Line.reservation() || len(c.scale.rates) < 2 {
		return false
	}
	for i, tier := range c.scale.steps {
		if c.explained(amount{c.units.Mul(tier.price), c.scale.block}) {
			c.because(OtherTier, "all of it in the tier from "+c.scale.rates[i].Tier.String())
			return true
		}
	}
	if a, ok := c.scale.between(decimal.Decimal{}, c.units); ok && c.explained(a) {
		c.because(OtherTier, "tiers counted from zero")
		return true
	}
	return false
}

func (c *UsageCheck) byIncluded() bool {
	if c.Line.reservation() || c.scale.free.IsZero() {
		return false
	}
	bare := c.scale
	bare.free = decimal.Decimal{}
	if a, ok := bare.between(c.from, c.until); !ok || !c.explained(a) {
		return false
	}
	c.because(IncludedQuantity, c.scale.rates[0].Included.String()+" a month are included")
	return true
}

// byUnit: units were charged as if they were blocks, or blocks as if they were units.
func (c *UsageCheck) byUnit() bool {
	block := c.scale.block
	if c.Line.reservation() || block.Equal(one()) {
		return false
	}
	for _, wrong := range [...]struct {
		factor, divisor decimal.Decimal
		note            string
	}{{block, one(), "units taken for "}, {one(), block, "taken for units, not "}} {
		// Dividing positions by a block may have no end; a scale of one tier needs no position.
		units := c.units.Mul(wrong.factor)
		a, ok := c.scale.between(c.from.Mul(wrong.factor), c.from.Mul(wrong.factor).Add(units))
		if !wrong.divisor.Equal(one()) {
			price := c.scale.at(c.until).Price.Exact()
			a, ok = amount{units.Mul(price), block.Mul(wrong.divisor)}, true
		}
		if ok && c.explained(a) {
			c.because(WrongUnit, wrong.note+c.scale.rates[0].Unit)
			return true
		}
	}
	return false
}

func (c *UsageCheck) byPlan() bool {
	for _, plan := range c.scale.rates[0].Plans {
		if !c.Line.reservation() && c.explained(amount{c.units.Mul(plan.Price.Exact()), c.scale.block}) {
			c.because(SavingsPlan, plan.Price.String()+" under the plan of "+plan.Term)
			return true
		}
	}
	return false
}

func (c *UsageCheck) byInstalment() bool {
	if !c.Line.reservation() {
		return false
	}
	total, instalment := c.Line.reserved(c.scale)
	switch {
	case c.explained(total):
		c.because(Instalment, "the whole term instead of a month of it")
	case c.explained(instalment):
		c.because(Instalment, "a month instead of the whole term")
	default:
		return false
	}
	return true
}

// byCurrency: the amount is that of the price's currency, not converted.
func (c *UsageCheck) byCurrency() bool {
	if c.Line.PriceCurrency == c.Line.Currency {
		return false
	}
	own := *c.Line
	own.Currency = own.PriceCurrency
	if a, ok := c.cost(c.scale); !ok || !c.Line.explains(c.policy, a) && (own.Charged.IsZero() || !own.cutOff(a, own.Month(), c.exchange)) {
		return false
	}
	c.because(WrongCurrency, "right in "+c.Line.PriceCurrency)
	return true
}

// byExchange: converted by the rate of the month before or after.
func (c *UsageCheck) byExchange() bool {
	if c.Line.PriceCurrency == c.Line.Currency {
		return false
	}
	a, ok := c.cost(c.scale)
	for _, months := range [...]int{-1, 1} {
		month := c.Line.Month().Add(months)
		if ok && c.explainedIn(a, month) {
			c.because(WrongExchangeRate, "by the rate of "+month.String())
			return true
		}
	}
	return false
}

// mostTimes is how often a line may have been charged by mistake.
const mostTimes = 100

func (c *UsageCheck) byQuantity() bool {
	n, ok := c.Line.multiple(c.policy, whole(c.Verdict.Expected.Exact()), mostTimes)
	if ok {
		c.because(WrongQuantity, fmt.Sprintf("%d times", n))
	}
	return ok
}

// multiple returns how many times an amount the line was charged, from 2 to a most; false where it is no whole number of times, and where
// the tolerance is so large beside the amount that any number would do.
func (c *Charge) multiple(p *Policy, a amount, most int64) (int64, bool) {
	const coarse = 100
	if a.num.IsZero() || a.num.Abs().Cmp(c.tolerance(p).Mul(decimal.NewFromInt(coarse)).Mul(a.den.Abs())) < 0 {
		return 0, false
	}
	times := c.Charged.Exact().Mul(a.den).DivRound(a.num, 0)
	if times.Cmp(decimal.NewFromInt(2)) < 0 || times.Cmp(decimal.NewFromInt(most)) > 0 || !c.explains(p, a.times(times)) {
		return 0, false
	}
	return times.IntPart(), true
}

// String describes a price for people.
func (s Source) String() string {
	var b strings.Builder
	b.WriteString(s.Price.String() + " " + s.Currency)
	if !s.From.IsZero() {
		b.WriteString(" from " + instant(s.From))
	}
	if !s.KnownAt.IsZero() {
		b.WriteString(", known since " + instant(s.KnownAt))
	}
	return b.String()
}

// instant writes a time as short as it can be: a midnight is its date.
func instant(t time.Time) string {
	if t.Equal(day(t)) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339)
}

// blockOf returns how many units a unit of measure is for; false when it is not understood.
func blockOf(unit string) (decimal.Decimal, bool) {
	u := meter.ParseUnit(unit)
	if unit == "" || !u.Known() {
		return decimal.Decimal{}, false
	}
	return u.Block.Exact(), true
}
