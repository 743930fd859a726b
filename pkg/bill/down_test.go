package bill

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestSeatsAreRoundedDownOneByOne(t *testing.T) {
	old := Prices{priced(t, "90", "150")}
	for name, c := range map[string]struct {
		price    string
		seats    int64
		charged  string
		from, to string
		want     Reason
	}{
		"a twelfth":         {"100", 500, "4165.00", "", "", RoundedDown},
		"given back":        {"100", -500, "-4165.00", "", "", RoundedDown},
		"less than a cent":  {"0.05", 500, "0.00", "", "", RoundedDown},
		"nearly":            {"100", 500, "4165.01", "", "", Unexplained},
		"prorated":          {"100", 300, "1248.00", "2026-03-01", "2026-03-15", RoundedDown}, // half of 8.33…: 4.16 a seat
		"exact after all":   {"120", 500, "5000.00", "", "", Match},
		"another number":    {"100", 500, "4156.67", "", "", WrongQuantity},
		"another, down":     {"100", 500, "4156.60", "", "", Unexplained},
		"another, one less": {"100", 500, "4156.67", "", "", WrongQuantity},
		"an old price":      {"100", 500, "3750.00", "", "", OldPrice},
	} {
		l := license(t, "Monthly", c.seats, c.from, c.to, c.charged)
		before := l.ask(on(t, "2025-11-01").Add(-time.Millisecond), Knowledge{Then: true}.Of(l.Ordered))
		v := settledLicense(t, l, then(), Prices{priced(t, c.price, "150")}, map[PriceQuestion]Prices{before: old})
		if v.Reason != c.want {
			t.Errorf("%s: %s (%s), expected %s, want %s", name, v.Reason, v.Note, v.Expected, c.want)
		}
	}
	l := license(t, "Monthly", 500, "", "", "4165.00")
	check, err := l.Check(then(), Prices{priced(t, "100", "150")}, noExchange)
	if err != nil || check.Verdict.Expected != dec(t, "4166.666666666666666667") || check.Verdict.Note == "" || check.Verdict.Reason.Differs() || len(check.Questions()) != 0 {
		t.Errorf("%+v, %v", check.Verdict, err)
	}
}

func TestAnOldPriceExplainsSeatsThatAreRoundedDown(t *testing.T) {
	l := license(t, "Monthly", 500, "", "", "4165.00")
	before := l.ask(on(t, "2025-11-01").Add(-time.Millisecond), Knowledge{Then: true}.Of(l.Ordered))
	v := settledLicense(t, l, then(), Prices{priced(t, "110", "150")}, map[PriceQuestion]Prices{before: {priced(t, "100", "150")}})
	if v.Reason != OldPrice {
		t.Errorf("%s (%s)", v.Reason, v.Note)
	}
	l = license(t, "Monthly", 500, "", "", "4156.67")
	l.Charged = dec(t, "4148.34") // 498 seats at 8.33
	if v := settledLicense(t, l, then(), Prices{priced(t, "100", "150")}, nil); v.Reason != WrongQuantity || v.Note != "498 seats" {
		t.Errorf("%s (%s)", v.Reason, v.Note)
	}
}

func TestUsageIsRoundedDownBeforeItIsConvertedAndBehind(t *testing.T) {
	exchange := func(currency string, _ effective.Month) (money.Decimal, bool) {
		return map[string]money.Decimal{"EUR": dec(t, "1.25"), "JPY": dec(t, "0.008")}[currency], true
	}
	for name, c := range map[string]struct {
		price, quantity, priceIn, currency, charged string
		want                                        Reason
	}{
		"below a cent":           {"0.045", "1.1", "USD", "USD", "0.04", RoundedDown},
		"below all cents":        {"0.009", "1", "USD", "USD", "0.00", RoundedDown},
		"given back":             {"0.045", "-1.1", "USD", "USD", "-0.04", RoundedDown},
		"converted":              {"0.045", "1.1", "USD", "EUR", "0.03", RoundedDown}, // 0.04 x 0.8 is 0.032
		"converted, at first":    {"1.259", "1", "USD", "EUR", "1.00", RoundedDown},   // 1.25 x 0.8 is 1, 1.259 x 0.8 is 1.0072
		"a currency without":     {"0.045", "100", "USD", "JPY", "562", RoundedDown},  // 4.5 / 0.008 is 562.5
		"from a currency withou": {"1.9", "1", "JPY", "EUR", "0.00", RoundedDown},
		"not converted":          {"0.045", "1.1", "USD", "EUR", "0.04", WrongCurrency},
		"up":                     {"0.045", "1.1", "USD", "USD", "0.06", Unexplained},
	} {
		u := usage(t, "2026-01-10", c.quantity, "Hours", c.charged)
		u.PriceCurrency, u.Currency = c.priceIn, c.currency
		p, none := then(), dec(t, "0")
		p.Tolerance = &none
		if v := settled(t, u, p, tiers(t, "1 Hour", "0", c.price), &Used{}, exchange, nil); v.Reason != c.want {
			t.Errorf("%s: %s (%s), expected %s, want %s", name, v.Reason, v.Note, v.Expected, c.want)
		}
	}
}

func TestAnOldPriceExplainsUsageThatIsRoundedDown(t *testing.T) {
	u := usage(t, "2026-01-10", "1.1", "Hours", "0.04")
	before := u.ask(on(t, "2026-01-01").Add(-time.Millisecond), Knowledge{Then: true}.Of(u.Date))
	v := settled(t, u, then(), tiers(t, "1 Hour", "0", "0.095"), &Used{}, noExchange, map[RateQuestion]Scale{before: tiers(t, "1 Hour", "0", "0.045")})
	if v.Reason != OldPrice {
		t.Errorf("%s (%s)", v.Reason, v.Note)
	}
	u.Charged = dec(t, "0")
	v = settled(t, u, then(), tiers(t, "1 Hour", "0", "0.095"), &Used{}, noExchange, map[RateQuestion]Scale{before: tiers(t, "1 Hour", "0", "0.001")})
	if v.Reason != Unexplained {
		t.Errorf("nothing is explained by what is cut off to nothing: %s (%s)", v.Reason, v.Note)
	}
}

func TestAnInstalmentOfReservationsIsRoundedDownOneByOne(t *testing.T) {
	u := usage(t, "2026-01-10", "50", "", "416.50")
	u.Type, u.Term = "Reservation", "1 Year"
	if v := settled(t, u, then(), tiers(t, "1 Hour", "0", "100"), &Used{}, noExchange, nil); v.Reason != RoundedDown {
		t.Errorf("%s (%s), expected %s", v.Reason, v.Note, v.Expected)
	}
}

// TestWhatPartnerCenterWouldChargeNeverDiffers counts in whole cents, as its formulas do.
func TestWhatPartnerCenterWouldChargeNeverDiffers(t *testing.T) {
	cents := func(r *big.Rat) *big.Rat { // ROUNDDOWN(r, 2)
		hundred := new(big.Rat).Mul(r, big.NewRat(100, 1))
		return new(big.Rat).SetFrac(new(big.Int).Quo(hundred.Num(), hundred.Denom()), big.NewInt(100))
	}
	rapid.Check(t, func(t *rapid.T) {
		price := money.FromUnscaled(0, rapid.Uint64Range(1, 1<<60).Draw(t, "price"))
		quantity := money.Int(rapid.Int64Range(-999, 999).Draw(t, "quantity"))
		per := money.FromUnscaled(0, rapid.Uint64Range(1<<50, 1<<60).Draw(t, "dollars for a unit"))
		charged := cents(new(big.Rat).Quo(cents(new(big.Rat).Mul(rational(price), rational(quantity))), rational(per)))
		u := usage(t, "2026-01-10", quantity.String(), "Hours", charged.FloatString(2))
		u.Currency = "EUR"
		none := money.Decimal{}
		c, err := u.Check(&Policy{Tolerance: &none}, NewScale([]Rate{{Price: price, Unit: "1 Hour"}}), &Used{}, func(string, effective.Month) (money.Decimal, bool) { return per, true })
		if err != nil || c.Verdict.Reason.Differs() {
			t.Fatalf("%s: %+v, %v", charged.FloatString(2), c.Verdict, err)
		}
		seats := rapid.Int64Range(-999, 999).Draw(t, "seats")
		each := cents(new(big.Rat).Quo(rational(price), big.NewRat(12, 1)))
		l := license(t, "Monthly", seats, "", "", each.Mul(each, big.NewRat(seats, 1)).FloatString(2))
		of, err := l.Check(&Policy{Tolerance: &none}, Prices{{Currency: "USD", Unit: price, Basis: pricelist.PerTerm}}, noExchange)
		if err != nil || of.Verdict.Reason.Differs() {
			t.Fatalf("%s: %+v, %v", l.Charged, of.Verdict, err)
		}
	})
}

func TestTheBillingPlanOfATermSaysHowOftenItPaysWhateverTheFrequency(t *testing.T) {
	for _, c := range []struct {
		plan, frequency string
		basis           pricelist.Basis
		charged         string
	}{
		{"Monthly", "annual", pricelist.PerTerm, "10"},
		{"Annual", "monthly", pricelist.PerTerm, "120"},
		{"OneTime", "monthly", pricelist.PerTerm, "120"},
		{"None", "monthly", pricelist.PerTerm, "10"},
		{"None", "", pricelist.PerTerm, "120"},
		{"None", "one-time", pricelist.PerTerm, "120"},
		{"Corporate", "onetime", pricelist.PerMonth, "1440"},
		{"Corporate", "none", pricelist.PerMonth, "1440"},
		{"Corporate", "Quarterly", pricelist.PerMonth, "360"},
		{"Corporate", "", pricelist.PerMonth, "120"},
	} {
		l := license(t, c.plan, 1, "", "", c.charged)
		l.Frequency = c.frequency
		p := priced(t, "120", "150")
		p.Basis = c.basis
		if v := settledLicense(t, l, then(), Prices{p}, nil); v.Reason != Match {
			t.Errorf("%+v: %s, expected %s", c, v.Reason, v.Expected)
		}
	}
}

func TestAVerdictNamesThePlacesOfAllTiersThatPriceALine(t *testing.T) {
	scale := tiers(t, "1 Hour", "0", "10", "5", "8", "20", "6")
	for i := range scale.rates {
		scale.rates[i].Place = Place{"RATES_USD@1", uint64(i + 1), 0}
	}
	for _, c := range []struct {
		used, quantity string
		want           []uint64
	}{{"0", "5", []uint64{1}}, {"0", "6", []uint64{1, 2}}, {"3", "30", []uint64{1, 2, 3}}, {"5", "1", []uint64{2}}, {"6", "-2", []uint64{1, 2}}, {"30", "0", []uint64{3}}, {"0", "-4", []uint64{1}}, {"2", "-9", []uint64{1}}} {
		v := after(t, c.used, usage(t, "2026-01-10", c.quantity, "Hours", "1"), scale, nil)
		var got []uint64
		for _, p := range v.Source.Places {
			got = append(got, p.Sequence)
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
			t.Errorf("%s behind %s: %v, want %v", c.quantity, c.used, got, c.want)
		}
	}
}

func TestARowThatBecameKnownAfterTheDayOfUsageIsNoted(t *testing.T) {
	const said = "unit and included quantity are of a row known since 2026-01-11"
	for known, want := range map[string]string{"2026-01-10T23:59:59Z": "", "2026-01-11": said} {
		scale := NewScale([]Rate{{Price: dec(t, "10"), Unit: "1 Hour", RowKnownAt: on(t, known)}})
		for charged, note := range map[string]string{"20": want, "40": "2 times", "7": want} {
			if charged == "40" && want != "" {
				note += "; " + want
			}
			if v := after(t, "0", usage(t, "2026-01-10", "2", "Hours", charged), scale, nil); v.Note != note {
				t.Errorf("%s, %s: %q, want %q", known, charged, v.Note, note)
			}
		}
		if v := after(t, "0", usage(t, "2026-01-10", "2", "GB", "1"), scale, nil); v.Reason != UnknownUnit || v.Note != joined("the price is for 1 Hour", want) {
			t.Errorf("%s: %q", known, v.Note)
		}
	}
}
