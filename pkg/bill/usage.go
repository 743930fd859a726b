package bill

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Usage is a line of a bill of usage, or of a reservation.
type Usage struct {
	Charge
	Date          time.Time // when it was used, UTC; a day is its midnight
	PriceList     string
	Meter, SKU    string
	Type          string // as of rates: Consumption, DevTestConsumption, Reservation
	Term          string // of a reservation: "1 Year", "36 Months"
	PriceCurrency string // that its price is in; another than the charge's is converted
	Quantity      money.Decimal
	Unit          string    // of the quantity, as units of measure are written; empty: the price's
	Billing       Billing   // of a reservation
	Bought        time.Time // of a reservation: when it was bought, whose price holds for all instalments; zero: Date
}

// Billing is how a reservation is paid.
type Billing string

// The ways to pay a reservation.
const (
	Either  Billing = "" // not said: an instalment when the amount is one, else the total
	Once    Billing = "once"
	Monthly Billing = "monthly"
)

// Group is what tiers and included quantities are counted over: all that a scope uses of a rate in a month.
type Group struct {
	PriceList, PriceCurrency, Scope, Meter, SKU, Type string
	Month                                             effective.Month
}

// Group returns what the line counts with. The lines of a group are judged in order of their dates, those of one date in order of the file.
func (u *Usage) Group() Group {
	return Group{u.PriceList, u.PriceCurrency, u.Scope, u.Meter, u.SKU, u.Type, effective.MonthOf(u.Date)}
}

// Used is how much of its rate a group has used so far. The zero value is nothing. Lines whose unit is not the price's do not count.
type Used struct {
	units decimal.Decimal
	block *decimal.Decimal // of the last price; nil before
}

// priced is the instant whose price holds.
func (u *Usage) priced() time.Time {
	if u.reservation() && !u.Bought.IsZero() {
		return u.Bought
	}
	return u.Date
}

func (u *Usage) reservation() bool { return u.Type == rate.Reservation }

// Question returns the question whose answer prices the line.
func (u *Usage) Question(k Knowledge) RateQuestion { return u.ask(u.priced(), k.Of(u.priced())) }

func (u *Usage) ask(at, knownAt time.Time) RateQuestion {
	q := RateQuestion{PriceList: u.PriceList, Currency: u.PriceCurrency, MeterID: u.Meter, SKUID: u.SKU, Type: u.Type, At: at, KnownAt: knownAt}
	if u.reservation() {
		q.ReservationTerm = u.Term
	}
	return q
}

// Month returns the month whose exchange rate converts the line's price.
func (u *Usage) Month() effective.Month { return effective.MonthOf(u.Date) }

func (u *Usage) conversion() conversion { return conversion{u.PriceCurrency, u.Currency} }

// Currencies returns those whose exchange rates the line needs: none, or one or two.
func (u *Usage) Currencies() []string { return u.conversion().currencies() }

// convert returns an amount of the price's currency in the charge's, by the rates of a month; false where the month has none.
func (u *Usage) convert(a amount, month effective.Month, exchange Exchange) (amount, bool) {
	return u.conversion().of(a, month, exchange)
}

// UsageCheck is a line that was judged: what explains its amount can be asked for.
type UsageCheck struct {
	Line    *Usage
	Verdict Verdict

	policy      *Policy
	scale       Scale
	units       decimal.Decimal // of the line
	from, until decimal.Decimal // what was used before and behind it
	exchange    Exchange
	remark      string // what else is to be known of the price, behind any note

	settled bool      // nothing is left to try
	back    int       // prices that were passed by on the way back
	before  time.Time // when the price began that was looked before last
}

// Check judges a line by the scale that answers its Question, and counts it. An invalid fault says that the amount is none that can be.
func (u *Usage) Check(p *Policy, scale Scale, used *Used, exchange Exchange) (*UsageCheck, error) {
	c := &UsageCheck{Line: u, policy: p, scale: scale, exchange: exchange, Verdict: Verdict{Kind: UsageKind, Reason: MissingPrice}}
	if u.reservation() {
		c.Verdict.Kind = ReservationKind
	}
	known := c.count(used)
	if scale.Empty() {
		return c, nil
	}
	c.remark = u.remark(scale)
	if !known {
		c.Verdict.Reason = UnknownUnit
		c.Verdict.Note = joined("the price is for "+scale.rates[0].Unit, c.remark)
		return c, nil
	}
	a, ok := c.cost(scale)
	if !ok {
		return c, nil
	}
	converted, ok := u.convert(a, u.Month(), exchange)
	if !ok {
		c.Verdict.Reason, c.Verdict.Note = MissingExchangeRate, u.conversion().missing(u.Month())
		return c, nil
	}
	return c, c.conclude(a, converted)
}

// remark says of usage that unit and included quantity of its price are of a row that became known after its day: they may have been others
// then.
func (u *Usage) remark(s Scale) string {
	known := s.rowKnownAt()
	if u.reservation() || !known.After(day(u.Date).Add(lastOfDay)) {
		return ""
	}
	return "unit and included quantity are of a row known since " + instant(known)
}

// joined puts two notes behind one another.
func joined(note, remark string) string {
	if note == "" || remark == "" {
		return note + remark
	}
	return note + "; " + remark
}

// count moves what the group has used behind the line; false where the line's unit is not the price's.
func (c *UsageCheck) count(used *Used) bool {
	u := c.Line
	if u.reservation() {
		return true
	}
	if !c.scale.Empty() {
		var known bool
		if c.units, known = c.scale.units(u.Quantity, u.Unit); !known {
			return false
		}
		used.block = &c.scale.block
	} else {
		c.units = unpriced(u, used)
	}
	c.from = used.units
	c.until = c.from.Add(c.units)
	used.units = c.until
	return true
}

// unpriced is how many units a line uses of which no price is known: by its own unit, else by the block of the price before.
func unpriced(u *Usage, used *Used) decimal.Decimal {
	block := one()
	if own, ok := blockOf(u.Unit); ok {
		block = own
	} else if used.block != nil {
		block = *used.block
	}
	return u.Quantity.Exact().Mul(block)
}

// cost is what the line costs by a scale, in the price's currency.
func (c *UsageCheck) cost(s Scale) (amount, bool) {
	if !c.Line.reservation() {
		return s.between(c.from, c.until)
	}
	if s.Empty() {
		return amount{}, false
	}
	total, instalment := c.Line.reserved(s)
	switch c.Line.Billing {
	case Monthly:
		return instalment, true
	case Once:
		return total, true
	case Either:
	}
	if c.explained(instalment) {
		return instalment, true
	}
	return total, true
}

// reserved is what reservations cost for their term, and a month of it; a term that is not understood has no instalments.
func (u *Usage) reserved(s Scale) (total, instalment amount) {
	total = whole(u.Quantity.Exact().Mul(s.steps[0].price))
	if n, ok := Months(u.Term); ok {
		return total, total.over(decimal.NewFromInt(int64(n)))
	}
	return total, total
}

// conclude compares the line's amount, in the price's currency and converted, with what it should be.
func (c *UsageCheck) conclude(a, converted amount) error {
	v, err := c.Line.judge(c.policy, converted)
	if err != nil {
		return err
	}
	if v.Reason == Unexplained && c.Line.cutOff(a, c.Line.Month(), c.exchange) {
		v.Reason, v.Note = RoundedDown, "rounded down as Partner Center does it"
	}
	r := c.scale.at(c.until)
	v.Kind, v.Note = c.Verdict.Kind, joined(v.Note, c.remark)
	v.Source = c.Line.source(r)
	for _, drawn := range c.drawn() {
		v.Source.Places = append(v.Source.Places, drawn.Place)
	}
	v.Exchange = c.Line.conversion().rate(c.Line.Month(), c.exchange)
	c.Verdict = v
	return nil
}

// drawn are the tiers that price the line.
func (c *UsageCheck) drawn() []Rate {
	if c.Line.reservation() {
		return c.scale.rates[:1]
	}
	return c.scale.drawn(c.from, c.until)
}

func (u *Usage) source(r Rate) Source {
	return Source{List: u.PriceList, Price: r.Price, Currency: u.PriceCurrency, Unit: r.Unit, Tier: r.Tier, From: r.From, KnownAt: r.KnownAt}
}
