package historytest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
)

// halfDays are instants on and between the days of the grid, and some behind it.
func halfDays() []time.Time {
	var all []time.Time
	for i := range 2*gridDays + 4 {
		all = append(all, gridDay(0).Add(time.Duration(i)*12*time.Hour))
	}
	return all
}

// presentRates asks at every instant, and of every later one for which an answer says that it holds, whether it does.
func presentRates(t *testing.T, s Store) {
	rows, model := RandomRates(7), &memory.Store{}
	Put(t, s, "all", rows)
	Put(t, model, "all", rows)
	for _, at := range halfDays() {
		q := history.RateList{Currency: "USD", AsOf: history.AsOf{At: at}}
		got := collect(t, func(each func(history.PresentRate) error) error { return s.EachRate(t.Context(), q, each) })
		want := collect(t, func(each func(history.PresentRate) error) error { return model.EachRate(t.Context(), q, each) })
		if diff := Diff(want, got); diff != "" {
			t.Fatalf("at %s the store hands over other rates (-model +store): %s", at, diff)
		}
		for i := range 5 {
			compare(t, fmt.Sprintf("rate %d at %s", i, at), model.PresentRate, s.PresentRate, history.RatePoint{Identity: Meter(fmt.Sprint("meter-", i)), AsOf: q.AsOf})
		}
		for _, a := range got {
			holds(t, a.Holds, func(now time.Time) {
				compare(t, fmt.Sprintf("rate at %s, held since %s", now, at), given[history.RatePoint](a.RateAnswer), s.Rate, history.RatePoint{Identity: a.Identity, AsOf: history.AsOf{At: now, KnownAt: now}})
			})
		}
	}
	if _, err := s.PresentRate(t.Context(), history.RatePoint{Identity: Meter("unheard of"), AsOf: history.AsOf{At: gridDay(0)}}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a rate that nothing is known of: %v", err)
	}
}

func presentPrices(t *testing.T, s Store) {
	rows, model := RandomPrices(7), &memory.Store{}
	Put(t, s, "all", rows)
	Put(t, model, "all", rows)
	for _, at := range halfDays() {
		got := collect(t, func(each func(history.PresentPrice) error) error { return s.EachPrice(t.Context(), "US", at, each) })
		want := collect(t, func(each func(history.PresentPrice) error) error { return model.EachPrice(t.Context(), "US", at, each) })
		if diff := Diff(want, got); diff != "" {
			t.Fatalf("at %s the store hands over other prices (-model +store): %s", at, diff)
		}
		for _, a := range got {
			holds(t, a.Holds, func(now time.Time) {
				p, err := s.Price(t.Context(), history.PricePoint{Identity: a.Identity, AsOf: history.AsOf{At: now, KnownAt: now}})
				p.InForce = a.InForce
				if diff := Diff(a.PriceAnswer, p); err != nil || diff != "" {
					t.Fatalf("price at %s, held since %s: %v %s", now, at, err, diff)
				}
			})
		}
	}
	if none := collect(t, func(each func(history.PresentPrice) error) error {
		return s.EachPrice(t.Context(), "DE", gridDay(0), each)
	}); len(none) > 0 {
		t.Errorf("a market of which nothing is known has %v", none)
	}
}

// holds visits the instants of the grid for which something holds.
func holds(t *testing.T, h history.Holds, visit func(now time.Time)) {
	t.Helper()
	for _, now := range halfDays() {
		if h.At(now) {
			visit(now)
		}
	}
}

func given[Q, A any](a A) func(context.Context, Q) (A, error) {
	return func(context.Context, Q) (A, error) { return a, nil }
}

func collect[A any](t *testing.T, ask func(each func(A) error) error) []A {
	t.Helper()
	var all []A
	if err := ask(func(a A) error {
		all = append(all, a)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func stoppedStream(t *testing.T, s Store) {
	Put(t, s, "rates", RandomRates(1))
	Put(t, s, "prices", RandomPrices(1))
	enough, n := errors.New("enough"), 0
	stop := func() error {
		n++
		return enough
	}
	at := gridDay(gridDays / 2)
	if err := s.EachRate(t.Context(), history.RateList{AsOf: history.AsOf{At: at}}, func(history.PresentRate) error { return stop() }); !errors.Is(err, enough) {
		t.Errorf("rates: %v", err)
	}
	if err := s.EachPrice(t.Context(), "US", at, func(history.PresentPrice) error { return stop() }); !errors.Is(err, enough) {
		t.Errorf("prices: %v", err)
	}
	if n != 2 {
		t.Errorf("%d were handed over after the first was not wanted", n-2)
	}
	if err := s.EachRate(t.Context(), history.RateList{}, func(history.PresentRate) error { return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("rates at no instant: %v", err)
	}
	if err := s.EachPrice(t.Context(), "", at, func(history.PresentPrice) error { return nil }); !fault.Is(err, fault.Invalid) {
		t.Errorf("prices of no market: %v", err)
	}
}
