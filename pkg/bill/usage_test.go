package bill

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// after checks a line behind others that used so many units in the month.
func after(t *testing.T, units string, u *Usage, s Scale, answers map[RateQuestion]Scale) Verdict {
	t.Helper()
	return settled(t, u, then(), s, &Used{units: dec(t, units).Exact()}, noExchange, answers)
}

func TestTheDocumentedExampleOfGraduatedTiers(t *testing.T) {
	s := tiers(t, "1", "0", "1", "100", "0.8", "100000", "0.5")
	if v := after(t, "0", usage(t, "2026-01-10", "101", "1", "100.80"), s, nil); v.Reason != Match || v.Expected.String() != "100.8" {
		t.Errorf("%+v", v)
	}
}

func TestAQuantityIsConvertedToTheBlocksOfItsMeter(t *testing.T) {
	for _, c := range []struct{ quantity, unit, price, want string }{
		{"25000", "1", "10K", "1.25"},
		{"2.5", "10K", "10K", "1.25"},
		{"2.5", "", "10K", "1.25"},
		{"2.5", " 10k ", "10K", "1.25"},
		{"25", "1K", "10K", "1.25"},
		{"50", "1 Hour", "100 Hours", "0.25"},
		{"0.5", "100 Hours", "100 Hours", "0.25"},
		{"3", "1 GB/Month", "1 GB/Month", "1.5"},
		{"3", "gadgets of 7", "gadgets of 7", "1.5"}, // nobody understands it, but it is the same
		{"1", "1 Hour", "60 Hours", "0.008333333333333333"},
	} {
		v := after(t, "0", usage(t, "2026-01-10", c.quantity, c.unit, "1"), tiers(t, c.price, "0", "0.5"), nil)
		if !v.Priced || v.Expected.String() != c.want {
			t.Errorf("%s of %q at 0.5 for %q is %+v, want %s", c.quantity, c.unit, c.price, v, c.want)
		}
	}
	for _, c := range []struct{ unit, price string }{{"1 GB", "1 Hour"}, {"1 GB", "1 GB/Month"}, {"gadgets", "1 Hour"}, {"1 Hour", "gadgets"}} {
		if v := after(t, "0", usage(t, "2026-01-10", "1", c.unit, "1"), tiers(t, c.price, "0", "0.5"), nil); v.Priced || v.Reason != UnknownUnit || v.Note == "" {
			t.Errorf("%q for %q: %+v", c.unit, c.price, v)
		}
	}
}

func TestEveryReasonOfUsage(t *testing.T) {
	scale := tiers(t, "10 Hours", "0", "10", "5", "8")
	same := Knowledge{Then: true}
	line := func(charged string) *Usage { return usage(t, "2026-01-10", "20", "Hours", charged) } // 20 at the first tier
	later, before := tiers(t, "10 Hours", "0", "9"), tiers(t, "10 Hours", "0", "11")
	scale.rates[0].ValidTo, scale.rates[1].ValidTo = on(t, "2026-03-01"), on(t, "2026-02-01")
	included := NewScale([]Rate{{Price: dec(t, "10"), Included: dec(t, "1"), Unit: "10 Hours"}})
	saving := NewScale([]Rate{{Price: dec(t, "10"), Unit: "10 Hours", Plans: []rate.SavingsPlan{{Term: "1 Year", Price: dec(t, "6")}}}})
	ask := func(at, knownAt time.Time) RateQuestion { return line("0").ask(at, knownAt) }
	known := same.Of(on(t, "2026-01-10"))
	for name, c := range map[string]struct {
		charged string
		used    string
		scale   Scale
		answers map[RateQuestion]Scale
		want    Reason
	}{
		"match":             {"20", "0", scale, nil, Match},
		"rounded":           {"20.00", "0", tiers(t, "10 Hours", "0", "10.002"), nil, Rounding},
		"rounded down":      {"20.000", "0", tiers(t, "10 Hours", "0", "10.002"), nil, RoundedDown},
		"not rounded":       {"20.001", "0", tiers(t, "10 Hours", "0", "10.002"), nil, Unexplained},
		"known later":       {"18", "0", scale, map[RateQuestion]Scale{ask(on(t, "2026-01-10"), time.Time{}): later}, PriceKnownLater},
		"told later":        {"18", "0", Scale{}, map[RateQuestion]Scale{ask(on(t, "2026-01-10"), time.Time{}): later}, PriceKnownLater},
		"old":               {"22", "0", scale, map[RateQuestion]Scale{ask(on(t, "2026-01-01").Add(-time.Millisecond), known): before}, OldPrice},
		"believed before":   {"22", "0", scale, map[RateQuestion]Scale{ask(on(t, "2026-01-10"), on(t, "2026-01-02T12:00:00Z").Add(-time.Microsecond)): before}, OldPrice},
		"next":              {"22", "0", scale, map[RateQuestion]Scale{ask(on(t, "2026-02-01"), known): before}, NextPrice},
		"one tier":          {"16", "0", scale, nil, OtherTier},
		"from zero":         {"46", "35", NewScale([]Rate{{Price: dec(t, "10"), Unit: "1 Hour"}, {Tier: dec(t, "1"), Price: dec(t, "2"), Unit: "1 Hour"}}), nil, Unexplained},
		"tiers from zero":   {"48", "35", NewScale([]Rate{{Price: dec(t, "10"), Unit: "1 Hour"}, {Tier: dec(t, "1"), Price: dec(t, "2"), Unit: "1 Hour"}}), nil, OtherTier},
		"included":          {"20", "0", included, nil, IncludedQuantity},
		"included, applied": {"10", "0", included, nil, Match},
		"units for blocks":  {"200", "0", tiers(t, "10 Hours", "0", "10"), nil, WrongUnit},
		"blocks for units":  {"2", "0", tiers(t, "10 Hours", "0", "10"), nil, WrongUnit},
		"savings plan":      {"12", "0", saving, nil, SavingsPlan},
		"twice":             {"40", "0", tiers(t, "10 Hours", "0", "10"), nil, WrongQuantity},
		"free of charge":    {"0", "0", tiers(t, "10 Hours", "0", "10"), nil, Unexplained},
		"free, in cents":    {"0.00", "0", tiers(t, "10K Hours", "0", "50"), nil, Unexplained}, // a ten-thousandth of it is nothing too, but explains nothing
		"finer than cents":  {"0.05", "0", tiers(t, "20K Hours", "0", "1"), nil, Unexplained},  // fifty times 0.001, and as well 46 or 54 times
		"a credit":          {"-20", "0", tiers(t, "10 Hours", "0", "10"), nil, Unexplained},
		"no price":          {"20", "0", Scale{}, nil, MissingPrice},
		"not for all of it": {"20", "0", tiers(t, "10 Hours", "1", "10"), nil, MissingPrice},
	} {
		v := after(t, c.used, line(c.charged), c.scale, c.answers)
		if v.Reason != c.want {
			t.Errorf("%s: %s (%s), want %s", name, v.Reason, v.Note, c.want)
		}
		if v.Priced && v.Difference != dec(t, "0") == (v.Reason == Match) {
			t.Errorf("%s: a difference of %s is %s", name, v.Difference, v.Reason)
		}
		if v.Reason.Differs() && v.Reason != Unexplained && v.Reason != MissingPrice && v.Note == "" {
			t.Errorf("%s: %s without a note", name, v.Reason)
		}
	}
}

func TestAnOldPriceIsFoundBehindRowsThatOnlyStartAtOtherTimes(t *testing.T) {
	at := func(price, from string) Scale {
		return NewScale([]Rate{{Price: dec(t, price), Unit: "1 Hour", From: on(t, from), KnownAt: on(t, from)}})
	}
	months := []string{"2026-01-01", "2025-12-01", "2025-11-01", "2025-10-01", "2025-09-01", "2025-08-01", "2025-07-01", "2025-06-01"}
	for _, c := range []struct {
		same int // rows with today's price before that with the old one
		want Reason
	}{{0, OldPrice}, {1, OldPrice}, {mostBack, OldPrice}, {mostBack + 1, Unexplained}} {
		u := usage(t, "2026-01-10", "1", "Hours", "7")
		known := Knowledge{Then: true}.Of(u.Date)
		answers := map[RateQuestion]Scale{}
		for i := 1; i < len(months); i++ {
			price := "10"
			if i > c.same {
				price = "7"
			}
			answers[u.ask(on(t, months[i-1]).Add(-justBefore), known)] = at(price, months[i])
		}
		if v := settled(t, u, then(), at("10", months[0]), &Used{}, noExchange, answers); v.Reason != c.want {
			t.Errorf("behind %d rows: %s, want %s", c.same, v.Reason, c.want)
		}
	}
}

func TestAToleranceIsGivenOrHalfOfTheLastDecimal(t *testing.T) {
	scale := tiers(t, "1 Hour", "0", "10.3")
	for _, c := range []struct {
		charged, currency, tolerance string
		want                         Reason
	}{
		{"10.295", "USD", "", Unexplained}, // 0.005 off, written with three decimals
		{"10.3005", "USD", "", Unexplained},
		{"10.30", "USD", "", Match},
		{"10", "JPY", "", Rounding},
		{"10", "USD", "", Unexplained}, // a dollar has cents, written or not
		{"10", "USD", "0.3", Rounding},
		{"10", "USD", "0.29", Unexplained},
		{"10", "JPY", "0", RoundedDown},
		{"11", "JPY", "0", Unexplained},
	} {
		u := usage(t, "2026-01-10", "1", "Hours", c.charged)
		u.Currency, u.PriceCurrency = c.currency, c.currency
		p := then()
		if c.tolerance != "" {
			d := dec(t, c.tolerance)
			p.Tolerance = &d
		}
		if v := settled(t, u, p, scale, &Used{}, noExchange, nil); v.Reason != c.want {
			t.Errorf("%s %s, tolerance %q: %s, want %s", c.charged, c.currency, c.tolerance, v.Reason, c.want)
		}
	}
}

func TestAPriceInAnotherCurrencyIsConvertedByTheRateOfTheMonth(t *testing.T) {
	rates := map[string]string{"EUR 2025-12": "1.25", "EUR 2026-01": "1.6", "EUR 2026-02": "2", "GBP 2026-01": "2"}
	exchange := func(currency string, month effective.Month) (money.Decimal, bool) {
		text, ok := rates[currency+" "+month.String()]
		if !ok {
			return money.Decimal{}, false
		}
		return dec(t, text), true
	}
	for _, c := range []struct {
		date, priceIn, in, charged string
		want                       Reason
		expected, by               string
	}{
		{"2026-01-31", "USD", "EUR", "6.25", Match, "6.25", "0.625"},
		{"2026-01-01", "EUR", "USD", "16", Match, "16", "1.6"},
		{"2026-01-10", "GBP", "EUR", "12.50", Match, "12.5", "1.25"},
		{"2026-01-10", "USD", "EUR", "10.00", WrongCurrency, "6.25", "0.625"},
		{"2026-01-10", "USD", "EUR", "8", WrongExchangeRate, "6.25", "0.625"},
		{"2026-01-10", "USD", "EUR", "5", WrongExchangeRate, "6.25", "0.625"},
		{"2026-03-10", "USD", "EUR", "5", MissingExchangeRate, "0", ""},
		{"2026-01-10", "USD", "CHF", "5", MissingExchangeRate, "0", ""},
	} {
		u := usage(t, c.date, "1", "Hours", c.charged)
		u.PriceCurrency, u.Currency = c.priceIn, c.in
		v := settled(t, u, then(), tiers(t, "1 Hour", "0", "10"), &Used{}, exchange, nil)
		by := ""
		if v.Exchange != nil {
			by = v.Exchange.String()
		}
		if v.Reason != c.want || v.Expected.String() != c.expected || by != c.by {
			t.Errorf("%+v is %s, expected %s, by %s", c, v.Reason, v.Expected, by)
		}
	}
}

func TestAReservationCostsItsTermOnceOrByMonths(t *testing.T) {
	scale := NewScale([]Rate{{Price: dec(t, "3600"), Unit: "1 Hour", From: on(t, "2026-01-01")}})
	for _, c := range []struct {
		quantity, charged string
		billing           Billing
		want              Reason
		expected          string
	}{
		{"1", "3600", Once, Match, "3600"},
		{"2", "7200", Either, Match, "7200"},
		{"1", "100", Monthly, Match, "100"},
		{"2", "200", Either, Match, "200"},
		{"1", "100", Once, Instalment, "3600"},
		{"1", "3600", Monthly, Instalment, "100"},
		{"1", "7200", Once, WrongQuantity, "3600"},
		{"1", "55", Either, Unexplained, "3600"},
	} {
		u := usage(t, "2026-06-10", c.quantity, "", c.charged)
		u.Type, u.Term, u.Billing, u.Bought = rate.Reservation, "3 Years", c.billing, on(t, "2026-01-10")
		q := u.Question(Knowledge{Then: true})
		if !q.At.Equal(u.Bought) || q.KnownAt.Format(time.DateTime) != "2026-01-10 23:59:59" || q.ReservationTerm != "3 Years" {
			t.Errorf("an instalment has the price of the purchase, asked is %+v", q)
		}
		if v := settled(t, u, then(), scale, &Used{}, noExchange, nil); v.Reason != c.want || v.Expected.String() != c.expected || v.Kind != ReservationKind {
			t.Errorf("%+v: %+v", c, v)
		}
	}
}

func TestLinesWithoutAPriceCountForTheTiersOfOthers(t *testing.T) {
	scale := tiers(t, "10 Hours", "0", "10", "1", "1")
	for _, c := range []struct {
		unit string
		want string // of 10 hours behind it
	}{{"1 Hour", "9.1"}, {"10 Hours", "1"}, {"", "1"}} {
		used := Used{}
		if c.unit == "" { // its block is that of the price before
			settled(t, usage(t, "2026-01-01", "0", "Hours", "0"), then(), scale, &used, noExchange, nil)
		}
		settled(t, usage(t, "2026-01-02", "1", c.unit, "0"), then(), Scale{}, &used, noExchange, nil)
		if v := settled(t, usage(t, "2026-01-03", "10", "Hours", "0"), then(), scale, &used, noExchange, nil); v.Expected.String() != c.want {
			t.Errorf("behind 1 of %q without a price 10 hours cost %s, want %s", c.unit, v.Expected, c.want)
		}
	}
}

func TestKnowledgeIsThenUnlessItIsFixed(t *testing.T) {
	at := on(t, "2026-01-10T15:00:00Z")
	if got := (Knowledge{Then: true}).Of(at); !got.Equal(on(t, "2026-01-11").Add(-time.Microsecond)) {
		t.Error(got)
	}
	fixed := Knowledge{At: on(t, "2026-05-01")}
	if got := fixed.Of(at); !got.Equal(fixed.At) {
		t.Error(got)
	}
	if got := (Knowledge{}).Of(at); !got.IsZero() {
		t.Error(got)
	}
	u := usage(t, "2026-01-10", "1", "Hours", "1")
	c, err := u.Check(&Policy{}, tiers(t, "1 Hour", "0", "10"), &Used{}, noExchange)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range c.Questions() {
		if q.At.Equal(u.Date) && q.KnownAt.IsZero() {
			t.Error("nothing is known later than the latest")
		}
	}
}

func TestAnAmountThatNoBillCanMeanIsRefused(t *testing.T) {
	u := usage(t, "2026-01-10", "999999999999", "Hours", "1")
	if c, err := u.Check(then(), tiers(t, "1 Hour", "0", "10"), &Used{}, noExchange); err == nil {
		t.Errorf("%+v", c.Verdict)
	}
}
