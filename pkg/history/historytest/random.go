package historytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	gridDays     = 10 // instants of a random history lie on this many days
	randomEvents = 60
)

func gridDay(i int) time.Time { return Day("2026-01-01").AddDate(0, 0, i) }

// gridPeriod is a range on the grid: sometimes from always, often open, never empty.
func gridPeriod(r *rand.Rand) effective.Period {
	from := r.IntN(gridDays)
	p := effective.Period{From: gridDay(from)}
	if r.IntN(8) == 0 {
		p.From = time.Time{}
	}
	if r.IntN(3) > 0 {
		p.To = gridDay(from + 1 + r.IntN(gridDays-from))
	}
	return p
}

// RandomRates are changes of a few rates with any periods at all: corrections, gaps, overlaps, retirements, several known at one time.
func RandomRates(seed uint64) history.Rows {
	r := rand.New(rand.NewPCG(seed, 1))
	var rows history.Rows
	for i := range randomEvents {
		id := Meter(fmt.Sprint("meter-", r.IntN(5)))
		at := gridDay(i * gridDays / randomEvents).Format(time.DateOnly)
		var after *rate.Row
		if r.IntN(3) > 0 {
			after = Current(id, at, "", fmt.Sprint(r.IntN(3)), fmt.Sprint("region-", r.IntN(2)), fmt.Sprint("service-", r.IntN(2)))
		}
		c := Change(uint64(i+1), id, rate.PriceChanged, at, after)
		for range r.IntN(4) {
			p := rate.Span{Period: gridPeriod(r), None: r.IntN(4) == 0}
			if !p.None {
				p.Price, p.Start = money.Int(int64(r.IntN(2))), gridDay(r.IntN(2))
			}
			c.Periods = append(c.Periods, p)
		}
		rows.RateChanges = append(rows.RateChanges, c)
	}
	return rows
}

func randomRates(t *testing.T, s Store) {
	for seed := range uint64(2) {
		rows, model := RandomRates(seed), &memory.Store{}
		for i := range rows.RateChanges { // seeds share the store, not the rates
			c := &rows.RateChanges[i]
			c.Identity.Type = fmt.Sprint("seed-", seed)
			c.Key, c.Sequence = c.Identity.Key(), c.Sequence+seed*1000
		}
		Put(t, s, fmt.Sprint("seed-", seed), rows)
		Put(t, model, "all", rows)
		for v := range gridDays + 1 {
			for k := v % 2; k < gridDays; k += 2 {
				q := history.RateList{Type: fmt.Sprint("seed-", seed), AsOf: history.AsOf{At: gridDay(v), KnownAt: gridDay(k)}}
				if (v+k)%3 == 0 {
					q.Region, q.Service = "region-1", "service-0"
				}
				compare(t, fmt.Sprintf("rates %+v", q), model.Rates, s.Rates, q)
			}
		}
		for i := range 5 {
			for n := range 6 {
				id := Meter(fmt.Sprint("meter-", i))
				id.Type = fmt.Sprint("seed-", seed)
				q := history.RatePoint{Identity: id, AsOf: history.AsOf{At: gridDay((n*3 + i) % gridDays), KnownAt: gridDay(gridDays - n)}}
				compare(t, fmt.Sprintf("rate %+v", q), model.Rate, s.Rate, q)
			}
		}
	}
}

// compare asks the model and the store the same.
func compare[Q, A any](t *testing.T, what string, model, store func(context.Context, Q) (A, error), q Q) {
	t.Helper()
	want, wantErr := model(t.Context(), q)
	got, err := store(t.Context(), q)
	if (wantErr == nil) != (err == nil) {
		t.Fatalf("%s: the model says %v, the store %v", what, wantErr, err)
	}
	if diff := Diff(want, got); diff != "" {
		t.Fatalf("%s: the store answers otherwise (-model +store): %s", what, diff)
	}
}
