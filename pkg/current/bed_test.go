package current

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
)

// In a bubble no goroutine outlives its test: that it ends cleanly is tested by every test in one.
func TestMain(m *testing.M) { os.Exit(clickhousetest.Main(m)) }

// hand is a clock that is set by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) NewAlarm(string) clock.Alarm { return nil }

func (h *hand) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// failing is what a test fails with: testing.T, or rapid's.
type failing interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// bed is streams, a history that a writer of its own fills step by step, and current prices that run.
type bed struct {
	t        failing
	clock    *hand
	streams  *memory.Adapter
	history  historytest.Store
	current  *Current
	queues   map[string][]*batch // published and not written, by stream
	rejected map[string]bool     // ids of messages that a table refuses
	tokens   int
	halt     func()
	holes    []hole // that a repair fills
	beside   history.Beside
	hits     uint64 // before it was started anew
	capture  func([]stream.Message)
}

// batch is one batch on its way into the tables.
type batch struct {
	rows history.Rows
	step int // of the tables, how many have it
}

// newBed starts current prices on empty streams, or on those of a former bed.
func newBed(t failing, store historytest.Store, cfg Config) *bed {
	t.Helper()
	h := &hand{at: historytest.Day("2026-01-05")}
	b := &bed{t: t, clock: h, streams: memory.New(h.Now), history: store, queues: map[string][]*batch{}, rejected: map[string]bool{}}
	b.declare(stream.RatesDeclaration("USD"))
	b.declare(stream.PricesDeclaration())
	b.start(cfg)
	return b
}

func (b *bed) declare(d stream.Declaration) {
	b.t.Helper()
	if _, err := b.streams.Declare(context.Background(), d); err != nil {
		b.t.Fatalf("declare: %v", err)
	}
}

// start runs current prices; halt ends them.
func (b *bed) start(cfg Config) {
	b.t.Helper()
	var err error
	if b.current, err = New(cfg, Deps{Streams: b.streams, History: b.history, Clock: b.clock, Log: zap.NewNop()}); err != nil {
		b.t.Fatalf("new: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = b.current.Run(ctx) })
	b.halt = func() {
		stop()
		running.Wait()
	}
}

// publish stores a batch and puts it before the writer.
func (b *bed) publish(name string, messages ...stream.Message) {
	b.t.Helper()
	if b.capture != nil {
		b.capture(messages)
		return
	}
	if len(messages) == 0 {
		return
	}
	last, err := b.streams.Publish(context.Background(), name, messages, stream.Expectation{})
	if err != nil {
		b.t.Fatalf("publish: %v", err)
	}
	info, err := b.streams.Info(context.Background(), name)
	if err != nil {
		b.t.Fatalf("info: %v", err)
	}
	out := &batch{}
	for i, m := range messages {
		b.add(&out.rows, history.Position{Stream: info.Name.String(), Sequence: last - uint64(len(messages)-1-i)}, m)
	}
	out.rows.Progress = []history.Position{{Stream: info.Name.String(), Sequence: last}}
	b.queues[name] = append(b.queues[name], out)
}

// add makes the rows of a message as the writer does. A message that is rejected leaves the row of its change all the same, as one does
// that a later table refuses.
func (b *bed) add(rows *history.Rows, at history.Position, m stream.Message) {
	e, err := event.Decode(m.Subject, m.Data)
	var payload event.Payload
	if err == nil {
		payload = e.Payload
	}
	switch p := payload.(type) {
	case *event.RateChanged:
		c, convert := p.Change()
		if err = convert; err == nil {
			if b.rejected[m.ID] {
				c.Periods = nil
			}
			rows.RateChanges = append(rows.RateChanges, history.RateChange{Position: at, Change: c, Crawl: p.Crawl})
		}
	case *event.CrawlFinished:
		rows.Crawls = append(rows.Crawls, history.Crawl{Position: at, Record: p.Record()})
	case *event.PriceChanged:
		b.addPrice(rows, at, p, b.rejected[m.ID])
	case *event.ReleasePublished:
		rows.Releases = append(rows.Releases, history.Release{
			Position: at, Release: p.Release, List: p.List, Market: p.Market, Revision: p.Revision, EffectiveAt: p.EffectiveAt.UTC(),
			PublishedAt: p.PublishedAt.UTC(), Changed: p.Changed,
		})
	case *event.ReleaseWithdrawn:
		rows.Withdrawals = append(rows.Withdrawals, history.Withdrawal{
			Position: at, Release: p.Release, List: p.List, Market: p.Market, Revision: p.Revision, Withdrawal: p.Withdrawal, Whole: p.Whole,
			From: p.From.UTC(), Changed: p.Changed, KnownAt: p.WithdrawnAt.UTC(),
		})
	}
	if err != nil || b.rejected[m.ID] {
		rows.Rejects = append(rows.Rejects, history.Reject{Position: at, Subject: m.Subject, EventID: m.ID, Reason: "refused", Data: m.Data})
	}
}

func (b *bed) addPrice(rows *history.Rows, at history.Position, p *event.PriceChanged, rejected bool) {
	difference, err := p.Difference()
	spans, wrong := p.Spans()
	if err != nil || wrong != nil {
		b.t.Fatalf("read price: %v, %v", err, wrong)
	}
	if !rejected {
		rows.PriceChanges = append(rows.PriceChanges, history.PriceChange{
			Position: at, Difference: difference, Release: p.Release, Withdrawal: p.Withdrawal, N: p.N, Of: p.Of, Spans: spans, KnownAt: p.KnownAt.UTC(),
		})
	}
}

// step writes the first batch that waits into one more table; false when none waits.
func (b *bed) step(name string) bool {
	b.t.Helper()
	if len(b.queues[name]) == 0 {
		return false
	}
	first, tables := b.queues[name][0], history.Tables()
	b.tokens++
	if err := b.history.Insert(context.Background(), tables[first.step], first.rows, fmt.Sprint("bed-", b.tokens)); err != nil {
		b.t.Fatalf("insert: %v", err)
	}
	if first.step++; first.step == len(tables) {
		b.queues[name] = b.queues[name][1:]
	}
	return true
}

// write writes everything that waits.
func (b *bed) write(name string) {
	b.t.Helper()
	for b.step(name) {
	}
}

// remake deletes a stream and makes it again; what was not written of it is lost.
func (b *bed) remake(d stream.Declaration) {
	b.streams.Delete(d.Name)
	b.declare(d)
	b.queues[d.Name] = nil
}

// sameError reports whether two errors are of one kind.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return fault.Is(a, fault.NotFound) == fault.Is(b, fault.NotFound)
}

// releases publishes the n-th release for the US, of one line, in effect now.
func (b *bed) releases(t failing, n int, price string) {
	t.Helper()
	now, s := b.clock.Now(), story{market: "US"}
	list := pricelist.NewList(releaseID(n), n, now, []pricelist.Line{*historytest.Line(s.line("0001", "USD"), price, "9")})
	b.release(t, n, now, now, pricelist.NewBook().Publish(list, now))
}

func releaseID(n int) string { return release.FormatID(january("US"), n) }

func january(market string) release.Slot {
	return release.Slot{List: release.License, Market: market, Month: effective.Month{Year: 2026, Month: time.January}}
}

// release publishes the n-th release for the US.
func (b *bed) release(t failing, n int, effectiveAt, publishedAt time.Time, changes []pricelist.LineChange) {
	t.Helper()
	batch, _, err := event.ReleaseBatch(release.Release{
		ID: releaseID(n), Slot: january("US"), Revision: n, Kind: release.Full, EffectiveAt: effectiveAt, PublishedAt: publishedAt, CreatedBy: "alice",
		ApprovedBy: "bob", Content: strings.Repeat("0f", 32), Lines: 1, Notice: release.Notice{Policy: "days:30"},
	}, changes)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	b.publish(stream.Prices, batch...)
}

// price asks for the price of the line of releases.
func (b *bed) price() (history.PricePage, Freshness, error) {
	q := history.PriceList{Market: "US", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly"}
	return b.current.Prices(context.Background(), q, b.clock.Now())
}

func (b *bed) asksPrice(price string, from Source) {
	b.t.Helper()
	page, fresh, err := b.price()
	if err != nil || len(page.Items) != 1 || page.Items[0].UnitPrice != historytest.Amount(price) || fresh.Source != from {
		b.t.Fatalf("%+v from %s, %v; want %s from %s", page, fresh.Source, err, price, from)
	}
}
