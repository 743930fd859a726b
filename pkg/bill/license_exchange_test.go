package bill

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestALicenceIsConvertedByTheRateOfTheMonthInWhichItsChargeBegins(t *testing.T) {
	euro := priced(t, "99", "130")
	euro.Currency = "EUR"
	for name, c := range map[string]struct {
		price, charged, currency, from, to string
		want                               Reason
		note                               string
	}{
		"of the order":     {"120", "24.00", "EUR", "", "", Match, ""},
		"of the charge":    {"120", "25.00", "EUR", "2026-02-15", "2026-03-15", Match, ""},
		"prorated":         {"120", "12.00", "EUR", "2026-03-01", "2026-03-15", Match, ""},
		"no cents":         {"120", "3750", "JPY", "", "", Match, ""},
		"not known":        {"120", "24.00", "EUR", "2026-04-15", "2026-05-15", MissingExchangeRate, "USD to EUR in 2026-04"},
		"rounded down":     {"100", "19.98", "EUR", "", "", RoundedDown, "the price of a seat is rounded down as Partner Center does it"}, // 6.66 a seat
		"the month before": {"120", "24.00", "EUR", "2026-02-15", "2026-03-15", WrongExchangeRate, "by the rate of 2026-01"},
		"not converted":    {"120", "30.00", "EUR", "", "", WrongCurrency, "right in USD"},
		"priced in euros":  {"120", "24.75", "EUR", "", "", WrongCurrency, "right in EUR"},
		"two seats":        {"120", "16.00", "EUR", "", "", WrongQuantity, "2 seats"},
		"the whole year":   {"120", "288.00", "EUR", "", "", Instalment, "12 months instead of 1"},
		"a promotion":      {"120", "17.11", "EUR", "", "", Unexplained, ""},
	} {
		l := license(t, "Monthly", 3, c.from, c.to, c.charged)
		l.Currency, l.PriceCurrency = c.currency, "USD"
		any := l.Question(Knowledge{Then: true})
		any.Currency = ""
		prices := Prices{priced(t, c.price, "400")}
		v := settledLicense(t, l, then(), prices, map[PriceQuestion]Prices{any: append(prices, euro)})
		if v.Reason != c.want || v.Note != c.note {
			t.Errorf("%s: %s (%s), expected %s, want %s (%s)", name, v.Reason, v.Note, v.Expected, c.want, c.note)
		}
		if v.Priced != (v.Exchange != nil) || v.Priced && v.Source.Currency != "USD" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestALicenceInTheCurrencyOfItsPriceAsksForNoExchangeRate(t *testing.T) {
	for _, currency := range []string{"", "USD"} {
		l := license(t, "Monthly", 3, "", "", "30")
		l.PriceCurrency = currency
		c, err := l.Check(then(), Prices{priced(t, "120", "150")}, func(string, effective.Month) (money.Decimal, bool) {
			t.Error("it is asked for")
			return money.Decimal{}, false
		})
		if err != nil || c.Verdict.Reason != Match || c.Verdict.Exchange != nil || len(l.Currencies()) > 0 {
			t.Errorf("%q: %+v, %v", currency, c.Verdict, err)
		}
	}
}

func TestSeatsAreConvertedBeforeTheyAreRoundedDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := money.FromUnscaled(0, rapid.Uint64Range(1, 1<<60).Draw(t, "price"))
		per := money.FromUnscaled(0, rapid.Uint64Range(1<<50, 1<<60).Draw(t, "dollars for a unit"))
		seats := rapid.Int64Range(-999, 999).Draw(t, "seats")
		each := new(big.Rat).Quo(new(big.Rat).Quo(rational(price), big.NewRat(12, 1)), rational(per))
		whole := new(big.Rat).Mul(each, big.NewRat(100, 1))
		cents := new(big.Rat).SetFrac(new(big.Int).Quo(whole.Num(), whole.Denom()), big.NewInt(100))
		l := license(t, "Monthly", seats, "", "", new(big.Rat).Mul(cents, big.NewRat(seats, 1)).FloatString(2))
		l.Currency, l.PriceCurrency = "EUR", "USD"
		none := money.Decimal{}
		c, err := l.Check(&Policy{Tolerance: &none}, Prices{{Currency: "USD", Unit: price, Basis: pricelist.PerTerm}}, func(string, effective.Month) (money.Decimal, bool) { return per, true })
		if err != nil || c.Verdict.Reason.Differs() || c.Verdict.Expected != rounded(t, new(big.Rat).Mul(each, big.NewRat(seats, 1))) {
			t.Fatalf("%s: %+v, %v", l.Charged, c.Verdict, err)
		}
	})
}
