package reconcile

import (
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/fxrates"
)

// Exchange is the exchange rates of a file: US dollars for a unit of a currency, by month.
type Exchange map[ExchangeKey]money.Decimal

// ExchangeKey names an exchange rate.
type ExchangeKey struct {
	Currency string
	Month    effective.Month
}

// ReadExchange reads a file of monthly exchange rates as Partner Center has them: CurrencyCode, USDPerUnit, Month. An invalid fault names
// every row that is wrong, or that says another rate than one before.
func ReadExchange(r io.Reader) (Exchange, error) {
	s := &exchangeSink{rates: Exchange{}}
	if _, err := fxrates.Read(r, fxrates.Limits{}, s); err != nil {
		return nil, err
	}
	if len(s.places) > 0 {
		e := fault.New(fault.Invalid, "read exchange rates: %s: %s", s.places[0].Where, s.places[0].Problem)
		return nil, e.WithPlaces(s.places...)
	}
	return s.rates, nil
}

// exchangeSink gathers the rows of a file.
type exchangeSink struct {
	rates  Exchange
	places []fault.Place
}

var _ rate.Sink = (*exchangeSink)(nil)

// Same is rate.Sink's: nothing is known yet.
func (*exchangeSink) Same([]byte) bool { return false }

// Row is rate.Sink's.
func (s *exchangeSink) Row(r *rate.Row, _ []byte) error {
	key := ExchangeKey{r.MeterID, effective.MonthOf(r.Effective.From)}
	if before, ok := s.rates[key]; ok && before != r.Price {
		s.places = append(s.places, fault.Place{
			Where: key.Currency + " in " + key.Month.String(), Problem: "one row says " + before.String() + ", another " + r.Price.String(),
		})
	}
	s.rates[key] = r.Price
	return nil
}

// Bad is rate.Sink's.
func (s *exchangeSink) Bad(q *rate.Quarantined) error {
	where, problem, _ := strings.Cut(q.Detail, ": ")
	s.places = append(s.places, fault.Place{Where: where, Problem: problem})
	return nil
}

// exchangeQuestion asks the fx list for the rate of a month. Whatever day's knowledge of prices counts, the rate of a month is what is known
// of it at last, unless one day's knowledge is to count for all.
func exchangeQuestion(key ExchangeKey, k bill.Knowledge) bill.RateQuestion {
	return bill.RateQuestion{
		PriceList: fxrates.PriceList, Currency: string(fxrates.Currency), MeterID: key.Currency, SKUID: key.Currency, Type: fxrates.Type,
		At: key.Month.Start(), KnownAt: k.At,
	}
}

// exchanged returns what an answer says of a month. A list answers with the last rate it has, which must not stand in for that of a month.
func exchanged(s bill.Scale, month effective.Month) (money.Decimal, bool) {
	rates := s.Rates()
	if len(rates) != 1 || !rates[0].From.Equal(month.Start()) {
		return money.Decimal{}, false
	}
	return rates[0].Price, true
}

// exchanger knows exchange rates: from the file, else from what was asked.
type exchanger struct {
	options *Options
	rates   *answers[bill.RateQuestion, bill.Scale]
}

// converted is a line whose price may be in another currency than its charge.
type converted interface {
	Currencies() []string
	Month() effective.Month
}

// exchanges adds the questions for the exchange rates that a line needs, of its month or others around it.
func (e *exchanger) exchanges(to []bill.RateQuestion, line converted, months ...int) []bill.RateQuestion {
	if e.options.Exchange != nil {
		return to
	}
	for _, currency := range line.Currencies() {
		for _, n := range months {
			to = append(to, exchangeQuestion(ExchangeKey{currency, line.Month().Add(n)}, e.options.Policy.Knowledge))
		}
	}
	return to
}

// exchange is bill.Exchange.
func (e *exchanger) exchange(currency string, month effective.Month) (money.Decimal, bool) {
	key := ExchangeKey{currency, month}
	if e.options.Exchange != nil {
		d, ok := e.options.Exchange[key]
		return d, ok
	}
	return exchanged(e.rates.get(exchangeQuestion(key, e.options.Policy.Knowledge)), month)
}
