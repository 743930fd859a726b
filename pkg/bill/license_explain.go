package bill

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// otherPrice is another price that may explain an amount.
type otherPrice struct {
	reason   Reason
	question PriceQuestion
}

// Questions returns what must be asked before Explain: nothing when the verdict stands.
func (c *LicenseCheck) Questions() []PriceQuestion {
	if !c.open() {
		return nil
	}
	questions := []PriceQuestion{c.anyCurrency()} // it is asked once
	for _, o := range c.others() {
		questions = append(questions, o.question)
	}
	return questions
}

func (c *LicenseCheck) open() bool {
	return !c.settled && (c.Verdict.Reason == Unexplained || c.Verdict.Reason == MissingPrice)
}

// anyCurrency asks for the prices of all currencies.
func (c *LicenseCheck) anyCurrency() PriceQuestion {
	q := c.Line.Question(c.policy.Knowledge)
	q.Currency = ""
	return q
}

// others are the prices to try next: those around the line's own, then, as long as a price before is the same, the one before that.
func (c *LicenseCheck) others() []otherPrice {
	l, k := c.Line, c.policy.Knowledge
	knownAt := k.Of(l.Ordered)
	if c.back > 0 {
		return []otherPrice{{OldPrice, l.ask(c.before.Add(-justBefore), knownAt)}}
	}
	var others []otherPrice
	if !k.latest() {
		others = append(others, otherPrice{PriceKnownLater, l.ask(l.Ordered, time.Time{})})
	}
	if !c.Verdict.Priced {
		return others
	}
	if c.before = c.price.From; !c.before.IsZero() {
		others = append(others, otherPrice{OldPrice, l.ask(c.price.From.Add(-justBefore), knownAt)})
	}
	if !c.price.KnownAt.IsZero() {
		others = append(others, otherPrice{OldPrice, l.ask(l.Ordered, c.price.KnownAt.Add(-justBeforeKnew))})
	}
	if !c.price.To.IsZero() {
		others = append(others, otherPrice{NextPrice, l.ask(c.price.To, knownAt)})
	}
	return others
}

// Explain finds out why the line differs, from the answers to Questions and from what the price itself says. It returns true when there are
// further Questions: then it wants to be called again.
func (c *LicenseCheck) Explain(answer func(PriceQuestion) Prices) (more bool) {
	if !c.open() {
		return false
	}
	var next time.Time
	for _, o := range c.others() {
		p, ok := c.Line.of(answer(o.question), c.Line.conversion().from)
		if ok && c.explained(c.Line.cost(p, p.Unit)) {
			c.because(o.reason, note(p))
			return false
		}
		if ok && o.question.At.Equal(c.before.Add(-justBefore)) && c.back < mostBack && p.From.Before(c.before) && p.Unit == c.price.Unit && p.Basis == c.price.Basis {
			next = p.From
		}
	}
	if !next.IsZero() {
		c.back, c.before = c.back+1, next
		return true
	}
	c.settled = true
	c.otherwise(answer(c.anyCurrency()))
	return false
}

// otherwise tries what the price itself, and those in other currencies, say.
func (c *LicenseCheck) otherwise(all Prices) {
	if !c.Verdict.Priced {
		c.byCurrency(all)
		return
	}
	for _, try := range [...]func() bool{c.byTier, c.byInstalment, c.byProration, c.byERP, c.byExchange} {
		if try() {
			return
		}
	}
	if !c.byCurrency(all) {
		c.byQuantity()
	}
}

func note(p Price) string { return source(p).String() + " in " + p.Release }

func (c *LicenseCheck) because(r Reason, note string) {
	c.Verdict.Reason, c.Verdict.Note, c.settled = r, note, true
}

// explained reports whether an amount of the price's currency is what was charged.
func (c *LicenseCheck) explained(a amount) bool { return c.explainedIn(a, c.Line.Month()) }

// explainedIn is explained where amounts are converted by the rates of a month.
func (c *LicenseCheck) explainedIn(a amount, month effective.Month) bool {
	converted, ok := c.Line.conversion().of(a, month, c.exchange)
	return ok && c.is(converted)
}

// is reports whether an amount of the charge's currency is what was charged. What is cut off explains no charge of nothing.
func (c *LicenseCheck) is(a amount) bool {
	return c.Line.explains(c.policy, a) || !c.Line.Charged.IsZero() && c.Line.cutOff(a)
}

// byExchange: converted by the rate of the month before or after.
func (c *LicenseCheck) byExchange() bool {
	if len(c.Line.Currencies()) == 0 {
		return false
	}
	for _, months := range [...]int{-1, 1} {
		if month := c.Line.Month().Add(months); c.explainedIn(c.Line.cost(c.price, c.price.Unit), month) {
			c.because(WrongExchangeRate, "by the rate of "+month.String())
			return true
		}
	}
	return false
}

func (c *LicenseCheck) byTier() bool {
	for _, p := range c.prices {
		if p.Currency == c.price.Currency && p.Tier != c.price.Tier && c.explained(c.Line.cost(p, p.Unit)) {
			c.because(OtherTier, "the tier from "+p.Tier.String())
			return true
		}
	}
	return false
}

// byInstalment: charged for another number of months than the billing plan has.
func (c *LicenseCheck) byInstalment() bool {
	for _, months := range [...]struct {
		plan string
		n    int64
	}{{"Monthly", 1}, {"Annual", 12}, {"Triennial", 36}} {
		if c.months == 0 || int64(c.months) == months.n {
			continue
		}
		period, _ := c.Line.period(c.price.Unit, c.price.Basis)
		other := period.times(decimal.NewFromInt(months.n)).over(decimal.NewFromInt(int64(c.months))).times(decimal.NewFromInt(c.Line.Seats))
		if c.explained(other) {
			c.because(Instalment, fmt.Sprintf("%d months instead of %d", months.n, c.months))
			return true
		}
	}
	return false
}

// daysOfMonth is how long a month is for those who count so.
const daysOfMonth = 30

// byProration: not prorated, the last day counted too, or in months of 30 days.
func (c *LicenseCheck) byProration() bool {
	l := c.Line
	if c.months == 0 || l.From.IsZero() || l.To.IsZero() {
		return false
	}
	period, _ := l.period(c.price.Unit, c.price.Basis)
	seats := period.times(decimal.NewFromInt(l.Seats))
	for _, other := range [...]struct {
		span
		note string
	}{
		{span{whole: 1}, "not prorated"},
		{charged(l.Ordered, l.From, l.To.AddDate(0, 0, 1), c.months), "the last day counted too"},
		{span{parts: [2]part{{days(l.From, l.To), daysOfMonth * int64(c.months)}}}, "in months of 30 days"},
	} {
		if c.explained(other.share(seats)) {
			c.because(Proration, other.note)
			return true
		}
	}
	return false
}

func (c *LicenseCheck) byERP() bool {
	if !c.explained(c.Line.cost(c.price, c.price.ERP)) {
		return false
	}
	c.because(ERPPrice, c.price.ERP.String()+" is the estimated retail price")
	return true
}

// byCurrency: the amount is that of another currency's price, or of the line's own, not converted.
func (c *LicenseCheck) byCurrency(all Prices) bool {
	seen := map[string]bool{}
	if len(c.Line.Currencies()) == 0 {
		seen[c.Line.Currency] = true // which has been tried
	}
	for _, p := range all {
		if seen[p.Currency] {
			continue
		}
		seen[p.Currency] = true
		if other, ok := c.Line.of(all, p.Currency); ok && c.is(c.Line.cost(other, other.Unit)) {
			c.because(WrongCurrency, "right in "+other.Currency)
			return true
		}
	}
	return false
}

// mostSeats is for how many seats a line may be by mistake.
const mostSeats = 1_000_000

// byQuantity: right for another number of seats.
func (c *LicenseCheck) byQuantity() {
	l := c.Line
	if l.Seats == 0 {
		return
	}
	one, ok := l.conversion().of(l.cost(c.price, c.price.Unit), l.Month(), c.exchange)
	if !ok {
		return
	}
	one = one.over(decimal.NewFromInt(max(l.Seats, -l.Seats)))
	for _, each := range [...]amount{one, whole(one.down(l.Currency))} {
		if n, ok := l.multiple(c.policy, each, mostSeats); ok {
			c.because(WrongQuantity, money.Int(n).String()+" seats")
			return
		}
	}
	if c.is(one) {
		c.because(WrongQuantity, "1 seat")
	}
}
