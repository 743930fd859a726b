package bill

import (
	"math/big"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

type failer interface{ Fatal(args ...any) }

func dec(t failer, s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(s, err)
	}
	return d
}

func on(t failer, s string) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC()
		}
	}
	t.Fatal("no time: " + s)
	return time.Time{}
}

// rational is a decimal for the models, which know no decimals.
func rational(d money.Decimal) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

// rounded is a rational rounded half away from zero to 18 decimals.
func rounded(t failer, r *big.Rat) money.Decimal { return dec(t, r.FloatString(money.Scale)) }

// noExchange knows no exchange rate.
func noExchange(string, effective.Month) (money.Decimal, bool) { return money.Decimal{}, false }

// usage is a line that others differ from.
func usage(t failer, date, quantity, unit, charged string) *Usage {
	d := dec(t, charged)
	return &Usage{
		Charge: Charge{Row: 2, Scope: "sub-1", Charged: d, Places: places(charged), Currency: "USD"}, Date: on(t, date), PriceList: "retail", Meter: "m-1", SKU: "P/0001",
		Type: "Consumption", PriceCurrency: "USD", Quantity: dec(t, quantity), Unit: unit,
	}
}

func places(s string) int {
	for i := range s {
		if s[i] == '.' {
			return len(s) - i - 1
		}
	}
	return 0
}

// tiers makes a scale of minimum and price in turn.
func tiers(t failer, unit string, pairs ...string) Scale {
	var s []Rate
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, Rate{Tier: dec(t, pairs[i]), Price: dec(t, pairs[i+1]), Unit: unit, From: on(t, "2026-01-01"), KnownAt: on(t, "2026-01-02T12:00:00Z")})
	}
	return NewScale(s)
}

// then is the policy that the command has by default.
func then() *Policy { return &Policy{Knowledge: Knowledge{Then: true}} }

// settled checks a usage line and explains it from the answers to its questions.
func settled(t *testing.T, u *Usage, p *Policy, s Scale, used *Used, exchange Exchange, answers map[RateQuestion]Scale) Verdict {
	t.Helper()
	c, err := u.Check(p, s, used, exchange)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[RateQuestion]bool{}
	for more := true; more; {
		for _, q := range c.Questions() {
			asked[q] = true
		}
		more = c.Explain(func(q RateQuestion) Scale {
			if !asked[q] {
				t.Errorf("%+v is needed and was not asked for", q)
			}
			return answers[q]
		})
	}
	return c.Verdict
}

// license is a line that others differ from.
func license(t failer, plan string, seats int64, from, to, charged string) *License {
	l := &License{
		Charge: Charge{Row: 2, Scope: "sub-1", Charged: dec(t, charged), Places: places(charged), Currency: "USD"}, Market: "US", Product: "CFQ7TTC0LH18", SKU: "0001",
		Term: "P1Y", Plan: plan, Seats: seats, Ordered: on(t, "2026-01-15T09:30:00Z"),
	}
	if from != "" {
		l.From, l.To = on(t, from), on(t, to)
	}
	return l
}

func priced(t failer, unit, erp string) Price {
	return Price{
		Currency: "USD", Unit: dec(t, unit), ERP: dec(t, erp), Basis: pricelist.PerTerm, Starts: on(t, "2025-11-01"), From: on(t, "2025-11-01"),
		KnownAt: on(t, "2025-10-01"), Release: "license-us-2025-11-r1",
	}
}

// settledLicense is settled for licences.
func settledLicense(t *testing.T, l *License, p *Policy, prices Prices, answers map[PriceQuestion]Prices) Verdict {
	t.Helper()
	c, err := l.Check(p, prices, dollars(t))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[PriceQuestion]bool{}
	for more := true; more; {
		for _, q := range c.Questions() {
			asked[q] = true
		}
		more = c.Explain(func(q PriceQuestion) Prices {
			if !asked[q] {
				t.Errorf("%+v is needed and was not asked for", q)
			}
			return answers[q]
		})
	}
	return c.Verdict
}

// dollars are what a euro and a yen are worth: a euro 1.25, in February 1.20, and nobody knows in April.
func dollars(t failer) Exchange {
	return func(currency string, month effective.Month) (money.Decimal, bool) {
		switch {
		case month.Month == time.April:
			return money.Decimal{}, false
		case currency == "EUR" && month.Month == time.February:
			return dec(t, "1.20"), true
		}
		return map[string]money.Decimal{"EUR": dec(t, "1.25"), "JPY": dec(t, "0.008")}[currency], true
	}
}
