package history_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// genSteps are steps in order at random instants of a range.
func genSteps(t *rapid.T, from time.Time, span int64) []history.PriceStep {
	at := rapid.SliceOfNDistinct(rapid.Int64Range(0, span-1), 0, 400, rapid.ID).Draw(t, "at")
	slices.Sort(at)
	steps := make([]history.PriceStep, len(at))
	for i, ms := range at {
		steps[i].At = from.Add(time.Duration(ms) * time.Millisecond)
		if steps[i].None = rapid.IntRange(0, 9).Draw(t, "none") == 0; !steps[i].None {
			steps[i].UnitPrice, steps[i].ERPPrice = money.Int(rapid.Int64Range(0, 50).Draw(t, "unit")), money.Int(rapid.Int64Range(0, 50).Draw(t, "erp"))
		}
	}
	return steps
}

// extremes are the lowest and highest of both prices, and whether there is a step without any.
func extremes(steps []history.PriceStep) string {
	var unit, erp []money.Decimal
	none := false
	for _, s := range steps {
		if none = none || s.None; !s.None {
			unit, erp = append(unit, s.UnitPrice), append(erp, s.ERPPrice)
		}
	}
	if len(unit) == 0 {
		return fmt.Sprint(none)
	}
	return fmt.Sprint(slices.MinFunc(unit, money.Decimal.Cmp), slices.MaxFunc(unit, money.Decimal.Cmp), slices.MinFunc(erp, money.Decimal.Cmp), slices.MaxFunc(erp, money.Decimal.Cmp), none)
}

func TestAThinnedChartKeepsItsEndsAndExtremes(t *testing.T) {
	from := historytest.Day("2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.SampledFrom([]int64{500, 100_000, 400 * 86_400_000}).Draw(t, "span")
		points := rapid.IntRange(history.MinPoints, 200).Draw(t, "points")
		whole := genSteps(t, from, span)
		kept := history.ThinPrices(whole, from, from.Add(time.Duration(span)*time.Millisecond), points)
		if len(kept) > points || len(whole) <= points && len(kept) != len(whole) {
			t.Fatalf("%d of %d steps are kept, %d fit", len(kept), len(whole), points)
		}
		if len(whole) == 0 {
			return
		}
		if kept[0] != whole[0] || kept[len(kept)-1] != whole[len(whole)-1] || extremes(kept) != extremes(whole) {
			t.Fatalf("%s became %s", extremes(whole), extremes(kept))
		}
		next := 0
		for _, s := range kept { // in order, each one that was there, none twice
			for next < len(whole) && whole[next] != s {
				next++
			}
			if next++; next > len(whole) {
				t.Fatalf("%+v was not there, or not in its place", s)
			}
		}
	})
}

// differing are differences of rates, whose reader has nothing else.
type differing struct {
	history.RateReader
	differences []history.RateDifference
	err         error
}

func (r *differing) DiffRates(context.Context, history.RateDiff) iter.Seq2[history.RateDifference, error] {
	return func(yield func(history.RateDifference, error) bool) {
		for _, d := range r.differences {
			if !yield(d, nil) {
				return
			}
		}
		if r.err != nil {
			yield(history.RateDifference{}, r.err)
		}
	}
}

// moves are differences by their old and new prices, named in their order.
func moves(prices ...[2]string) *differing {
	r := &differing{}
	for i, p := range prices {
		id := historytest.Meter(fmt.Sprint(i))
		before, after := history.RateAnswer{Identity: id, Price: historytest.Amount(p[0])}, history.RateAnswer{Identity: id, Price: historytest.Amount(p[1])}
		r.differences = append(r.differences, history.DifferenceOf(&before, &after))
	}
	return r
}

func TestMoversAreTheFarthestFirst(t *testing.T) {
	r := moves([2]string{"1", "2"}, [2]string{"10", "8"}, [2]string{"0", "5"}, [2]string{"3", "3"}, [2]string{"10", "12"}, [2]string{"0.0001", "0.0002"}, [2]string{"3", "4"})
	r.differences[3].Change = listing.Changed
	none := history.DifferenceOf(nil, r.differences[0].After)
	r.differences = append(r.differences, none)
	as := ask("2026-01-01", "2026-01-01")
	for _, c := range []struct {
		by    history.Measure
		limit int
		want  string
	}{
		{"", 0, "0 5 6 1 4 2"}, {history.Relative, 2, "0 5"}, {history.Absolute, 0, "2 1 4 0 6 5"}, {history.Absolute, 1, "2"}, {history.Relative, 3, "0 5 6"},
	} {
		movers, err := history.MoveRates(t.Context(), r, history.RateMovers{From: as, To: as, By: c.by, Limit: c.limit})
		var got []string
		for _, m := range movers {
			got = append(got, m.Identity.MeterID)
		}
		if text := strings.Join(got, " "); err != nil || text != c.want {
			t.Errorf("%s, %d: %s, %v; want %s", c.by, c.limit, text, err, c.want)
		}
	}
	r.err = fault.New(fault.Unavailable, "gone")
	if _, err := history.MoveRates(t.Context(), r, history.RateMovers{From: as, To: as}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an error on the way: %v", err)
	}
	if _, err := history.MoveRates(t.Context(), r, history.RateMovers{From: as, To: as, By: "x", Limit: 1001}); len(fault.PlacesOf(err)) != 2 {
		t.Errorf("a wrong question: %v", err)
	}
	if _, err := history.MovePrices(t.Context(), nil, history.PriceMovers{PriceDiff: history.PriceDiff{Market: "US", From: as, To: as}, By: "x"}); len(fault.PlacesOf(err)) != 1 {
		t.Errorf("a wrong question: %v", err)
	}
}

func TestFewMoversAreTheFirstOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prices := make([][2]string, rapid.IntRange(0, 60).Draw(t, "n"))
		for i := range prices {
			prices[i] = [2]string{fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "old")), fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "new"))}
		}
		r, as := moves(prices...), ask("2026-01-01", "2026-01-01")
		by := rapid.SampledFrom([]history.Measure{history.Relative, history.Absolute}).Draw(t, "by")
		many, err := history.MoveRates(context.Background(), r, history.RateMovers{From: as, To: as, By: by, Limit: history.MaxMovers})
		if err != nil {
			t.Fatal(err)
		}
		limit := rapid.IntRange(1, 10).Draw(t, "limit")
		few, err := history.MoveRates(context.Background(), r, history.RateMovers{From: as, To: as, By: by, Limit: limit})
		if diff := historytest.Diff(many[:min(limit, len(many))], few); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	id, line, from := historytest.Meter("m"), historytest.SKU("0001"), historytest.Day("2026-01-01")
	if key, ok, err := history.DecodeRateCursor(history.RateCursor(id)); key != id.Key() || !ok || err != nil {
		t.Error(key, ok, err)
	}
	if key, at, ok, err := history.DecodeRestatementCursor(history.RestatementCursor(id, from)); key != id.Key() || !at.Equal(from) || !ok || err != nil {
		t.Error(key, at, ok, err)
	}
	if got, at, err := history.DecodePriceRestatementCursor(history.PriceRestatementCursor(line, from), "US"); got == nil || *got != line || !at.Equal(from) || err != nil {
		t.Error(got, at, err)
	}
	for _, cursor := range []string{"x", history.EncodeCursor("x"), history.EncodeCursor("x", "y"), history.EncodeCursor("00000000000000ff", "noon"), history.EncodeCursor("a", "b", "c", "d", "e", "x", "2026-01-01T00:00:00Z"), history.EncodeCursor("a", "b", "c", "d", "e", "1", "noon")} {
		_, _, a := history.DecodeRateCursor(cursor)
		_, _, _, b := history.DecodeRestatementCursor(cursor)
		_, _, c := history.DecodePriceRestatementCursor(cursor, "US")
		if a == nil || b == nil || c == nil {
			t.Errorf("%s: %v, %v, %v", cursor, a, b, c)
		}
	}
	if _, ok, err := history.DecodeRateCursor(""); ok || err != nil {
		t.Error(ok, err)
	}
}

func TestADifferenceOfPlansIsAChange(t *testing.T) {
	plain := history.RateAnswer{Identity: historytest.Meter("m"), Price: historytest.Amount("1")}
	planned, cheaper, included := plain, plain, plain
	planned.SavingsPlans, cheaper.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: historytest.Amount("0.5")}}, []rate.SavingsPlan{{Term: "1 Year", Price: historytest.Amount("0.4")}}
	included.IncludedQuantity = historytest.Amount("5")
	for _, c := range []struct {
		a, b history.RateAnswer
		want listing.Change
	}{{plain, plain, listing.Unchanged}, {plain, planned, listing.Changed}, {planned, cheaper, listing.Changed}, {planned, planned, listing.Unchanged}, {plain, included, listing.Changed}} {
		if got := history.DifferenceOf(&c.a, &c.b).Change; got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}
