package historytest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/rate"
)

// gathered makes a question that answers one by one answer with a list.
func gathered[Q, T any](ask func(context.Context, Q) iter.Seq2[T, error]) func(context.Context, Q) ([]T, error) {
	return func(ctx context.Context, q Q) ([]T, error) {
		var all []T
		for one, err := range ask(ctx, q) {
			if err != nil {
				return all, err
			}
			all = append(all, one)
		}
		return all, nil
	}
}

// corrected is a rate that costs 2 from January and 3 from February on, which is mended on 20 February to 2.5 from 10 February on and retired from
// March on; and another one that comes with it, in another region.
func corrected(t *testing.T, s Store) {
	t.Helper()
	id, other := Meter("mended"), Meter("other")
	row := func(id rate.Identity, price, region string) *rate.Row {
		return Current(id, "2026-01-01", "", price, region, "Storage")
	}
	Put(t, s, "corrected", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2026-01-05", row(id, "2", "westeurope"), Span("2026-01-01", "", "2")),
		Change(2, id, rate.PriceChanged, "2026-02-02", row(id, "3", "westeurope"), Span("2026-02-01", "", "3")),
		Change(3, id, rate.PriceChanged, "2026-02-20", row(id, "2.5", "westeurope"), Span("2026-02-10", "", "2.5")),
		Change(4, other, rate.Added, "2026-02-20", row(other, "7", "northeurope"), Span("2026-02-15", "", "7")),
		Change(5, id, rate.Retired, "2026-03-03", nil, Span("2026-03-01", "", "")),
		Change(6, other, rate.Renamed, "2026-03-03", row(other, "7", "westeurope")),
	}})
}

func shortRate(a *history.RateAnswer) string {
	if a == nil {
		return "none"
	}
	return a.Price.String() + " " + a.Attributes.ARMRegionName
}

func rateDiff(t *testing.T, s Store) {
	corrected(t, s)
	for _, c := range []struct {
		from, to history.AsOf
		filter   history.RateFilter
		want     string
	}{
		{asOf("2026-01-10", "2026-02-10"), asOf("2026-02-16", "2026-02-10"), history.RateFilter{}, "mended price_changed: 2 westeurope to 3 westeurope"},
		{asOf("2026-02-16", "2026-02-10"), asOf("2026-02-16", "2026-02-25"), history.RateFilter{}, "mended price_changed: 3 westeurope to 2.5 westeurope; other added: none to 7 northeurope"},
		{asOf("2026-02-16", "2026-02-25"), asOf("2026-03-16", "2026-03-25"), history.RateFilter{}, "mended removed: 2.5 westeurope to none; other changed: 7 northeurope to 7 westeurope"},
		{asOf("2026-02-16", "2026-02-25"), asOf("2026-03-16", "2026-03-25"), history.RateFilter{Region: "westeurope"}, "mended removed: 2.5 westeurope to none; other added: none to 7 westeurope"},
		{asOf("2026-02-16", "2026-02-25"), asOf("2026-03-16", "2026-03-25"), history.RateFilter{MeterID: "other", Currency: "USD", Region: "northeurope"}, "other removed: 7 northeurope to none"},
		{asOf("2026-02-16", "2026-02-25"), asOf("2026-03-16", "2026-03-25"), history.RateFilter{Meters: []string{"none", "OTHER"}}, "other changed: 7 northeurope to 7 westeurope"},
		{asOf("2026-03-16", "2026-03-25"), asOf("2026-04-16", "2026-03-25"), history.RateFilter{}, ""},
	} {
		q := history.RateDiff{RateFilter: c.filter, From: c.from, To: c.to}
		found := must[[]history.RateDifference](t)(gathered(s.DiffRates)(t.Context(), q))
		lines := map[string]string{}
		for _, d := range found {
			lines[d.Identity.MeterID] = fmt.Sprintf("%s %s: %s to %s", d.Identity.MeterID, d.Change, shortRate(d.Before), shortRate(d.After))
		}
		var got []string
		for _, meter := range []string{"mended", "other"} {
			if line, ok := lines[meter]; ok {
				got = append(got, line)
			}
		}
		if text := strings.Join(got, "; "); text != c.want || len(found) != len(got) {
			t.Errorf("%+v: %q, want %q", q, text, c.want)
		}
		for i := range found {
			q.Cursor = history.RateCursor(found[i].Identity)
			behind := must[[]history.RateDifference](t)(gathered(s.DiffRates)(t.Context(), q))
			if diff := Diff(found[i+1:], behind); diff != "" {
				t.Errorf("behind %s: %s", found[i].Identity.MeterID, diff)
			}
		}
	}
	for range s.DiffRates(t.Context(), history.RateDiff{From: asOf("2026-02-16", "2026-02-10"), To: asOf("2026-02-16", "2026-02-25")}) {
		break // nobody wants more
	}
	movers := must[[]history.RateMover](t)(history.MoveRates(t.Context(), s, history.RateMovers{From: asOf("2026-01-10", "2026-02-25"), To: asOf("2026-02-16", "2026-02-25")}))
	if len(movers) != 1 || movers[0].Amount.String() != "0.5" || movers[0].Percent.String() != "25" {
		t.Errorf("movers: %+v", movers)
	}
}

func day(at time.Time) string { return at.Format("01-02") }

func restatements(t *testing.T, s Store) {
	corrected(t, s)
	saying := func(w history.RateSaying) string {
		if w.None {
			return "none"
		}
		return w.Price.String()
	}
	for _, c := range []struct{ said, known, want string }{
		{"", "2026-02-25", "mended 01-01 to 01-05: none, 2; mended 02-01 to 02-02: 2, 3; mended 02-10 to 02-20: 3, 2.5; other 02-15 to 02-20: none, 7"},
		{"2026-02-10", "2026-02-25", "mended 02-10 to 03-10: 3, 2.5; other 02-15 to 03-10: none, 7"},
		{"2026-02-25", "2026-02-25", ""},
		{"", "2026-03-25", "mended 01-01 to 01-05: none, 2; mended 02-01 to 02-02: 2, 3; mended 02-10 to 02-20: 3, 2.5; mended 03-01 to 03-03: 2.5, none; other 02-15 to 02-20: none, 7"},
	} {
		q := history.RateRestatements{From: Day("2025-12-01"), To: Day("2026-03-10"), KnownAt: Day(c.known)}
		if c.said != "" {
			q.SaidAt = Day(c.said)
		}
		found := must[[]history.RateRestatement](t)(gathered(s.RestateRates)(t.Context(), q))
		lines := map[string][]string{}
		for i, r := range found {
			lines[r.Identity.MeterID] = append(lines[r.Identity.MeterID], fmt.Sprintf("%s %s to %s: %s, %s", r.Identity.MeterID, day(r.Period.From), day(r.Period.To), saying(r.Said), saying(r.Says)))
			q.Cursor = history.RestatementCursor(r.Identity, r.Period.From)
			behind := must[[]history.RateRestatement](t)(gathered(s.RestateRates)(t.Context(), q))
			if diff := Diff(found[i+1:], behind); diff != "" {
				t.Errorf("behind %v: %s", r, diff)
			}
		}
		if got := strings.Join(append(lines["mended"], lines["other"]...), "; "); got != c.want {
			t.Errorf("said %s, known %s: %q, want %q", c.said, c.known, got, c.want)
		}
	}
}

func charts(t *testing.T, s Store) {
	corrected(t, s)
	q := history.RateChart{MeterID: "mended", From: Day("2025-12-20"), To: Day("2026-03-10"), KnownAt: Day("2026-03-25")}
	lines := must[[]history.RateLine](t)(s.ChartRates(t.Context(), q))
	var got []string
	for _, line := range lines {
		for _, step := range line.Steps {
			got = append(got, fmt.Sprintf("%s %t %s known %s", day(step.At), step.None, step.Price, step.KnownAt.Format("01-02")))
		}
	}
	want := []string{"12-20 true 0 known 01-01", "01-01 false 2 known 01-05", "02-01 false 3 known 02-02", "02-10 false 2.5 known 02-20", "03-01 true 0 known 03-03"}
	if diff := Diff(want, got); diff != "" || lines[0].Whole != 5 {
		t.Error(diff)
	}
	if q.MeterID = "nobody's"; true {
		if _, err := s.ChartRates(t.Context(), q); !fault.Is(err, fault.NotFound) {
			t.Errorf("a meter that is not known: %v", err)
		}
	}
	var many history.Rows
	for i := range history.MaxCharted + 1 {
		id := Meter("many")
		id.SKUID = fmt.Sprint(i)
		many.RateChanges = append(many.RateChanges, Change(uint64(100+i), id, rate.Added, "2026-01-05", nil, Span("2026-01-01", "", "2")))
	}
	Put(t, s, "many", many)
	if q.MeterID = "many"; true {
		if _, err := s.ChartRates(t.Context(), q); !fault.Is(err, fault.Invalid) {
			t.Errorf("too many rates: %v", err)
		}
	}
	if q.Points = 5; true {
		q.MeterID, q.To = "", q.From
		if _, err := s.ChartRates(t.Context(), q); Diff([]string{"meter_id", "to", "points"}, whereOf(err)) != "" {
			t.Errorf("wrong in three ways: %v", err)
		}
	}
}

func priceHistory(t *testing.T, s Store) {
	id := SKU("0001")
	rows := history.Rows{
		PriceChanges: []history.PriceChange{
			PriceChange(1, "r1", "2026-11-01", 1, 1, id, Line(id, "6", "7"), "2026-12-01", ""),
			PriceChange(3, "r2", "2026-12-01", 1, 1, id, Line(id, "8", "9"), "2026-12-20", ""),
			PriceChange(5, "r3", "2026-12-02", 1, 2, id, Line(id, "1", "1"), "2026-12-01", ""), // not there as a whole
		},
		Releases: []history.Release{
			Manifest(2, "r1", "2026-11-01", "2026-12-01", 1, 1), Manifest(4, "r2", "2026-12-01", "2026-12-20", 1, 1), Manifest(6, "r3", "2026-12-02", "2026-12-20", 2, 2),
		},
	}
	c := PriceChange(7, "r2", "2026-12-28", 1, 1, id, nil, "2026-12-20", "")
	c.Withdrawal, c.Spans[0].Line, c.Spans[0].Release = 1, Line(id, "6", "7"), "r1"
	rows.PriceChanges = append(rows.PriceChanges, c)
	rows.Withdrawals = []history.Withdrawal{Withdrawn(8, "r2", "2026-12-28", "2026-12-20", 1, 1, true)}
	Put(t, s, "prices", rows)
	choice := history.PriceChoice{Market: "US", Product: id.Product, SKU: "0001", Term: id.Term, Billing: id.Billing}
	periods := must[[]history.PricePeriod](t)(s.PriceHistory(t.Context(), history.PriceHistory{PriceChoice: choice}))
	var got []string
	for _, p := range periods {
		got = append(got, fmt.Sprintf("%s: %s from %s of %s in %s %d, %s", day(p.KnownAt), p.UnitPrice, day(p.Period.From), p.Release, p.PublishedIn, p.Withdrawal, p.Change))
	}
	want := []string{"11-01: 6 from 12-01 of r1 in r1 0, price_changed", "12-01: 8 from 12-20 of r2 in r2 0, price_changed", "12-28: 6 from 12-20 of r1 in r2 1, removed"}
	if diff := Diff(want, got); diff != "" {
		t.Error(diff)
	}
	lines := must[[]history.PriceLine](t)(s.ChartPrices(t.Context(), history.PriceChart{PriceChoice: choice, From: Day("2026-11-20"), To: Day("2027-01-01"), KnownAt: Day("2026-12-27")}))
	got = nil
	for _, step := range lines[0].Steps {
		got = append(got, fmt.Sprintf("%s %s %s", day(step.At), step.UnitPrice, step.Release))
	}
	if diff := Diff([]string{"11-20 0 ", "12-01 6 r1", "12-20 8 r2"}, got); diff != "" {
		t.Error(diff)
	}
	restated := must[[]history.PriceRestatement](t)(gathered(s.RestatePrices)(t.Context(), history.PriceRestatements{Market: "US", From: Day("2026-11-20"), To: Day("2027-02-01"), KnownAt: Day("2027-01-01")}))
	if len(restated) != 1 || restated[0].Period != (effective.Period{From: Day("2026-12-20"), To: Day("2026-12-28")}) || restated[0].Said.UnitPrice != Amount("8") || restated[0].Says.Release != "r1" {
		t.Errorf("restated: %+v", restated)
	}
	choice.SKU = "0002"
	if _, err := s.PriceHistory(t.Context(), history.PriceHistory{PriceChoice: choice}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a price that is not known: %v", err)
	}
	if _, err := s.ChartPrices(t.Context(), history.PriceChart{PriceChoice: choice, From: Day("2026-11-20"), To: Day("2027-01-01"), KnownAt: Day("2026-12-27")}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a price that is not known: %v", err)
	}
	movers := must[[]history.PriceMover](t)(history.MovePrices(t.Context(), s, history.PriceMovers{PriceDiff: history.PriceDiff{Market: "US", From: asOf("2026-12-05", "2026-12-10"), To: asOf("2026-12-25", "2026-12-10")}, By: history.Absolute}))
	if len(movers) != 1 || movers[0].Amount != Amount("2") {
		t.Errorf("movers: %+v", movers)
	}
}

// randomInstant is on the grid, or a little beside it.
func randomInstant(r *rand.Rand) time.Time {
	return gridDay(r.IntN(gridDays+2) - 1).Add([]time.Duration{0, 0, time.Millisecond, -time.Microsecond, 36 * time.Hour}[r.IntN(5)])
}

func randomRange(r *rand.Rand) (from, to time.Time) {
	from = randomInstant(r)
	return from, from.Add(time.Duration(1+r.IntN(10*24)) * time.Hour)
}

func randomSeries(t *testing.T, s Store) {
	model := &memory.Store{}
	for seed := range uint64(3) {
		kind, market := fmt.Sprint("seed-", seed), string(rune('A'+seed))+"X"
		rates, prices := ofType(RandomRates(seed+20), kind, seed*1000), inMarket(RandomPrices(seed+20), market, seed*1000)
		for i := range rates.RateChanges { // known within a day, not at midnight only
			rates.RateChanges[i].KnownAt = rates.RateChanges[i].KnownAt.Add(time.Duration(i%6) * (3*time.Hour + 123456*time.Nanosecond))
		}
		for _, store := range []Store{s, model} {
			Put(t, store, kind, rates)
			Put(t, store, market, prices)
		}
		r := rand.New(rand.NewPCG(seed, 10))
		for range 15 {
			compareRates(t, r, s, model, kind)
			comparePrices(t, r, s, model, market)
		}
	}
}

func compareRates(t *testing.T, r *rand.Rand, s, model Store, kind string) {
	t.Helper()
	filter := history.RateFilter{Type: kind}
	if r.IntN(3) == 0 {
		filter.Region, filter.Service = "region-1", "service-0"
	}
	diff := history.RateDiff{RateFilter: filter, From: history.AsOf{At: randomInstant(r), KnownAt: randomInstant(r)}, To: history.AsOf{At: randomInstant(r), KnownAt: randomInstant(r)}}
	if r.IntN(2) == 0 {
		diff.To.KnownAt = diff.From.KnownAt
	}
	compare(t, fmt.Sprintf("rate diff %+v", diff), gathered(model.DiffRates), gathered(s.DiffRates), diff)
	restated := history.RateRestatements{RateFilter: filter, KnownAt: randomInstant(r)}
	restated.From, restated.To = randomRange(r)
	if r.IntN(2) == 0 {
		restated.SaidAt = randomInstant(r)
	}
	compare(t, fmt.Sprintf("restated rates %+v", restated), gathered(model.RestateRates), gathered(s.RestateRates), restated)
	chart := history.RateChart{MeterID: fmt.Sprint("meter-", r.IntN(5)), Type: kind, KnownAt: randomInstant(r), Points: history.MinPoints}
	chart.From, chart.To = randomRange(r)
	compare(t, fmt.Sprintf("rate chart %+v", chart), model.ChartRates, s.ChartRates, chart)
}

func comparePrices(t *testing.T, r *rand.Rand, s, model Store, market string) {
	t.Helper()
	id := SKU(fmt.Sprint(r.IntN(4)))
	choice := history.PriceChoice{Market: market, Product: id.Product, SKU: id.SKU, Term: id.Term, Billing: id.Billing}
	compare(t, fmt.Sprintf("price history %+v", choice), model.PriceHistory, s.PriceHistory, history.PriceHistory{PriceChoice: choice})
	restated := history.PriceRestatements{Market: market, KnownAt: randomInstant(r)}
	restated.From, restated.To = randomRange(r)
	if r.IntN(2) == 0 {
		restated.SaidAt = randomInstant(r)
	}
	compare(t, fmt.Sprintf("restated prices %+v", restated), gathered(model.RestatePrices), gathered(s.RestatePrices), restated)
	chart := history.PriceChart{PriceChoice: choice, KnownAt: randomInstant(r), Points: history.MinPoints}
	chart.From, chart.To = randomRange(r)
	compare(t, fmt.Sprintf("price chart %+v", chart), model.ChartPrices, s.ChartPrices, chart)
}
