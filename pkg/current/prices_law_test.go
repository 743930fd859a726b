package current

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// story is what was told of a market.
type story struct {
	market   string
	told     pricelist.Story
	releases []release.Release
}

func (s *story) line(sku, currency string) pricelist.Identity {
	id := historytest.SKU(sku)
	id.Market, id.Currency = s.market, currency
	return id
}

// lines draws a list: some of two SKUs in two currencies, some with two periods.
func (s *story) lines(t *rapid.T, now time.Time) []pricelist.Line {
	var lines []pricelist.Line
	for _, sku := range []string{"0001", "0002"} {
		for _, currency := range []string{"EUR", "USD"} {
			if rapid.IntRange(0, 3).Draw(t, "missing") == 3 {
				continue
			}
			l := historytest.Line(s.line(sku, currency), fmt.Sprint(rapid.IntRange(1, 2).Draw(t, "price")), "2")
			l.Segment = rapid.SampledFrom([]string{"Commercial", "Education"}).Draw(t, "segment")
			switch rapid.IntRange(0, 3).Draw(t, "shape") {
			case 2:
				l.Effective.From = s.day(t, now)
			case 3:
				l.Effective.To = s.day(t, now)
				next := *l
				next.Effective, next.UnitPrice = effective.Period{From: l.Effective.To}, historytest.Amount("7")
				lines = append(lines, next)
			}
			lines = append(lines, *l)
		}
	}
	return lines
}

func (s *story) day(t *rapid.T, now time.Time) time.Time {
	return now.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(-5, 5).Draw(t, "day"))
}

// publication draws a list, some of them late, and what its batch is; it is told once.
func (s *story) publication(t *rapid.T, now time.Time) []stream.Message {
	n := len(s.releases) + 1
	slot := january(s.market)
	r := release.Release{
		ID: release.FormatID(slot, n), Slot: slot, Revision: n, Kind: release.Full, EffectiveAt: s.day(t, now), PublishedAt: now,
		CreatedBy: "alice", ApprovedBy: "bob", Content: strings.Repeat("0f", 32), Notice: release.Notice{Policy: "days:30"},
	}
	list := pricelist.NewList(r.ID, n, r.EffectiveAt, s.lines(t, now))
	var changes []pricelist.LineChange
	if late := rapid.IntRange(0, 3).Draw(t, "late") == 3; late {
		r.PublishedAt, r.Backfilled, r.Reason = now.AddDate(0, 0, -rapid.IntRange(0, 4).Draw(t, "days late")), true, "late"
		changes = s.told.Backfill(list, r.PublishedAt, now)
	} else {
		changes = s.told.Book(now).Publish(list, now)
	}
	r.Lines = len(list.Lines)
	batch, _, err := event.ReleaseBatch(r, changes)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	s.releases = append(s.releases, r)
	s.told = pricelist.NewStory(append(s.told, pricelist.Step{KnownAt: r.PublishedAt, Sequence: uint64(100*n + 1), List: list})...)
	return batch
}

// withdrawal draws the withdrawal of a release, or of a line of it.
func (s *story) withdrawal(t *rapid.T, now time.Time) []stream.Message {
	i := rapid.IntRange(0, len(s.releases)-1).Draw(t, "of")
	r := &s.releases[i]
	w := release.Withdrawal{N: len(r.Withdrawals) + 1, By: "carol", Reason: "it is wrong", KnownAt: now, From: laterOf(s.day(t, now), r.EffectiveAt)}
	step := pricelist.Step{KnownAt: now, Sequence: uint64(100*len(s.told) + 100), Withdrawal: pricelist.Withdrawal{Release: r.ID, From: w.From}}
	if rapid.Bool().Draw(t, "in part") {
		w.Lines, w.Count = strings.Repeat("0f", 32), 1
		step.Withdrawal.Identities = []pricelist.Identity{s.line("0001", "USD")}
	}
	batch, _, err := event.WithdrawalBatch(*r, w, s.told.Book(now).Withdraw(step.Withdrawal, now))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	r.Withdrawals = append(r.Withdrawals, w)
	s.told = pricelist.NewStory(append(s.told, step)...)
	return batch
}

// tell publishes something of the market. Some line is never kept, so that its release stays invisible; a late one may stand for another.
func (b *bed) tell(t *rapid.T, s *story) {
	now := b.clock.Now()
	var batch []stream.Message
	if len(s.releases) > 0 && rapid.IntRange(0, 2).Draw(t, "withdraw") == 2 {
		batch = s.withdrawal(t, now)
	} else {
		batch = s.publication(t, now)
	}
	if seldom(t, "rejected") {
		b.rejected[batch[0].ID] = true
	}
	b.publish(stream.Prices, batch...)
}

// samePrices asks for every group of lines, and requires what history says.
func (b *bed) samePrices() {
	b.t.Helper()
	now := b.clock.Now()
	tier := historytest.Amount("0")
	for _, market := range []string{"US", "DE"} {
		for _, sku := range []string{"0001", "0002", "0003"} {
			for _, q := range []history.PriceList{{}, {Currency: "USD"}, {Segment: "Education"}, {Tier: &tier, Page: history.Page{Limit: 1}}} {
				q.Market, q.Product, q.SKU, q.Term, q.Billing = market, "CFQ7TTC0LH18", sku, "P1M", "Monthly"
				got, fresh, err := b.current.Prices(context.Background(), q, now)
				q.AsOf = history.AsOf{At: now, KnownAt: now}
				want, wantErr := b.history.Prices(context.Background(), q)
				if diff := historytest.Diff(want, got); diff != "" || !sameError(wantErr, err) {
					b.t.Fatalf("%s %s at %s from %s: %v, want %v; (-history +current): %s", market, sku, now, fresh.Source, err, wantErr, diff)
				}
			}
		}
	}
}

func TestPricesAreAlwaysThoseOfHistory(t *testing.T) {
	var hits, misses uint64
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(within{t}, func(t *rapid.T) {
			cfg := Config{Backlog: rapid.SampledFrom([]int{100, 100, 3}).Draw(t, "backlog")}
			b := newBed(t, &historymemory.Store{}, cfg)
			defer func() { b.halt() }()
			stories := []*story{{market: "US"}, {market: "DE"}}
			for _, s := range stories {
				b.tell(t, s)
			}
			b.write(stream.Prices)
			time.Sleep(time.Second)
			for range rapid.IntRange(3, 12).Draw(t, "steps") {
				switch rapid.SampledFrom([]string{"tell", "write", "write", "tables", "hours", "rest", "tell and write", "tell and write", "lose", "past"}).Draw(t, "step") {
				case "tell":
					b.tell(t, stories[rapid.IntRange(0, 1).Draw(t, "market")])
				case "tables":
					for range rapid.IntRange(1, 16).Draw(t, "tables") {
						b.step(stream.Prices)
					}
				case "tell and write":
					b.tell(t, stories[rapid.IntRange(0, 1).Draw(t, "market")])
					b.samePrices()
					fallthrough
				case "write":
					b.write(stream.Prices)
					time.Sleep(time.Second)
				case "lose":
					s := stories[rapid.IntRange(0, 1).Draw(t, "market")]
					b.lose(cfg, stream.Prices, b.captured(func() { b.tell(t, s) })...)
				case "past":
					b.mendPast(t)
				case "hours":
					b.clock.advance(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour)
				case "rest":
					time.Sleep(time.Second)
				}
				b.samePrices()
				synctest.Wait() // what the questions made it do
				b.samePrices()
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
