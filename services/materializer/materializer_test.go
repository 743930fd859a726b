package materializer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/materializer"
)

func TestEverythingPublishedCanBeAskedFor(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	publishAll(t, streams)
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[history.Table]int{
		history.TableRateChanges: 30, history.TableRates: 30, history.TableCrawls: 6, history.TableQuarantine: 6, history.TableRejects: 6,
		history.TableLicenseChanges: 14, history.TableLicensePrices: 14, history.TableReleases: 4, history.TableEffective: 2,
		history.TableItemChanges: 6, history.TableItems: 6, history.TableWithdrawals: 2, history.TableCorrections: 1, history.TableMissing: 1,
	} {
		rows := store.Rows(table)
		if got := rows.Count(table); got != want {
			t.Errorf("%s holds %d rows, want %d", table, got, want)
		}
	}
	a, err := store.Rate(t.Context(), history.RatePoint{
		Identity: historytest.Meter("meter-3"), AsOf: history.AsOf{At: day("2026-01-12"), KnownAt: day("2026-01-12")},
	})
	if err != nil || a.Price.String() != "3" || a.Attributes.ServiceName != "VM" {
		t.Errorf("rate as of the third crawl: %+v, %v", a, err)
	}
	p, err := store.Price(t.Context(), history.PricePoint{
		Identity: historytest.SKU("0003"), AsOf: history.AsOf{At: day("2027-01-05"), KnownAt: day("2027-01-05")},
	})
	if err != nil || p.UnitPrice.String() != "2" || p.InForce != "license-us-2027-01-r1" {
		t.Errorf("price of the second release: %+v, %v", p, err)
	}
}

func TestACrawlInSeveralBatchesIsKeptPartByPart(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	whole := crawl(t, 0, 5)
	part, err := event.PartMessage(rate.CrawlPart{Crawl: "azure-usd-0", Scope: "azure-usd", Currency: "USD", At: day("2026-01-10"), Part: 1, Changes: 3})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, streams, stream.Rates("USD"), append(slices.Clone(whole[:3]), part)...)
	publish(t, streams, stream.Rates("USD"), whole[3:]...)
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[history.Table]int{
		history.TableRateChanges: 5, history.TableRates: 5, history.TableQuarantine: 1, history.TableCrawlParts: 1, history.TableCrawls: 1, history.TableRejects: 0,
	} {
		rows := store.Rows(table)
		if got := rows.Count(table); got != want {
			t.Errorf("%s holds %d rows, want %d", table, got, want)
		}
	}
	kept := store.Rows(history.TableCrawlParts).CrawlParts[0]
	if kept.Part != 1 || kept.Changes != 3 || kept.Sequence != 4 || !kept.At.Equal(day("2026-01-10")) {
		t.Errorf("%+v", kept)
	}
}

func TestWithdrawalsAndCorrectionsCanBeAskedFor(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	publishAll(t, streams)
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	const december, january, mended = "license-us-2026-12-r1", "license-us-2027-01-r1", "license-us-2027-01-r2"
	for _, c := range []struct{ sku, at, known, price, inForce string }{
		{"0001", "2027-01-09", "2027-01-31", "2", january},
		{"0001", "2027-01-10", "2027-01-31", "9", december},
		{"0001", "2027-01-10", "2027-01-09", "2", january},
		{"0001", "2027-01-12", "2027-01-31", "10", mended},
		{"0003", "2027-01-12", "2027-01-31", "9", mended},
		{"0001", "2027-01-12", "2027-01-11", "9", december},
	} {
		a, err := store.Price(t.Context(), history.PricePoint{Identity: historytest.SKU(c.sku), AsOf: history.AsOf{At: day(c.at), KnownAt: day(c.known)}})
		if err != nil || a.UnitPrice.String() != c.price || a.InForce != c.inForce {
			t.Errorf("%+v: %s in %s, %v", c, a.UnitPrice, a.InForce, err)
		}
	}
	for at, want := range map[string]int{"2026-12-09": 3, "2026-12-10": 0} {
		page, err := store.Items(t.Context(), history.ItemList{List: release.Offers, Market: "US", AsOf: history.AsOf{At: day(at), KnownAt: day("2027-01-31")}})
		if err != nil || len(page.Items) != want || (page.InForce != "") != (want > 0) {
			t.Errorf("offers on %s: %+v, %v", at, page, err)
		}
	}
	corrections := store.Rows(history.TableCorrections).Corrections
	if c := corrections[0]; c.Release != january || c.By != mended || c.Reason != "wrong prices" || !c.EffectiveAt.Equal(day("2027-01-12")) || !c.KnownAt.Equal(day("2027-01-12")) {
		t.Errorf("%+v", c)
	}
	missing := store.Rows(history.TableMissing).Missing
	if m := missing[0]; m.Release != "license-us-2027-03-r1" || m.Days != 7 || m.Month != "2027-03" || !m.PublishAt.Equal(day("2027-01-30")) {
		t.Errorf("%+v", m)
	}
	page, err := store.Withdrawals(t.Context(), history.WithdrawalList{List: release.License})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	if w := page.Items[0]; w.Release != january || w.Withdrawal != 1 || !w.Whole || w.Lines != 4 || w.Changed != 4 || w.InForce != december || w.WithdrawnBy != "carol" {
		t.Errorf("%+v", w)
	}
}

func TestWhatCannotBeDecodedIsRejectedWithItsBytesAndTheFlowGoesOn(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	batch := crawl(t, 0, 3)
	batch[1].Data = append([]byte{0xff}, batch[1].Data...) // inside an atomic batch
	publish(t, streams, "RATES_USD", stream.Message{Subject: "pw.rate.usd.a.b.c", ID: "one", Data: nil})
	publish(t, streams, "RATES_USD", batch...)
	publish(t, streams, "RATES_USD", stream.Message{Subject: "pw.crawl.usd.x", ID: "two", Data: []byte(`{"type":"pricewire.unknown.v9"}`)})
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	rows := store.Rows(history.TableRejects)
	var got []string
	for _, r := range rows.Rejects {
		got = append(got, fmt.Sprintf("%d %s %s %d bytes", r.Sequence, r.Subject, r.EventID, len(r.Data)))
		if r.Reason == "" {
			t.Errorf("%d has no reason", r.Sequence)
		}
	}
	want := []string{
		"1 pw.rate.usd.a.b.c one 0 bytes", fmt.Sprintf("3 %s %s %d bytes", batch[1].Subject, batch[1].ID, len(batch[1].Data)), "7 pw.crawl.usd.x two 31 bytes",
	}
	if diff := historytest.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if changes := store.Rows(history.TableRateChanges); len(changes.RateChanges) != 2 {
		t.Errorf("%d changes are kept beside the rejected one", len(changes.RateChanges))
	}
}

func TestAnAtomicBatchIsOneInsertionATable(t *testing.T) {
	streams := newStreams(t)
	publish(t, streams, "PRICES", list(t, 0, 40)[:41]...)
	insertions := map[history.Table]int{}
	store := &faulty{Store: &memory.Store{}, before: func(_ int, table history.Table, rows *history.Rows) error {
		insertions[table]++
		return nil
	}}
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	want := map[history.Table]int{history.TableLicenseChanges: 1, history.TableLicensePrices: 1, history.TableReleases: 1, history.TableProgress: 1}
	if diff := historytest.Diff(want, insertions); diff != "" {
		t.Error(diff)
	}
}

func TestTheManifestComesAfterAllThatItMakesVisible(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	var order []history.Table
	store := &faulty{Store: &memory.Store{}, before: func(_ int, table history.Table, rows *history.Rows) error {
		if rows.Progress != nil && rows.Progress[0].Stream[:6] == "PRICES" {
			order = append(order, table)
		}
		return nil
	}}
	cfg := quick()
	cfg.ChunkMessages, cfg.Interval = 0, 20*time.Millisecond
	if err := writeAll(t, cfg, streams, store); err != nil {
		t.Fatal(err)
	}
	lines := []history.Table{history.TableLicenseChanges, history.TableLicensePrices, history.TableItemChanges, history.TableItems}
	manifests := []history.Table{history.TableReleases, history.TableWithdrawals}
	for _, table := range append(lines, manifests...) {
		if !slices.Contains(order, table) {
			t.Errorf("nothing was inserted into %s", table)
		}
	}
	visible := false // what a chunk's manifests make visible, however many chunks there are
	for _, table := range order {
		if visible && slices.Contains(lines, table) {
			t.Fatalf("%s came after what makes it visible: %v", table, order)
		}
		visible = table != history.TableProgress && (visible || slices.Contains(manifests, table))
	}
}

func TestANewStreamIsFoundWhileRunning(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	m := newMaterializer(t, quick(), streams, store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	if _, err := streams.Declare(ctx, stream.RatesDeclaration("EUR")); err != nil {
		t.Fatal(err)
	}
	publish(t, streams, "RATES_EUR", stream.Message{Subject: "pw.crawl.eur.x", ID: "x", Data: []byte("?")})
	until(t, func() bool { return caughtUp(t, streams, store) && len(m.Health()) == 3 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if rejects := store.Rows(history.TableRejects); len(rejects.Rejects) != 1 {
		t.Errorf("%v", rejects.Rejects)
	}
}

func TestAStopInsertsWhatWasReceived(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	cfg := quick()
	cfg.Interval = time.Hour // the second chunk would wait
	m := newMaterializer(t, cfg, streams, store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	publish(t, streams, "RATES_USD", crawl(t, 0, 1)...)
	until(t, func() bool { return caughtUp(t, streams, store) })
	publish(t, streams, "RATES_USD", crawl(t, 1, 1)...)
	until(t, func() bool { return received(m, "RATES_USD") == 6 })
	stop()
	if err := <-ended; err != nil || !caughtUp(t, streams, store) {
		t.Fatalf("stopped with %v, everything inserted: %v", err, caughtUp(t, streams, store))
	}
}

func TestAStopIsNotHeldUpByAStoreThatIsAway(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	store := &faulty{Store: &memory.Store{}, before: func(int, history.Table, *history.Rows) error { return fault.New(fault.Unavailable, "no connection") }}
	cfg := quick()
	cfg.Drain = 10 * time.Millisecond
	m := newMaterializer(t, cfg, streams, store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	until(t, func() bool { h := m.Health(); return len(h) == 2 && h[0].Failing != "" && h[1].Failing != "" })
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it does not stop")
	}
}

func TestAStreamBehindItsTablesIsRefused(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	info, err := streams.Info(t.Context(), "RATES_USD")
	if err != nil {
		t.Fatal(err)
	}
	historytest.Put(t, store, "1", history.Rows{Crawls: []history.Crawl{{Position: history.Position{Stream: info.Name.String(), Sequence: 3}}}})
	if err := newMaterializer(t, quick(), streams, store).Run(t.Context()); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Fatalf("%v, hint %q", err, fault.HintOf(err))
	}
}

func TestAnotherLifeOfAStreamIsRefused(t *testing.T) {
	streams, store := newStreams(t), &memory.Store{}
	publish(t, streams, "RATES_USD", crawl(t, 0, 1)...)
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	streams.Delete("RATES_USD")
	if _, err := streams.Declare(t.Context(), stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	publish(t, streams, "RATES_USD", crawl(t, 0, 1)...)
	if err := writeAll(t, quick(), streams, store); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Fatalf("%v, hint %q", err, fault.HintOf(err))
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	if _, err := materializer.New(materializer.Config{Interval: -1}, materializer.Deps{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if _, err := materializer.New(materializer.Config{}, materializer.Deps{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func received(m *materializer.Materializer, name string) uint64 {
	for _, h := range m.Health() {
		if len(h.Stream) > len(name) && h.Stream[:len(name)] == name {
			return h.Received
		}
	}
	return 0
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

func TestTokensThatOutliveTheirRowsLoseNothing(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want := undisturbed(t, streams)
	lost := map[history.Table]bool{}
	store := &forgetful{Store: &memory.Store{}, lose: func(table history.Table) bool {
		defer func() { lost[table] = true }()
		return !lost[table]
	}}
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	if diff := historytest.Diff(want, tables(store.Store)); diff != "" {
		t.Fatal(diff)
	}
}

// forgetful remembers a token and loses its rows, as a server may that crashes between the two.
type forgetful struct {
	*memory.Store
	mu   sync.Mutex
	lose func(history.Table) bool
	gone map[string]bool
}

func (f *forgetful) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone[string(t)+token] {
		return nil
	}
	if rows.Count(t) > 0 && f.lose(t) {
		if f.gone == nil {
			f.gone = map[string]bool{}
		}
		f.gone[string(t)+token] = true
		return fault.New(fault.Unavailable, "connection: %w", errors.New("reset"))
	}
	return f.Store.Insert(ctx, t, rows, token)
}
