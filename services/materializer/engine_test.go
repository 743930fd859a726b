package materializer_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/services/materializer"
)

// engine is a new database on the real engine, and its data source name.
func engine(t testing.TB) (*clickhouse.Store, string) {
	t.Helper()
	dsn := clickhousetest.Start(t)
	return openStore(t, dsn), dsn
}

func openStore(t testing.TB, dsn string) *clickhouse.Store {
	t.Helper()
	store, err := clickhouse.Open(context.Background(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// number asks the engine for a number.
func number(t testing.TB, dsn, question string) uint64 {
	t.Helper()
	options, err := clickhousego.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhousego.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var n uint64
	if err := conn.QueryRow(context.Background(), question).Scan(&n); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return n
}

// fed are the tables and views that are fed from streams.
func fed() []string {
	return []string{
		"rates", "rate_changes", "license_prices", "license_changes", "releases", "releases_effective", "crawls", "quarantine", "rejects", "progress",
		"items", "offers", "services", "documents", "item_changes", "publications", "withdrawals", "corrections", "releases_missing",
		"rates_store", "rate_changes_store", "license_prices_store", "license_changes_store", "releases_store", "effective_store", "crawls_store",
		"crawl_parts", "crawl_parts_store", "items_store", "item_changes_store", "withdrawals_store", "corrections_store", "missing_store",
	}
}

func noDoubles(t testing.TB, dsn string) {
	t.Helper()
	for _, table := range fed() {
		if n := number(t, dsn, "SELECT toUInt64(count() - uniqExact(stream, seq, row)) FROM "+table); n != 0 {
			t.Errorf("%s holds %d rows twice", table, n)
		}
	}
}

// counts are the rows of every table of the real engine, by table.
func counts(t testing.TB, dsn string) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	for _, table := range fed() {
		if table != "progress" {
			all[table] = number(t, dsn, "SELECT count() FROM "+table)
		}
	}
	return all
}

func TestTheEngineAnswersLikeTheModel(t *testing.T) {
	streams, model := newStreams(t), &memory.Store{}
	store, dsn := engine(t)
	publishAll(t, streams)
	for _, to := range []positioned{model, store} {
		if err := writeAll(t, materializer.Config{Interval: time.Millisecond, ChunkMessages: 9}, streams, to); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 {
		known := day("2026-01-09").AddDate(0, 0, i)
		q := history.RateList{AsOf: history.AsOf{At: known, KnownAt: known}}
		want, err := model.Rates(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Rates(t.Context(), q)
		if diff := historytest.Diff(want, got); err != nil || diff != "" {
			t.Errorf("known at %s: %v, %s", known, err, diff)
		}
	}
	listsLikeTheModel(t, store, model)
	noDoubles(t, dsn)
}

// listsLikeTheModel compares lists of prices and offers, and what happened to releases.
func listsLikeTheModel(t *testing.T, store, model history.Reader) {
	t.Helper()
	for _, known := range []string{"2026-11-02", "2026-12-05", "2026-12-20", "2027-01-11", "2027-01-12"} {
		for _, at := range []string{"2026-12-05", "2026-12-20", "2027-01-05", "2027-01-10", "2027-01-15"} {
			as := history.AsOf{At: day(at), KnownAt: day(known)}
			same(t, model.Prices, store.Prices, history.PriceList{Market: "US", AsOf: as})
			same(t, model.Items, store.Items, history.ItemList{List: "offers", Market: "US", AsOf: as})
		}
	}
	same(t, model.Releases, store.Releases, history.ReleaseList{})
	same(t, model.Withdrawals, store.Withdrawals, history.WithdrawalList{})
	same(t, model.Corrections, store.Corrections, history.CorrectionList{})
}

// same asks both the same.
func same[Q, A any](t *testing.T, model, store func(context.Context, Q) (A, error), q Q) {
	t.Helper()
	want, err := model(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	got, err := store(t.Context(), q)
	if diff := historytest.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%+v: %v, %s", q, err, diff)
	}
}

func TestAWriterKilledOnTheEngineLosesAndDoublesNothing(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	calm, calmDSN := engine(t)
	if err := writeAll(t, materializer.Config{Interval: time.Millisecond, ChunkMessages: 6}, streams, calm); err != nil {
		t.Fatal(err)
	}
	want := counts(t, calmDSN)
	store, dsn := engine(t)
	r := rand.New(rand.NewPCG(1, 2))
	for kills := 0; !caughtUp(t, streams, store) && kills < 40; kills++ {
		// The connections go away in the middle of whatever they carry, as they do when a process is killed.
		doomed := openStore(t, dsn)
		cfg := materializer.Config{Interval: time.Millisecond, ChunkMessages: 1 + r.IntN(12), Drain: time.Nanosecond, Retry: time.Hour}
		ctx, kill := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(10+r.IntN(150))*time.Millisecond, kill)
		if err := newMaterializer(t, cfg, streams, doomed).Run(ctx); err != nil {
			t.Fatal(err)
		}
		kill()
		_ = doomed.Close()
	}
	if err := writeAll(t, materializer.Config{Interval: time.Millisecond}, streams, store); err != nil {
		t.Fatal(err)
	}
	noDoubles(t, dsn)
	if diff := historytest.Diff(want, counts(t, dsn)); diff != "" {
		t.Error(diff)
	}
}

func TestTwoWritersOnTheEngineDoubleNothing(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	store, dsn := engine(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for i := range 2 {
		m := newMaterializer(t, materializer.Config{Interval: time.Millisecond, ChunkMessages: 5 + 6*i}, streams, openStore(t, dsn))
		go func() { ended <- m.Run(ctx) }()
	}
	until(t, func() bool { return caughtUp(t, streams, store) })
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	noDoubles(t, dsn)
	calm, calmDSN := engine(t)
	if err := writeAll(t, materializer.Config{}, streams, calm); err != nil {
		t.Fatal(err)
	}
	if diff := historytest.Diff(counts(t, calmDSN), counts(t, dsn)); diff != "" {
		t.Error(diff)
	}
}
