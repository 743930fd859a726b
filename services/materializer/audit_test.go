package materializer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/materializer"
)

// whole is a store that can be written, asked, audited and rebuilt.
type whole interface {
	history.Reader
	history.Appender
	history.Auditor
	history.Rebuilder
}

// kept is a materializer that runs, and its streams and tables.
type kept struct {
	*materializer.Materializer
	log *zap.Logger
}

// keep runs a materializer until the test ends, or stop is called, and waits for its audit at the start.
func keep(t *testing.T, streams *streammemory.Adapter, auditor history.Auditor, appender history.Appender, rebuilder history.Rebuilder) (k *kept, stop func()) {
	t.Helper()
	cfg := quick()
	cfg.ChunkMessages = 40
	m, err := materializer.New(cfg, materializer.Deps{Reader: streams, Appender: appender, Auditor: auditor, Rebuilder: rebuilder, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	k = &kept{m, zap.NewNop()}
	patiently(t, func() bool {
		audits := m.Audits()
		return len(audits) > 0 && over(audits[len(audits)-1].State)
	})
	return k, stop
}

func keepWhole(t *testing.T, streams *streammemory.Adapter, store whole) (*kept, func()) {
	t.Helper()
	return keep(t, streams, store, store, store)
}

func over(s materializer.State) bool { return s == materializer.Done || s == materializer.Failed }

// audit makes an audit and returns it when it is over.
func (k *kept) audit(t *testing.T, o materializer.Order) materializer.Audit {
	t.Helper()
	a, err := k.Audit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	find := func() materializer.Audit {
		all := k.Audits()
		return all[slices.IndexFunc(all, func(x materializer.Audit) bool { return x.ID == a.ID })]
	}
	patiently(t, func() bool { return over(find().State) })
	if a = find(); a.State != materializer.Done {
		t.Fatalf("%s failed: %s", a.ID, a.Failure)
	}
	return a
}

// rebuild makes a rebuild and returns it when it is over.
func (k *kept) rebuild(t *testing.T, list string) materializer.Rebuild {
	t.Helper()
	if _, err := k.Rebuild(list); err != nil {
		t.Fatal(err)
	}
	patiently(t, func() bool { return over(k.Rebuilds()[0].State) })
	return k.Rebuilds()[0]
}

// told are findings in one line each, without their details.
func told(findings []history.Finding) string {
	var lines []string
	for i := range findings {
		f := &findings[i]
		stream, _, _ := strings.Cut(f.Stream, "@")
		line := fmt.Sprintf("%s %s %s %d-%d", f.Kind, f.Table, stream, f.First, f.Last)
		if f.Row != nil {
			line += fmt.Sprintf(" row %d", *f.Row)
		}
		if len(f.Columns) > 0 {
			line += " " + strings.Join(f.Columns, ",")
		}
		if f.Repaired {
			line += " repaired"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// damage runs statements on the engine.
func damage(t *testing.T, dsn string, statements ...string) {
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
	for _, s := range statements {
		if strings.HasPrefix(s, "ALTER") {
			s += " SETTINGS mutations_sync = 2"
		}
		if err := conn.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// content is everything that the tables hold, as one number a table.
func content(t *testing.T, dsn string) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	for _, table := range []string{
		"rates_store", "rate_changes_store", "license_prices_store", "license_changes_store", "releases_store", "effective_store", "crawls_store", "quarantine_store",
		"rejects_store", "items_store", "item_changes_store", "withdrawals_store", "corrections_store", "missing_store", "crawl_parts_store",
	} {
		all[table] = number(t, dsn, "SELECT sum(sipHash64(formatRowNoNewline('JSONEachRow', *))) FROM "+table)
	}
	return all
}

// written is an engine that holds what published streams give, and nothing of a materializer runs.
func written(t *testing.T) (streams *streammemory.Adapter, store whole, dsn string) {
	t.Helper()
	streams = newStreams(t)
	publishAll(t, streams)
	publish(t, streams, "RATES_USD", unbelieved(t, 5)...)
	clickhouse, dsn := engine(t)
	if err := writeAll(t, materializer.Config{Interval: time.Millisecond, ChunkMessages: 20}, streams, clickhouse); err != nil {
		t.Fatal(err)
	}
	return streams, clickhouse, dsn
}

// planted is a fault, what a quick and a deep audit find of it, and what heals it.
type planted struct {
	name        string
	damage      []string
	quick, deep string
	list        string // that is rebuilt to heal it; empty: a repair does
	gone        bool   // a table is not there at all
}

func plants() []planted {
	return []planted{
		{
			name: "a whole message", damage: []string{"ALTER TABLE rates_store DELETE WHERE seq = 3", "ALTER TABLE rate_changes_store DELETE WHERE seq = 3"},
			quick: "count crawls RATES_USD 1-7\ncount rates RATES_USD 1-7\nhole  RATES_USD 3-3",
			deep:  "count crawls RATES_USD 1-7\ncount rates RATES_USD 1-7\nhole rate_changes RATES_USD 3-3 row 0\nhole rates RATES_USD 3-3 row 0",
		},
		{
			name: "one table", damage: []string{"TRUNCATE TABLE rates_store"},
			quick: "count rates RATES_USD 1-7\ncount rates RATES_USD 17-23\ncount rates RATES_USD 25-31\ncount rates RATES_USD 33-39\ncount rates RATES_USD 41-47\n" +
				"count rates RATES_USD 9-15",
		},
		{
			name: "a row of a period", damage: []string{"ALTER TABLE license_prices_store DELETE WHERE seq = 2"}, deep: "hole license_prices PRICES 2-2 row 0",
		},
		{
			name: "a row of an item", damage: []string{"ALTER TABLE items_store DELETE WHERE seq = 13 OR seq = 14"}, deep: "hole items PRICES 13-14",
		},
		{
			name: "a row of many", damage: []string{"ALTER TABLE quarantine_store DELETE WHERE seq = 49 AND row IN (1, 2)"},
			quick: "count crawls RATES_USD 49-50\nhole quarantine RATES_USD 49-49", deep: "count crawls RATES_USD 49-50\nhole quarantine RATES_USD 49-49",
		},
		{
			name: "a doubled row", damage: []string{"INSERT INTO rate_changes_store SELECT * FROM rate_changes_store WHERE seq = 3"},
			quick: "count crawls RATES_USD 1-7\ndouble rate_changes RATES_USD 3-3 row 0", deep: "count crawls RATES_USD 1-7\ndouble rate_changes RATES_USD 3-3 row 0",
			list: "usage",
		},
		{
			name: "an altered price", damage: []string{"ALTER TABLE rates_store UPDATE price = 7 WHERE seq = 3"}, quick: "slices rates RATES_USD 1-50", deep: "altered rates RATES_USD 3-3 row 0 price", list: "usage",
		},
		{
			name: "an altered item", damage: []string{"ALTER TABLE item_changes_store UPDATE after = map('x', 'y') WHERE seq = 14"},
			deep: "altered item_changes PRICES 14-14 row 0 after", list: "offers",
		},
		{
			name: "an altered manifest", damage: []string{"ALTER TABLE releases_store UPDATE changed = 5 WHERE seq = 5"},
			quick: "count releases PRICES 1-5", deep: "altered releases PRICES 5-5 row 0 changed\ncount releases PRICES 1-5", list: "license",
		},
		{
			name: "a row that is nobody's", damage: []string{"INSERT INTO rates_store SELECT * REPLACE (7 AS row, 5 AS price) FROM rates_store WHERE seq = 3"},
			quick: "count rates RATES_USD 1-7\nhole rates RATES_USD 3-3", deep: "count rates RATES_USD 1-7\nextra rates RATES_USD 3-3 row 7", list: "usage",
		},
		{name: "a view", damage: []string{"DROP VIEW rates_at"}, quick: "schema rates_at  0-0"},
		{name: "a view that was changed", damage: []string{"CREATE OR REPLACE VIEW crawls AS SELECT * FROM crawls_store"}, quick: "schema crawls  0-0"},
		{
			name: "slices that lost rows", damage: []string{"TRUNCATE TABLE rate_slices"}, quick: "slices rates RATES_USD 1-50", deep: "slices rates RATES_USD 1-50", list: "usage",
		},
		{
			name: "slices that lost attributes", damage: []string{"ALTER TABLE rate_row_slices UPDATE region = 'elsewhere' WHERE true"},
			quick: "slices rates RATES_USD 1-50", deep: "slices rates RATES_USD 1-50", list: "usage",
		},
		{name: "dropped slices", damage: []string{"DROP TABLE rate_slices SYNC"}, gone: true},
		{name: "dropped slices of rows", damage: []string{"DROP TABLE rate_row_slices SYNC"}, gone: true},
		{name: "dropped cuts", damage: []string{"DROP TABLE rate_cuts SYNC"}, gone: true},
		{name: "a dropped table", damage: []string{"DROP TABLE effective_store SYNC"}, quick: "schema effective_store  0-0", gone: true},
	}
}

func TestAnAuditFindsEachPlantedFaultAndItIsHealed(t *testing.T) {
	streams, store, dsn := written(t)
	want := content(t, dsn)
	k, _ := keepWhole(t, streams, store)
	if a := k.audit(t, materializer.Order{Deep: true}); len(a.Findings) != 0 {
		t.Fatalf("undisturbed: %s", told(a.Findings))
	}
	for _, p := range plants() {
		t.Run(p.name, func(t *testing.T) {
			damage(t, dsn, p.damage...)
			k.finds(t, p)
			if p.list == "" {
				a := k.audit(t, materializer.Order{Deep: p.quick == "", Repair: true})
				if a.Wrong != 0 || a.Repaired == 0 {
					t.Errorf("repair:\n%s", told(a.Findings))
				}
			} else if r := k.rebuild(t, p.list); r.State != materializer.Done {
				t.Fatal(r.Failure)
			}
			if diff := historytest.Diff(want, content(t, dsn)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if a := k.audit(t, materializer.Order{Deep: true}); len(a.Findings) != 0 {
		t.Errorf("healed:\n%s", told(a.Findings))
	}
	leftovers(t, dsn)
}

// finds makes a quick and a deep audit, and compares what they find.
func (k *kept) finds(t *testing.T, p planted) {
	t.Helper()
	if p.gone {
		return // nothing can be asked of a table that is not there
	}
	if got := told(k.audit(t, materializer.Order{}).Findings); got != p.quick {
		t.Errorf("quick:\n%s\nwant:\n%s", got, p.quick)
	}
	if p.deep == "" {
		return
	}
	deep := k.audit(t, materializer.Order{Deep: true})
	if got := told(deep.Findings); got != p.deep || deep.Wrong == 0 {
		t.Errorf("deep:\n%s\nwant:\n%s", got, p.deep)
	}
}

// leftovers fails when something of audits and rebuilds is still there.
func leftovers(t *testing.T, dsn string) {
	t.Helper()
	if n := number(t, dsn, "SELECT count() FROM system.tables WHERE database = currentDatabase() AND (name LIKE 'scratch%' OR name LIKE '%rebuild%')"); n != 0 {
		t.Errorf("%d tables are left", n)
	}
}

func TestTheAuditAtTheStartFillsHolesAndSaysSo(t *testing.T) {
	streams, store, dsn := written(t)
	want := content(t, dsn)
	damage(t, dsn, "ALTER TABLE crawls_store DELETE WHERE seq = 7", "ALTER TABLE rates_store DELETE WHERE seq IN (1, 2)", "DROP VIEW rates", "CREATE TABLE rates_store_rebuild_dead AS rates_store")
	k, _ := keepWhole(t, streams, store)
	a := k.Audits()[0]
	if !a.AtStart || a.State != materializer.Done || a.Wrong != 0 || a.Repaired != 4 || a.Restored != 3 {
		t.Errorf("%+v:\n%s", a, told(a.Findings))
	}
	if h := k.Health()[1]; h.Repaired != 3 || h.Wrong != 0 {
		t.Errorf("%+v", h)
	}
	if diff := historytest.Diff(want, content(t, dsn)); diff != "" {
		t.Error(diff)
	}
	leftovers(t, dsn)
}

func TestARebuildGoesOnWhileMessagesComeAndReadersAsk(t *testing.T) {
	streams, store, dsn := written(t)
	k, _ := keepWhole(t, streams, store)
	damage(t, dsn, "ALTER TABLE rates_store UPDATE price = 7 WHERE seq = 3")
	before := number(t, dsn, "SELECT count() FROM rates")
	asking, enough := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { asked <- askOn(asking, t, dsn, before) }()
	for list := range slices.Values([]string{"usage", ""}) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 8 {
				publish(t, streams, "RATES_USD", crawl(t, 10+i, 3)...)
				publish(t, streams, "RATES_USD", stream.Message{Subject: "pw.rate.usd.x.y.z", ID: "poison", Data: []byte("{")})
			}
		}()
		if r := k.rebuild(t, list); r.State != materializer.Done {
			t.Error(r.Failure)
		}
		<-done
	}
	patiently(t, func() bool { return caughtUp(t, streams, store) })
	enough()
	if err := <-asked; err != nil {
		t.Error(err)
	}
	if a := k.audit(t, materializer.Order{Deep: true}); len(a.Findings) != 0 {
		t.Errorf("%s", told(a.Findings))
	}
	noDoubles(t, dsn)
	calm, calmDSN := engine(t)
	if err := writeAll(t, materializer.Config{}, streams, calm); err != nil {
		t.Fatal(err)
	}
	if diff := historytest.Diff(content(t, calmDSN), content(t, dsn)); diff != "" {
		t.Error(diff)
	}
	leftovers(t, dsn)
}

// askOn asks for a count until ctx ends; it may never fall.
func askOn(ctx context.Context, t *testing.T, dsn string, least uint64) error {
	options, err := clickhousego.ParseDSN(dsn)
	if err != nil {
		return err
	}
	conn, err := clickhousego.Open(options)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for n := uint64(0); ctx.Err() == nil; least = n {
		if err := conn.QueryRow(context.WithoutCancel(ctx), "SELECT count() FROM rates").Scan(&n); err != nil {
			return err
		}
		if n < least {
			return fmt.Errorf("a reader saw %d periods after %d", n, least)
		}
	}
	return nil
}

// unbelieved is the batch of a crawl of which so many rows were not believed, and nothing else.
func unbelieved(t testing.TB, n int) []stream.Message {
	t.Helper()
	at := day("2026-02-01")
	o := rate.Outcome{Record: rate.Record{
		ID: "azure-usd-unbelieved", Source: "azure", Scope: "azure-usd", Currency: "USD", At: at, Finished: at, Rows: n, Complete: true,
		Content: strings.Repeat("ab", 32), Quarantined: n,
	}}
	for i := range n {
		o.Quarantined = append(o.Quarantined, rate.Quarantined{
			Reason: rate.ReasonInvalidNumber, Detail: "unitPrice", Identity: historytest.Meter(fmt.Sprint("bad-", i)), Raw: []byte(`{"unitPrice":"x"}`),
		})
	}
	batch, err := event.RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// text asks the engine for a text.
func text(t *testing.T, dsn, question string) string {
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
	var s string
	if err := conn.QueryRow(context.Background(), question).Scan(&s); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return s
}

// message reads one message of a stream.
func message(t *testing.T, streams *streammemory.Adapter, name string, sequence uint64) stream.Record {
	t.Helper()
	sub, err := streams.Subscribe(t.Context(), stream.Query{Stream: name, Start: stream.Start{Sequence: sequence}})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	record, err := sub.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// patiently waits for what takes the engine long on a busy machine.
func patiently(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}
