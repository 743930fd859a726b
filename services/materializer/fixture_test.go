package materializer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/materializer"
)

var day = historytest.Day

// newStreams returns streams in memory with those for prices and dollar rates declared.
func newStreams(t testing.TB) *streammemory.Adapter {
	t.Helper()
	streams := streammemory.New(func() time.Time { return day("2026-01-01") })
	for _, d := range []stream.Declaration{stream.PricesDeclaration(), stream.RatesDeclaration("USD")} {
		if _, err := streams.Declare(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	return streams
}

func publish(t testing.TB, streams *streammemory.Adapter, name string, batch ...stream.Message) {
	t.Helper()
	if _, err := streams.Publish(context.Background(), name, batch, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// crawl is the batch of a crawl in which n rates changed and one row was not believed.
func crawl(t testing.TB, number, n int) []stream.Message {
	t.Helper()
	at := day("2026-01-10").AddDate(0, 0, number)
	o := rate.Outcome{Record: rate.Record{
		ID: fmt.Sprint("azure-usd-", number), Source: "azure", Scope: "azure-usd", Currency: "USD", At: at, Finished: at, Rows: n + 1, Identities: n,
		Complete: true, Content: strings.Repeat("ab", 32), Quarantined: 1, Counts: rate.Counts{PriceChanged: n, Periods: n},
	}}
	for i := range n {
		id := historytest.Meter(fmt.Sprint("meter-", i))
		price := fmt.Sprint(number + 1)
		c := rate.Change{
			Identity: id, Key: id.Key(), Scope: "azure-usd", Region: "westeurope", Kind: rate.Added, KnownAt: at,
			After: historytest.Current(id, "2026-01-01", "", price, "westeurope", "VM"), Periods: []rate.Span{historytest.Span("2026-01-01", "", price)},
		}
		if number > 0 {
			c.Kind, c.Correction = rate.PriceChanged, true
			c.Before = historytest.Current(id, "2026-01-01", "", fmt.Sprint(number), "westeurope", "VM")
		}
		o.Changes = append(o.Changes, c)
	}
	o.Quarantined = []rate.Quarantined{{Reason: rate.ReasonInvalidNumber, Detail: "unitPrice", Identity: historytest.Meter("bad"), Raw: []byte(`{"unitPrice":"x"}`)}}
	batch, err := event.RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// monthly is the record of a release, in the month so many after December 2026.
func monthly(list string, month, n int) release.Release {
	slot := release.Slot{List: list, Market: "US", Month: effective.Month{Year: 2026, Month: 12}.Add(month)}
	return release.Release{
		ID: release.FormatID(slot, 1), Slot: slot, Revision: 1, State: release.Publishing, Kind: release.Full, EffectiveAt: slot.Month.Start(),
		PublishedAt: slot.Month.Start().AddDate(0, 0, -30), Lines: n, Content: strings.Repeat("cd", 32), Notice: release.Notice{Policy: "days:30", Days: 30},
		CreatedBy: "alice", SubmittedBy: "alice", ApprovedBy: "bob", Diff: listing.Counts{Added: n},
	}
}

// lineChanges are n lines that answer from an instant on, and become known at another.
func lineChanges(of string, n, price int, from, known time.Time) []pricelist.LineChange {
	var changes []pricelist.LineChange
	for i := range n {
		id := historytest.SKU(fmt.Sprintf("%04d", i))
		line := historytest.Line(id, fmt.Sprint(price), fmt.Sprint(price+1))
		span := pricelist.Span{Period: effective.Period{From: from}, Line: line, Release: of}
		changes = append(changes, pricelist.LineChange{
			Difference: pricelist.Difference{Identity: id, Change: listing.Added, After: line}, KnownAt: known,
			Spans: []pricelist.Span{span}, Timeline: []pricelist.Span{span},
		})
	}
	return changes
}

// itemChanges are n items that are on their list from an instant on, and become known at another.
func itemChanges(of string, n int, from, known time.Time) []item.Change {
	var changes []item.Change
	for i := range n {
		key := fmt.Sprintf("CFQ7TTC0LH18/%04d", i)
		line := historytest.Item(key, "product", "CFQ7TTC0LH18", "sku", fmt.Sprintf("%04d", i), "allowed_countries", "DE;US")
		span := item.Span{Period: effective.Period{From: from}, Line: line, Release: of}
		changes = append(changes, item.Change{
			Difference: item.Difference{Key: key, Change: listing.Added, After: line}, KnownAt: known, Spans: []item.Span{span}, Timeline: []item.Span{span},
		})
	}
	return changes
}

// list is the batch of a release of n lines, in the month so many after December 2026, and the event that it took effect.
func list(t testing.TB, month, n int) []stream.Message {
	t.Helper()
	r := monthly(release.License, month, n)
	takesEffect, err := event.EffectiveMessage(r, "")
	if err != nil {
		t.Fatal(err)
	}
	return append(batchOf(t)(event.ReleaseBatch(r, lineChanges(r.ID, n, month+1, r.EffectiveAt, r.PublishedAt))), takesEffect)
}

// withdrawal is the batch by which such a release is taken back on the tenth of its month: its lines cost 9 again.
func withdrawal(t testing.TB, month, n int) []stream.Message {
	t.Helper()
	r := monthly(release.License, month, n)
	at := r.EffectiveAt.AddDate(0, 0, 9)
	w := release.Withdrawal{N: 1, By: "carol", Reason: "wrong prices", KnownAt: at, From: at, InForce: monthly(release.License, month-1, n).ID}
	return batchOf(t)(event.WithdrawalBatch(r, w, lineChanges(w.InForce, n, 9, at, at)))
}

// correction is the batch of a release that mends such a release from the twelfth of its month on.
func correction(t testing.TB, month, n int) []stream.Message {
	t.Helper()
	r := monthly(release.License, month, n)
	r.Corrects, r.Reason, r.Revision = r.ID, "wrong prices", 2
	r.ID, r.PublishedAt = release.FormatID(r.Slot, 2), r.EffectiveAt.AddDate(0, 0, 11)
	r.EffectiveAt = r.PublishedAt
	return batchOf(t)(event.ReleaseBatch(r, lineChanges(r.ID, n, 10, r.EffectiveAt, r.PublishedAt)))
}

// matrix is the batch of a release of n offers, and matrixWithdrawal the one by which it is taken back on the tenth of its month.
func matrix(t testing.TB, month, n int) []stream.Message {
	t.Helper()
	r := monthly(release.Offers, month, n)
	return batchOf(t)(event.ItemBatch(r, itemChanges(r.ID, n, r.EffectiveAt, r.PublishedAt)))
}

func matrixWithdrawal(t testing.TB, month, n int) []stream.Message {
	t.Helper()
	r := monthly(release.Offers, month, n)
	at := r.EffectiveAt.AddDate(0, 0, 9)
	changes := itemChanges("", n, at, at)
	for i := range changes {
		c := &changes[i]
		c.Change, c.Before, c.After, c.Spans[0].Line, c.Timeline[0].Line = listing.Removed, c.After, nil, nil, nil
	}
	return batchOf(t)(event.ItemWithdrawalBatch(r, release.Withdrawal{N: 1, By: "carol", Reason: "wrong", KnownAt: at, From: at}, changes))
}

// absent is the event that a month's list is missing.
func absent(t testing.TB, month int) stream.Message {
	t.Helper()
	r := monthly(release.License, month, 0)
	m, err := event.MissingMessage(r.Slot, 1, r.PublishedAt, r.EffectiveAt, r.PublishedAt.AddDate(0, 0, -7))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func batchOf(t testing.TB) func([]stream.Message, string, error) []stream.Message {
	return func(batch []stream.Message, _ string, err error) []stream.Message {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return batch
	}
}

// publishAll fills the streams with crawls, releases of prices and of offers, their withdrawals, a correction, a missing month, and messages
// that nobody understands.
func publishAll(t testing.TB, streams *streammemory.Adapter) {
	t.Helper()
	for i := range 6 {
		publish(t, streams, "RATES_USD", crawl(t, i, 5)...)
		publish(t, streams, "RATES_USD", stream.Message{Subject: "pw.rate.usd.x.y.z", ID: fmt.Sprint("poison-", i), Data: []byte{'{', 0xff, byte(i)}})
	}
	for i := range 2 {
		batch := list(t, i, 4)
		publish(t, streams, "PRICES", batch[:len(batch)-1]...)
		publish(t, streams, "PRICES", batch[len(batch)-1])
	}
	publish(t, streams, "PRICES", matrix(t, 0, 3)...)
	publish(t, streams, "PRICES", withdrawal(t, 1, 4)...)
	publish(t, streams, "PRICES", correction(t, 1, 2)...)
	publish(t, streams, "PRICES", matrixWithdrawal(t, 0, 3)...)
	publish(t, streams, "PRICES", absent(t, 3))
}

// quick is a configuration for tests: it neither rests nor waits long.
func quick() materializer.Config {
	return materializer.Config{Interval: time.Microsecond, Poll: time.Millisecond, Retry: time.Millisecond, RetryMost: 2 * time.Millisecond, ChunkMessages: 8}
}

func newMaterializer(t testing.TB, cfg materializer.Config, streams stream.Reader, store history.Appender) *materializer.Materializer {
	t.Helper()
	m, err := materializer.New(cfg, materializer.Deps{Reader: streams, Appender: store, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// positioned is what says how far a stream can be queried.
type positioned interface {
	history.Appender
	history.Positions
}

// writeAll runs a materializer until everything published can be queried, or it fails.
func writeAll(t testing.TB, cfg materializer.Config, streams stream.Reader, store positioned) error {
	t.Helper()
	m := newMaterializer(t, cfg, streams, store)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); !caughtUp(t, streams, store); time.Sleep(200 * time.Microsecond) {
		select {
		case err := <-ended:
			return err
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("not written in time: %+v", m.Health())
		}
	}
	stop()
	return <-ended
}

func caughtUp(t testing.TB, streams stream.Reader, store history.Positions) bool {
	t.Helper()
	infos, err := streams.Streams(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range infos {
		at, err := store.Position(context.Background(), info.Name.String())
		if err != nil || at < info.Last {
			return false
		}
	}
	return true
}

// tables is everything kept, table by table; progress apart, which says how it was cut.
func tables(s *memory.Store) map[history.Table]history.Rows {
	all := map[history.Table]history.Rows{}
	for _, table := range history.Tables() {
		if table != history.TableProgress {
			all[table] = s.Rows(table)
		}
	}
	return all
}

// undisturbed is what the streams give when nothing goes wrong.
func undisturbed(t testing.TB, streams *streammemory.Adapter) map[history.Table]history.Rows {
	t.Helper()
	store := &memory.Store{}
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	return tables(store)
}

var errCrash = errors.New("crash")

// faulty is an appender that something goes wrong with.
type faulty struct {
	*memory.Store
	mu     sync.Mutex
	calls  int
	before func(call int, t history.Table, rows *history.Rows) error // an error: nothing is inserted
	after  func(call int, t history.Table, rows *history.Rows) error // an error: it is inserted all the same
}

func (f *faulty) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	call, err := f.ask(0, f.before, t, &rows)
	if err != nil {
		return err
	}
	if err := f.Store.Insert(ctx, t, rows, token); err != nil {
		return err
	}
	_, err = f.ask(call, f.after, t, &rows)
	return err
}

// ask asks a hook, one at a time; call is 0 for a new one.
func (f *faulty) ask(call int, hook func(int, history.Table, *history.Rows) error, t history.Table, rows *history.Rows) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if call == 0 {
		f.calls++
		call = f.calls
	}
	if hook == nil {
		return call, nil
	}
	return call, hook(call, t, rows)
}

// crash is a fault that no retry mends: the writer ends as if the process had been killed.
func crash() error { return fault.New(fault.Refused, "insert: %w", errCrash) }

// TestMain closes the engine, if a test started it, and then looks for goroutines that were left behind.
func TestMain(m *testing.M) {
	code := clickhousetest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
