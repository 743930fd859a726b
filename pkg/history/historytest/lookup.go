package historytest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// lookupSources: each answer of a lookup names the place of the period that answers, which may be another than that of the row that its
// attributes are of.
func lookupSources(t *testing.T, s Store) {
	id := Meter("sourced")
	renamed := Current(id, "2026-01-01", "", "2", "westeurope", "Renamed")
	rows := history.Rows{RateChanges: []history.RateChange{
		Change(7, id, rate.Added, "2026-01-10", Current(id, "2026-01-01", "", "2", "westeurope", "Storage"), Span("2025-01-01", "2026-01-01", "1"), Span("2026-01-01", "", "2")),
		Change(9, id, rate.Renamed, "2026-01-20", renamed),
		Change(11, id, rate.Restated, "2026-01-30", renamed, Span("2026-03-01", "", "3")),
	}}
	sku := SKU("0002")
	rows.PriceChanges = []history.PriceChange{PriceChange(3, "r1", "2026-11-01", 1, 1, sku, Line(sku, "1", "9"), "2026-12-01", "")}
	rows.PriceChanges[0].Spans = append([]pricelist.Span{{Period: effective.Period{To: Day("2026-12-01")}, Release: "r1"}}, rows.PriceChanges[0].Spans...)
	rows.Releases = []history.Release{Manifest(4, "r1", "2026-11-01", "2026-12-01", 1, 1)}
	Put(t, s, "sourced", rows)
	var got []string
	for _, as := range []history.AsOf{asOf("2025-06-01", "2026-01-15"), asOf("2026-02-01", "2026-01-25"), asOf("2026-04-01", "2026-01-25"), asOf("2026-04-01", "2026-02-01")} {
		for _, a := range must[[][]history.RateAnswer](t)(s.LookupRates(t.Context(), []history.RateLookup{{Identity: id, AllTiers: true, AsOf: as}}))[0] {
			got = append(got, fmt.Sprintf("%s: %v known %s", a.Price, a.Source, a.RowKnownAt.Format("01-02")))
		}
	}
	line := history.PriceLookup{Market: "US", Product: "CFQ7TTC0LH18", SKU: "0002", Term: "P1M", Billing: "Monthly", AsOf: asOf("2026-12-05", "2026-11-02")}
	for _, a := range must[[][]history.PriceAnswer](t)(s.LookupPrices(t.Context(), []history.PriceLookup{line}))[0] {
		got = append(got, fmt.Sprintf("%s: %v", a.UnitPrice, a.Source))
	}
	want := []string{
		"1: {" + Stream + " 7 0} known 01-10", "2: {" + Stream + " 7 1} known 01-20", "2: {" + Stream + " 7 1} known 01-20", "3: {" + Stream + " 11 0} known 01-30",
		"1: {" + PriceStream + " 3 1}",
	}
	if diff := Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// tiered is a meter with three tiers, of which the one in the middle is known later than the others.
func tiered(t *testing.T, s Store) {
	t.Helper()
	var rows history.Rows
	for i, tier := range []string{"0", "51200", "0.5"} {
		id, known := Meter("tiered"), "2026-01-10"
		if id.Tier = Amount(tier); tier == "0.5" {
			known = "2026-01-20"
		}
		row := Current(id, "2026-01-01", "", fmt.Sprint(3-i), "westeurope", "Storage")
		row.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: Amount("0.25")}}
		row.IncludedQuantity = Amount("5")
		rows.RateChanges = append(rows.RateChanges, Change(uint64(i+1), id, rate.Added, known, row, Span("2026-01-01", "", fmt.Sprint(3-i))))
	}
	Put(t, s, "tiered", rows)
}

func lookupTiers(t *testing.T, s Store) {
	tiered(t, s)
	one, all, other := Meter("tiered"), Meter("tiered"), Meter("other")
	one.Tier, all.Tier = Amount("0.50"), Amount("7")
	lines := []history.RateLookup{
		{Identity: all, AllTiers: true, AsOf: asOf("2026-02-01", "2026-02-01")},
		{Identity: one, AsOf: asOf("2026-02-01", "2026-02-01")},
		{Identity: other, AsOf: asOf("2026-02-01", "2026-02-01")},
		{Identity: all, AllTiers: true, AsOf: asOf("2026-02-01", "2026-01-15")},
		{Identity: one, AsOf: asOf("2026-02-01", "2026-01-15")},
		{Identity: all, AsOf: asOf("2026-02-01", "2026-02-01")},
		{Identity: other, AllTiers: true, AsOf: asOf("2026-02-01", "2026-02-01")},
		{Identity: all, AllTiers: true, AsOf: asOf("2025-12-31", "2026-02-01")},
	}
	answers := must[[][]history.RateAnswer](t)(s.LookupRates(t.Context(), lines))
	var got []string
	for _, of := range answers {
		var prices []string
		for _, a := range of {
			prices = append(prices, a.Identity.Tier.String()+" at "+a.Price.String()+" "+a.Attributes.ServiceName+" "+a.IncludedQuantity.String()+fmt.Sprint(len(a.SavingsPlans)))
		}
		got = append(got, strings.Join(prices, ", "))
	}
	want := []string{"0 at 3 Storage 51, 0.5 at 1 Storage 51, 51200 at 2 Storage 51", "0.5 at 1 Storage 51", "", "0 at 3 Storage 51, 51200 at 2 Storage 51", "", "", "", ""}
	if diff := Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none := must[[][]history.RateAnswer](t)(s.LookupRates(t.Context(), nil)); len(none) != 0 {
		t.Errorf("no line: %v", none)
	}
}

// lookupEnds: an answer ends where the price becomes another, and neither where something is told that is the same, nor where something was told
// that was taken back before it held.
func lookupEnds(t *testing.T, s Store) {
	id, until := Meter("ends"), history.RateLookup{Identity: Meter("ends")}
	same := Span("2026-02-01", "2026-02-10", "1")
	same.Start = Day("2026-01-01")
	Put(t, s, "ends", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2026-01-01", Current(id, "2026-01-01", "", "1", "westeurope", "Storage"), Span("2026-01-01", "", "1")),
		Change(2, id, rate.Restated, "2026-01-02", nil, Span("2026-01-20", "2026-01-25", "5")),
		Change(3, id, rate.Restated, "2026-01-03", nil, Span("2026-01-01", "", "1")),
		Change(4, id, rate.Restated, "2026-01-04", nil, same, Span("2026-03-01", "", "3")),
		Change(5, id, rate.Restated, "2026-01-05", nil, Span("2026-04-01", "", "4")),
	}})
	var lines []history.RateLookup
	for _, as := range []history.AsOf{asOf("2026-01-15", "2026-01-02"), asOf("2026-01-15", "2026-01-03"), asOf("2026-01-15", "2026-01-05"), asOf("2026-02-20", "2026-01-05"), asOf("2026-05-01", "2026-01-05")} {
		until.AsOf = as
		lines = append(lines, until)
	}
	ends := func(lines []history.RateLookup) (told []string) {
		for _, of := range must[[][]history.RateAnswer](t)(s.LookupRates(t.Context(), lines)) {
			for _, a := range of {
				told = append(told, a.Price.String()+" until "+day(a.ValidTo))
			}
		}
		return told
	}
	want := []string{"1 until 01-20", "1 until 01-01", "1 until 03-01", "1 until 03-01", "4 until 01-01"} // 01-01: it does not end
	if diff := Diff(want, ends(lines)); diff != "" {
		t.Errorf("together: %s", diff)
	}
	var alone []string
	for i := range lines {
		alone = append(alone, ends(lines[i:i+1])...)
	}
	if diff := Diff(want, alone); diff != "" {
		t.Errorf("each alone: %s", diff)
	}
}

func lookupPrices(t *testing.T, s Store) {
	var rows history.Rows
	for i, currency := range []string{"USD", "EUR"} {
		for j, tier := range []string{"0", "300"} {
			id, n := SKU("0001"), i*2+j+1
			id.Currency, id.Tier = currency, Amount(tier)
			rows.PriceChanges = append(rows.PriceChanges, PriceChange(uint64(n), "r1", "2026-11-01", n, 4, id, Line(id, fmt.Sprint(n), "9"), "2026-12-01", ""))
		}
	}
	rows.Releases = []history.Release{Manifest(9, "r1", "2026-11-01", "2026-12-01", 1, 4)}
	Put(t, s, "r1", rows)
	tier := Amount("300")
	line := history.PriceLookup{Market: "US", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly", AsOf: asOf("2026-12-05", "2026-11-02")}
	dollars, high, early, elsewhere, before := line, line, line, line, line
	dollars.Currency, high.Tier, early.KnownAt, elsewhere.Market, before.At = "USD", &tier, Day("2026-10-31"), "DE", Day("2026-11-30")
	both := high
	both.Currency = "EUR"
	answers := must[[][]history.PriceAnswer](t)(s.LookupPrices(t.Context(), []history.PriceLookup{line, dollars, high, early, elsewhere, before, both, line}))
	var got []string
	for _, of := range answers {
		var prices []string
		for _, a := range of {
			prices = append(prices, a.Identity.Currency+" "+a.Identity.Tier.String()+" "+a.UnitPrice.String()+" "+a.InForce)
		}
		got = append(got, strings.Join(prices, ", "))
	}
	whole := "EUR 0 3 r1, EUR 300 4 r1, USD 0 1 r1, USD 300 2 r1"
	if diff := Diff([]string{whole, "USD 0 1 r1, USD 300 2 r1", "EUR 300 4 r1, USD 300 2 r1", "", "", "", "EUR 300 4 r1", whole}, got); diff != "" {
		t.Error(diff)
	}
}

func wrongLookups(t *testing.T, s Store) {
	_, err := s.LookupRates(t.Context(), []history.RateLookup{{Identity: Meter("m"), AsOf: asOf("2026-01-01", "2026-01-01")}, {Identity: Meter(""), AsOf: asOf("2026-01-01", "")}})
	if diff := Diff([]string{"items[1].meter_id", "items[1].known_at"}, whereOf(err)); diff != "" || !fault.Is(err, fault.Invalid) {
		t.Error(err, diff)
	}
	_, err = s.LookupPrices(t.Context(), make([]history.PriceLookup, 40))
	if places := whereOf(err); len(places) != 100 || places[0] != "items[0].market" || places[99] != "items[14].product" {
		t.Errorf("%d places: %v", len(places), places)
	}
	if _, err = s.LookupRates(t.Context(), make([]history.RateLookup, history.MaxLookup+1)); len(whereOf(err)) != 100 || whereOf(err)[0] != "items" {
		t.Error("too many lines are not refused")
	}
	if _, err = s.LookupPrices(t.Context(), make([]history.PriceLookup, history.MaxLookup+1)); len(whereOf(err)) != 100 || whereOf(err)[0] != "items" {
		t.Error("too many lines are not refused")
	}
}

func whereOf(err error) []string {
	var names []string
	for _, p := range fault.PlacesOf(err) {
		names = append(names, p.Where)
	}
	return names
}

// randomRateLines are lines of every kind for the rates that RandomRates tells of.
func randomRateLines(r *rand.Rand, kind string, n int) []history.RateLookup {
	lines := make([]history.RateLookup, n)
	same := gridDay(r.IntN(gridDays))
	for i := range lines {
		id := Meter(fmt.Sprint("meter-", r.IntN(6)))
		id.Type = kind
		lines[i] = history.RateLookup{Identity: id, AllTiers: r.IntN(3) == 0, AsOf: history.AsOf{At: gridDay(r.IntN(gridDays + 1)), KnownAt: gridDay(r.IntN(gridDays))}}
		if n%2 == 0 {
			lines[i].KnownAt = same
		}
	}
	return lines
}

func randomLookups(t *testing.T, s Store) {
	model := &memory.Store{}
	for seed := range uint64(2) {
		kind := fmt.Sprint("seed-", seed)
		markets := []string{"AX", "MX"}[:seed+1]
		rows, market := ofType(RandomRates(seed), kind, seed*1000), markets[seed]
		for i := range rows.RateChanges {
			if c := &rows.RateChanges[i]; i%3 == 0 {
				c.Identity.Tier = money.Int(int64(i % 2 * 5))
				c.Key = c.Identity.Key()
			}
		}
		prices := inMarket(RandomPrices(seed), market, seed*1000)
		for _, store := range []Store{s, model} {
			Put(t, store, kind, rows)
			Put(t, store, market, prices)
		}
		r := rand.New(rand.NewPCG(seed, 9))
		for n := range 40 {
			compare(t, kind, model.LookupRates, s.LookupRates, randomRateLines(r, kind, 1+n%8))
		}
		for n := range 8 {
			compare(t, kind, model.LookupRates, s.LookupRates, randomRateLines(r, kind, 30+n))
			lines := make([]history.PriceLookup, 30)
			for i := range lines {
				id := SKU(fmt.Sprint(r.IntN(5)))
				lines[i] = history.PriceLookup{
					Market: markets[r.IntN(len(markets))], Product: id.Product, SKU: id.SKU, Term: id.Term, Billing: id.Billing,
					AsOf: history.AsOf{At: gridDay(r.IntN(gridDays + 1)), KnownAt: gridDay(r.IntN(gridDays))},
				}
			}
			compare(t, market, model.LookupPrices, s.LookupPrices, lines)
		}
	}
}

// ofType gives rates a type of their own and places of their own, so that several histories fit into one store.
func ofType(rows history.Rows, kind string, offset uint64) history.Rows {
	for i := range rows.RateChanges {
		c := &rows.RateChanges[i]
		c.Identity.Type = kind
		c.Key, c.Sequence = c.Identity.Key(), c.Sequence+offset
	}
	return rows
}
