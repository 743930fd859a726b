package bill

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestEveryReasonOfLicences(t *testing.T) {
	year := priced(t, "120", "150")
	year.To = on(t, "2026-03-01")
	known := Knowledge{Then: true}.Of(on(t, "2026-01-15"))
	base := license(t, "Monthly", 3, "", "", "1")
	ask := func(at, knownAt time.Time) PriceQuestion { return base.ask(at, knownAt) }
	any := base.Question(Knowledge{Then: true})
	any.Currency = ""
	euro := priced(t, "99", "130")
	euro.Currency = "EUR"
	volume := priced(t, "60", "150")
	volume.Tier = dec(t, "100")
	other := Prices{priced(t, "132", "150")}
	for name, c := range map[string]struct {
		charged  string
		from, to string
		prices   Prices
		answers  map[PriceQuestion]Prices
		want     Reason
	}{
		"a month":         {"30", "", "", Prices{year}, nil, Match},
		"a whole period":  {"30", "2026-02-15", "2026-03-15", Prices{year}, nil, Match},
		"two periods":     {"60", "2026-02-15", "2026-04-15", Prices{year}, nil, Match},
		"prorated":        {"15", "2026-03-01", "2026-03-15", Prices{year}, nil, Match}, // 14 of the 28 days from 15 February on
		"rounded":         {"10.71", "2026-03-05", "2026-03-15", Prices{year}, nil, Rounding},
		"known later":     {"33", "", "", Prices{year}, map[PriceQuestion]Prices{ask(base.Ordered, time.Time{}): other}, PriceKnownLater},
		"told later":      {"33", "", "", nil, map[PriceQuestion]Prices{ask(base.Ordered, time.Time{}): other}, PriceKnownLater},
		"old":             {"33", "", "", Prices{year}, map[PriceQuestion]Prices{ask(on(t, "2025-11-01").Add(-time.Millisecond), known): other}, OldPrice},
		"believed before": {"33", "", "", Prices{year}, map[PriceQuestion]Prices{ask(base.Ordered, on(t, "2025-10-01").Add(-time.Microsecond)): other}, OldPrice},
		"next":            {"33", "", "", Prices{year}, map[PriceQuestion]Prices{ask(on(t, "2026-03-01"), known): other}, NextPrice},
		"other tier":      {"15", "", "", Prices{volume, year}, nil, OtherTier},
		"whole year":      {"360", "", "", Prices{year}, nil, Instalment},
		"not prorated":    {"30", "2026-03-01", "2026-03-15", Prices{year}, nil, Proration},
		"last day too":    {"15", "2026-03-01", "2026-03-14", Prices{year}, nil, Proration},
		"30 days":         {"14", "2026-03-01", "2026-03-15", Prices{year}, nil, Proration},
		"erp":             {"37.50", "", "", Prices{year}, nil, ERPPrice},
		"currency":        {"24.75", "", "", Prices{year}, map[PriceQuestion]Prices{any: {euro, year}}, WrongCurrency},
		"only in another": {"24.75", "", "", nil, map[PriceQuestion]Prices{any: {euro}}, WrongCurrency},
		"two seats":       {"20", "", "", Prices{year}, nil, WrongQuantity},
		"one seat":        {"10", "", "", Prices{year}, nil, WrongQuantity},
		"five seats":      {"50", "", "", Prices{year}, nil, WrongQuantity},
		"promotion":       {"25.5", "", "", Prices{year}, nil, Unexplained},
		"credit":          {"-30", "", "", Prices{year}, nil, Unexplained},
		"nothing":         {"0", "", "", Prices{year}, nil, Unexplained},
		"no price":        {"30", "", "", nil, nil, MissingPrice},
		"no price for it": {"30", "", "", Prices{euro}, nil, MissingPrice},
	} {
		l := license(t, "Monthly", 3, c.from, c.to, c.charged)
		v := settledLicense(t, l, then(), c.prices, c.answers)
		if v.Reason != c.want {
			t.Errorf("%s: %s (%s), expected %s, want %s", name, v.Reason, v.Note, v.Expected, c.want)
		}
		if v.Reason.Differs() && v.Reason != Unexplained && v.Reason != MissingPrice && v.Note == "" {
			t.Errorf("%s: %s without a note", name, v.Reason)
		}
		if v.Priced && v.Source.List == "" {
			t.Errorf("%s: no source", name)
		}
	}
}

func TestAnOldLicencePriceIsFoundBehindLinesThatSayTheSamePrice(t *testing.T) {
	l := license(t, "Monthly", 3, "", "", "33")
	known := Knowledge{Then: true}.Of(l.Ordered)
	same, old := priced(t, "120", "150"), priced(t, "132", "150")
	same.From, old.From = on(t, "2025-08-01"), on(t, "2025-06-01")
	answers := map[PriceQuestion]Prices{
		l.ask(on(t, "2025-11-01").Add(-justBefore), known): {same}, l.ask(on(t, "2025-08-01").Add(-justBefore), known): {old},
	}
	if v := settledLicense(t, l, then(), Prices{priced(t, "120", "150")}, answers); v.Reason != OldPrice || v.Note == "" {
		t.Errorf("%+v", v)
	}
}

func TestALegacyPriceIsPerMonth(t *testing.T) {
	p := priced(t, "8", "10")
	p.Basis = pricelist.PerMonth
	for _, c := range []struct{ frequency, charged string }{{"", "16"}, {"monthly", "16"}, {"annual", "192"}} {
		l := license(t, "Corporate", 2, "", "", c.charged)
		l.Term, l.Frequency = "1 Month(s)", c.frequency
		if v := settledLicense(t, l, then(), Prices{p}, nil); v.Reason != Match {
			t.Errorf("%q: %s, expected %s", c.frequency, v.Reason, v.Expected)
		}
	}
}

func TestTheTierThatHoldsTheSeatsOrIsNamedPrices(t *testing.T) {
	small, large := priced(t, "120", "150"), priced(t, "60", "75")
	large.Tier = dec(t, "100")
	named := dec(t, "100")
	for _, c := range []struct {
		seats int64
		named bool
		want  string
	}{{99, false, "990"}, {100, false, "500"}, {-100, false, "-500"}, {1, true, "5"}} {
		l := license(t, "Monthly", c.seats, "", "", "1")
		if c.named {
			l.Tier = &named
		}
		v := settledLicense(t, l, then(), Prices{large, small}, nil)
		if v.Expected.String() != c.want {
			t.Errorf("%d seats cost %s, want %s", c.seats, v.Expected, c.want)
		}
	}
}

func TestTermsAreMonths(t *testing.T) {
	for term, want := range map[string]int{
		"P1M": 1, "P1Y": 12, "p3y": 36, "1 Year": 12, "3 Years": 36, "5 years": 60, "36 Months": 36, "1 Month(s)": 1, "1 Year(s)": 12,
		"": 0, "P": 0, "P0M": 0, "PM": 0, "P1D": 0, "Year": 0, "-1 Year": 0, "1.5 Years": 0, "P9999Y": 0, "OneTime": 0,
	} {
		if n, ok := Months(term); n != want || ok != (want > 0) {
			if ok || want > 0 {
				t.Errorf("%q: %d, %v, want %d", term, n, ok, want)
			}
		}
	}
}

func TestTotalsAreByCurrencyKindAndReason(t *testing.T) {
	var totals Totals
	for _, c := range []struct {
		charged, currency string
		v                 Verdict
	}{
		{"10", "USD", Verdict{Kind: UsageKind, Reason: Unexplained, Priced: true, Expected: dec(t, "9"), Difference: dec(t, "1")}},
		{"5", "USD", Verdict{Kind: UsageKind, Reason: Match, Priced: true, Expected: dec(t, "5")}},
		{"1.5", "USD", Verdict{Kind: UsageKind, Reason: Match, Priced: true, Expected: dec(t, "1.5")}},
		{"7", "EUR", Verdict{Kind: LicenseKind, Reason: MissingPrice}},
	} {
		totals.Add(&Charge{Charged: dec(t, c.charged), Currency: c.currency}, &c.v)
	}
	all := totals.All()
	if len(all) != 3 || all[0].Currency != "EUR" || all[0].Priced != 0 || all[1].Reason != Match || all[1].Lines != 2 || all[1].Charged.String() != "6.5" ||
		all[2].Reason != Unexplained || all[2].Difference.String() != "1" {
		t.Errorf("%+v", all)
	}
	if lines, differ := totals.Lines(); lines != 4 || differ != 2 {
		t.Errorf("%d, %d", lines, differ)
	}
}
