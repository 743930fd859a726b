package current

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// settled waits until everything that was written is loaded or taken over.
func (b *bed) settled() {
	b.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	end := time.After(3 * time.Minute)
	for {
		done := 0
		for _, s := range b.current.Stats() {
			info, err := b.streams.Info(context.Background(), s.Stream[:len(s.Stream)-len("@20060102T150405.000000000Z")])
			if err == nil && s.Loaded && s.Received == info.Last && s.Confirmed == info.Last {
				done++
			}
		}
		if done == 2 {
			return
		}
		select {
		case <-look.C:
		case <-end:
			b.t.Fatalf("it does not settle: %+v", b.current.Stats())
		}
	}
}

func TestNobodyReadsWhatIsOlderThanWhatCouldBeQueriedWhenTheyAsked(t *testing.T) {
	const meters, rounds, readers = 3, 150, 4
	b := newBed(t, &historymemory.Store{}, Config{})
	defer func() { b.halt() }()
	b.settled()
	var written [meters]atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	for i := range readers {
		reading.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				meter := n % meters
				atLeast := written[meter].Load()
				a, fresh, err := b.current.Rate(context.Background(), meterID(meter), b.clock.Now())
				if atLeast > 0 && (err != nil || a.Price.Cmp(money.Int(atLeast)) < 0) {
					t.Errorf("%s from %s, %v; %d could be queried", a.Price, fresh.Source, err, atLeast)
					return
				}
			}
		})
	}
	for n := range rounds {
		meter := n % meters
		b.clock.advance(time.Minute)
		b.changed(meterID(meter), fmt.Sprint(n+1), "2026-01-01")
		b.write(usd)
		written[meter].Store(int64(n + 1))
		if n%10 == 0 {
			b.settled()
		}
	}
	stop()
	reading.Wait()
	if hits := b.current.Totals().Hits; hits == 0 {
		t.Error("memory answered nothing")
	}
}

func TestAnswersAreThoseOfClickHouse(t *testing.T) {
	store, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: clickhousetest.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := newBed(t, store, Config{})
	defer func() { b.halt() }()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 5 {
		b.clock.advance(time.Duration(r.IntN(30)) * time.Hour)
		b.randomly(r)
		price := fmt.Sprint(1 + r.IntN(3))
		if n%4 == 1 {
			b.releases(t, n, price)
		}
		for range r.IntN(16) {
			b.step(usd)
		}
		b.agree()
		b.write(usd)
		b.write(stream.Prices)
		b.settled()
		b.agree()
		b.agree()
		if n%4 == 1 {
			b.asksPrice(price, Memory)
			b.samePrices()
		}
		if n == 2 { // as loaded
			b.halt()
			b.start(Config{})
			b.settled()
		}
	}
	if totals := b.current.Totals(); totals.Hits < 5 {
		t.Errorf("memory answered next to nothing: %+v", totals)
	}
}

// randomly publishes a change of some rate: of the past, now or to come, known now or late.
func (b *bed) randomly(r *rand.Rand) {
	b.t.Helper()
	now := b.clock.Now()
	id, today := meterID(r.IntN(4)), now.Truncate(24*time.Hour)
	from := today.AddDate(0, 0, r.IntN(6)-3)
	p := historytest.Span(from.Format(time.DateOnly), "", fmt.Sprint(1+r.IntN(2)))
	if r.IntN(2) == 0 {
		p.To = from.AddDate(0, 0, 1+r.IntN(5))
	}
	var after *rate.Row
	if r.IntN(3) > 0 {
		after = historytest.Current(id, "2026-01-01", "", "1", fmt.Sprint("region-", r.IntN(2)), "VM")
		after.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: money.Int(int64(r.IntN(3)))}}
	}
	b.change(now.Add(-time.Duration(r.IntN(2)*r.IntN(40))*time.Hour), id, after, p)
}
