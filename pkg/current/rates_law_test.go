package current

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// within is a test as rapid sees it in a bubble, where there are no deadlines.
type within struct{ *testing.T }

// seldom is true one time in twelve; rapid prefers what is small.
func seldom(t *rapid.T, what string) bool { return rapid.IntRange(0, 11).Draw(t, what) == 8 }

const usd = "RATES_USD"

func meterID(i int) rate.Identity { return historytest.Meter(fmt.Sprint("meter-", i)) }

// crawl draws a crawl that found changes of some rates, most of them of now, and what its batch is.
func (b *bed) crawl(t *rapid.T) []stream.Message {
	now := b.clock.Now()
	known := now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, -1, -1, -50, 2}).Draw(t, "known")) * time.Hour)
	record := rate.Record{ID: fmt.Sprint("crawl-", known.Unix()), Source: "azure", Scope: "azure-usd", Currency: "USD", At: known, Finished: known, Complete: true}
	var changes []rate.Change
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		changes = append(changes, drawChange(t, now, known))
	}
	messages, err := event.RateMessages(record, changes)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	last, err := event.CrawlMessage(record)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	for i := range messages {
		messages[i].ID += fmt.Sprint("-", b.tokens, "-", i) // the same fact may be told again
		b.rejected[messages[i].ID] = seldom(t, "rejected")
		if seldom(t, "garbled") {
			messages[i].Data = append([]byte(nil), messages[i].Data[1:]...)
		}
	}
	return append(messages, last)
}

// drawChange draws a change that tells periods around now with few different answers, so that neighbours often answer alike.
func drawChange(t *rapid.T, now, known time.Time) rate.Change {
	id := meterID(rapid.IntRange(0, 3).Draw(t, "meter"))
	c := rate.Change{Identity: id, Key: id.Key(), Scope: "azure-usd", Region: "westeurope", Kind: rate.PriceChanged, KnownAt: known}
	if rapid.IntRange(0, 3).Draw(t, "after") < 3 {
		c.After = historytest.Current(id, "2026-01-01", "", "1", fmt.Sprint("region-", rapid.IntRange(0, 1).Draw(t, "region")), "VM")
		if rapid.Bool().Draw(t, "plans") {
			c.After.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: money.Int(3)}}
			c.After.IncludedQuantity = money.Int(5)
		}
	}
	from := now.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(-6, 4).Draw(t, "from"))
	if seldom(t, "always") {
		from = history.Always()
	}
	for range rapid.IntRange(0, 3).Draw(t, "periods") {
		p := rate.Span{Period: effective.Period{From: from}, None: seldom(t, "none")}
		if !p.None {
			p.Price, p.Start = money.Int(int64(rapid.IntRange(1, 2).Draw(t, "price"))), historytest.Day("2026-01-01")
		}
		if open := rapid.IntRange(0, 2).Draw(t, "open") == 0; !open {
			p.To = later(from, now).Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(1, 4).Draw(t, "days"))
		}
		c.Periods = append(c.Periods, p)
		if p.To.IsZero() {
			break
		}
		from = p.To.AddDate(0, 0, rapid.IntRange(0, 1).Draw(t, "gap"))
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.Equal(history.Always()) {
		return b.AddDate(0, 0, -3)
	}
	return a
}

// agree asks for every rate, and requires what history says.
func (b *bed) agree() {
	b.t.Helper()
	now := b.clock.Now()
	for i := range 5 {
		id := meterID(i)
		got, fresh, err := b.current.Rate(context.Background(), id, now)
		want, wantErr := b.history.Rate(context.Background(), history.RatePoint{Identity: id, AsOf: history.AsOf{At: now, KnownAt: now}})
		if diff := historytest.Diff(want, got); diff != "" || !sameError(wantErr, err) {
			b.t.Fatalf("%s at %s from %s: %v, want %v; (-history +current): %s", id.MeterID, now, fresh.Source, err, wantErr, diff)
		}
	}
}

func TestRatesAreAlwaysThoseOfHistory(t *testing.T) {
	var hits, misses uint64
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(within{t}, func(t *rapid.T) {
			cfg := Config{Backlog: rapid.SampledFrom([]int{100, 100, 2}).Draw(t, "backlog")}
			b := newBed(t, &historymemory.Store{}, cfg)
			defer func() { b.halt() }()
			for range rapid.IntRange(5, 40).Draw(t, "steps") {
				steps := []string{"crawl", "write", "write", "tables", "hours", "rest", "crawl and write", "crawl and write", "crawl and write", "remake", "lose", "past"}
				switch rapid.SampledFrom(steps).Draw(t, "step") {
				case "crawl":
					b.publish(usd, b.crawl(t)...)
				case "tables":
					for range rapid.IntRange(1, 16).Draw(t, "tables") {
						b.step(usd)
					}
				case "crawl and write":
					b.publish(usd, b.crawl(t)...)
					b.agree()
					fallthrough
				case "write":
					b.write(usd)
					time.Sleep(time.Second)
				case "hours":
					b.clock.advance(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour)
				case "rest":
					time.Sleep(time.Second)
				case "lose":
					b.lose(cfg, usd, b.crawl(t)...)
				case "past":
					b.mendPast(t)
				case "remake":
					if seldom(t, "remake") {
						b.remake(stream.RatesDeclaration("USD"))
					}
				}
				b.agree()
				synctest.Wait() // what the questions made it do
				b.agree()
			}
			hits += b.hits + b.current.Totals().Hits
			misses += b.current.Totals().Misses
		})
	})
	t.Logf("%d questions were answered from memory, %d from history", hits, misses)
	if hits < misses/10 {
		t.Error("memory answered next to nothing")
	}
}
