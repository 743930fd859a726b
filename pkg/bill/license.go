package bill

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// License is a line of a bill of licences.
type License struct {
	Charge
	Market, Product, SKU, Term, Plan string         // of the price's identity; Plan is the billing plan
	Tier                             *money.Decimal // nil: that which holds so many seats
	Seats                            int64          // below 0: taken back
	Ordered                          time.Time      // of order or renewal: its price holds, and billing periods begin at its day
	Frequency                        string         // how often it is billed, where the billing plan doesn't say: a word that Paid knows
	From, To                         time.Time      // what is charged, half-open; both zero: a whole billing period
	PriceCurrency                    string         // that the price is in, which is converted; empty: that of the charge
}

// conversion is from the price's currency into the charge's.
func (l *License) conversion() conversion {
	if l.PriceCurrency == "" {
		return conversion{l.Currency, l.Currency}
	}
	return conversion{l.PriceCurrency, l.Currency}
}

// Month returns the month whose exchange rate converts the line's price: that in which the charge begins, else that of the order.
func (l *License) Month() effective.Month {
	if l.From.IsZero() {
		return effective.MonthOf(l.Ordered)
	}
	return effective.MonthOf(l.From)
}

// Currencies returns those whose exchange rates the line needs: none, or one or two.
func (l *License) Currencies() []string { return l.conversion().currencies() }

// PriceQuestion asks for the prices of a licence line: all tiers, and all currencies where none is named. A zero KnownAt is the latest
// knowledge. Questions are equal with ==.
type PriceQuestion struct {
	Market, Currency, Product, SKU, Term, Plan string
	At, KnownAt                                time.Time // UTC
}

// Price is a licence price that answers.
type Price struct {
	Currency  string
	Tier      money.Decimal
	Unit, ERP money.Decimal
	Basis     pricelist.Basis
	Starts    time.Time // of the line in its list; zero: always
	From, To  time.Time // in which the answer holds, as known; zero: always, open
	KnownAt   time.Time
	Release   string
	Place     Place
}

// Prices is what answers a PriceQuestion, in any order; empty when there is no price.
type Prices []Price

// Question returns the question whose answer prices the line.
func (l *License) Question(k Knowledge) PriceQuestion { return l.ask(l.Ordered, k.Of(l.Ordered)) }

func (l *License) ask(at, knownAt time.Time) PriceQuestion {
	return PriceQuestion{Market: l.Market, Currency: l.conversion().from, Product: l.Product, SKU: l.SKU, Term: l.Term, Plan: l.Plan, At: at, KnownAt: knownAt}
}

// of returns the price of a line among those that answer: of its tier, or of the highest that so many seats reach.
func (l *License) of(prices Prices, currency string) (Price, bool) {
	seats, found, best := money.Int(max(l.Seats, -l.Seats)), false, Price{}
	for _, p := range prices {
		switch {
		case p.Currency != currency:
		case l.Tier != nil && p.Tier == *l.Tier:
			return p, true
		case l.Tier == nil && p.Tier.Cmp(seats) <= 0 && (!found || p.Tier.Cmp(best.Tier) > 0):
			best, found = p, true
		}
	}
	return best, found
}

// span is what a licence line charges: so many whole billing periods, and parts of others.
type span struct {
	whole int64
	parts [2]part // the first and the last period, where they are not whole
}

// part is some days of a billing period.
type part struct{ days, of int64 }

func (s span) prorated() bool { return s.parts[0].of > 0 || s.parts[1].of > 0 }

// share returns what a span charges of an amount for a whole period.
func (s span) share(period amount) amount {
	num, den := decimal.NewFromInt(s.whole), one()
	for _, p := range s.parts {
		if p.of > 0 {
			of := decimal.NewFromInt(p.of)
			num, den = num.Mul(of).Add(decimal.NewFromInt(p.days).Mul(den)), den.Mul(of)
		}
	}
	return amount{period.num.Mul(num), period.den.Mul(den)}
}

// charged returns the span of a charge of some days, where billing periods of so many months begin at an anchor.
func charged(anchor, from, to time.Time, months int) span {
	anchor = day(anchor)
	n := ((from.Year()-anchor.Year())*12 + int(from.Month()) - int(anchor.Month())) / months
	for addMonths(anchor, n*months).After(from) { // a month is as long as it is
		n--
	}
	for !addMonths(anchor, (n+1)*months).After(from) {
		n++
	}
	var s span
	for begin := addMonths(anchor, n*months); begin.Before(to); n++ {
		next := addMonths(anchor, (n+1)*months)
		first, last := begin, next
		if from.After(first) {
			first = from
		}
		if to.Before(last) {
			last = to
		}
		switch {
		case first.Equal(begin) && last.Equal(next):
			s.whole++
		case s.parts[0].of == 0:
			s.parts[0] = part{days(first, last), days(begin, next)}
		default:
			s.parts[1] = part{days(first, last), days(begin, next)}
		}
		begin = next
	}
	return s
}

// period returns what one seat costs for a billing period, of how many months that is; 0 where the term is none that is understood, and is
// paid at once.
func (l *License) period(price money.Decimal, basis pricelist.Basis) (amount, int) {
	billed, said := Paid(l.Frequency)
	term, ok := Months(l.Term)
	if basis == pricelist.PerMonth {
		switch {
		case !said:
			billed = 1
		case billed == 0:
			billed = max(term, 1)
		}
		return whole(price.Exact().Mul(decimal.NewFromInt(int64(billed)))), billed
	}
	if PlanPays(l.Plan) {
		billed, _ = Paid(l.Plan)
	}
	switch {
	case !ok:
		return whole(price.Exact()), 0
	case billed == 0 || billed > term:
		billed = term
	}
	return whole(price.Exact()).times(decimal.NewFromInt(int64(billed))).over(decimal.NewFromInt(int64(term))), billed
}

// span returns what the line charges, where billing periods have so many months.
func (l *License) span(months int) span {
	if l.From.IsZero() || l.To.IsZero() || months == 0 {
		return span{whole: 1}
	}
	return charged(l.Ordered, l.From, l.To, months)
}

// LicenseCheck is a line that was judged: what explains its amount can be asked for.
type LicenseCheck struct {
	Line    *License
	Verdict Verdict

	policy   *Policy
	prices   Prices
	price    Price
	months   int // of a billing period
	exchange Exchange

	settled bool      // nothing is left to try
	back    int       // prices that were passed by on the way back
	before  time.Time // when the price began that was looked before last
}

// Check judges a line by the prices that answer its Question; exchange is asked where the charge is in another currency than they. An invalid fault
// says that the amount is none that can be.
func (l *License) Check(p *Policy, prices Prices, exchange Exchange) (*LicenseCheck, error) {
	c := &LicenseCheck{Line: l, policy: p, prices: prices, exchange: exchange, Verdict: Verdict{Kind: LicenseKind, Reason: MissingPrice}}
	var found bool
	c.price, found = l.of(prices, l.conversion().from)
	_, c.months = l.period(c.price.Unit, c.price.Basis)
	if l.span(c.months).prorated() {
		c.Verdict.Kind = ProratedKind
	}
	if !found {
		return c, nil
	}
	a, ok := l.conversion().of(l.cost(c.price, c.price.Unit), l.Month(), exchange)
	if !ok {
		c.Verdict.Reason, c.Verdict.Note = MissingExchangeRate, l.conversion().missing(l.Month())
		return c, nil
	}
	v, err := l.judge(p, a)
	if err != nil {
		return nil, err
	}
	if v.Reason == Unexplained && l.cutOff(a) {
		v.Reason, v.Note = RoundedDown, "the price of a seat is rounded down as Partner Center does it"
	}
	v.Kind = c.Verdict.Kind
	v.Source, v.Exchange = source(c.price), l.conversion().rate(l.Month(), exchange)
	c.Verdict = v
	return c, nil
}

// cost is what the line costs by a price, in the price's currency.
func (l *License) cost(p Price, each money.Decimal) amount {
	period, months := l.period(each, p.Basis)
	return l.span(months).share(period).times(decimal.NewFromInt(l.Seats))
}

func source(p Price) Source {
	return Source{List: p.Release, Price: p.Unit, Currency: p.Currency, Unit: string(p.Basis), Tier: p.Tier, From: p.Starts, KnownAt: p.KnownAt, Places: []Place{p.Place}}
}
