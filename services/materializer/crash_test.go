package materializer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
)

func TestACrashAtAnyInsertionLosesAndDoublesNothing(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want := undisturbed(t, streams)
	crashes := 0
	for call, died := 1, true; died; call++ {
		died = false
		for _, kept := range []bool{false, true} {
			if crashAt(t, streams, call, kept, want) {
				died = true
				crashes++
			}
		}
	}
	if crashes < 60 {
		t.Fatalf("only %d crashes happened", crashes)
	}
}

// crashAt runs a writer that dies at its so-and-so-many-th insertion, before it or after, and then one that does not. It reports whether
// there was such an insertion.
func crashAt(t *testing.T, streams *streammemory.Adapter, call int, kept bool, want map[history.Table]history.Rows) bool {
	t.Helper()
	died := false
	store := &faulty{Store: &memory.Store{}}
	die := func(n int, _ history.Table, _ *history.Rows) error {
		if n < call {
			return nil
		}
		died = true
		return crash()
	}
	if store.before = die; kept {
		store.before, store.after = nil, die
	}
	// Where the last insertion of all is kept, everything is written, and the run may be over before its failure is seen.
	err := writeAll(t, quick(), streams, store)
	if crashed := errors.Is(err, errCrash); crashed != died && !(died && kept && err == nil) {
		t.Fatalf("crash at %d, kept %v: %v", call, kept, err)
	}
	next := quick()
	next.ChunkMessages = 3 // another cut would double rows if cuts were not agreed
	if err := writeAll(t, next, streams, store.Store); err != nil {
		t.Fatalf("after the crash at %d: %v", call, err)
	}
	if diff := historytest.Diff(want, tables(store.Store)); diff != "" {
		t.Fatalf("crash at %d, kept %v: %s", call, kept, diff)
	}
	return died
}

func TestAnInsertionOfUnknownOutcomeIsRepeatedOnce(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want := undisturbed(t, streams)
	store := &faulty{Store: &memory.Store{}, after: func(n int, _ history.Table, _ *history.Rows) error {
		if n%2 == 1 {
			return fault.New(fault.Unavailable, "connection lost")
		}
		return nil
	}}
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	if diff := historytest.Diff(want, tables(store.Store)); diff != "" {
		t.Fatal(diff)
	}
}

func TestTwoWritersAtOnceDoubleNothing(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want := undisturbed(t, streams)
	for n := range 20 {
		store := &memory.Store{}
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for i := range 3 {
			cfg := quick()
			cfg.ChunkMessages = 1 + 7*i // they would cut differently
			m := newMaterializer(t, cfg, streams, slow(store, time.Duration((n+i)%3)*100*time.Microsecond))
			writers.Go(func() {
				if err := m.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		until(t, func() bool { return caughtUp(t, streams, store) })
		stop()
		writers.Wait()
		if diff := historytest.Diff(want, tables(store)); diff != "" {
			t.Fatal(diff)
		}
		progress := store.Rows(history.TableProgress)
		seen := map[history.Position]bool{}
		for _, p := range progress.Progress {
			if seen[p] {
				t.Fatalf("progress %v is there twice", p)
			}
			seen[p] = true
		}
	}
}

func slow(store *memory.Store, by time.Duration) *faulty {
	return &faulty{Store: store, before: func(int, history.Table, *history.Rows) error {
		time.Sleep(by)
		return nil
	}}
}

func TestAMessageThatATableRefusesCostsOneReject(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	for _, table := range []history.Table{history.TableRateChanges, history.TableRates, history.TableCrawls, history.TableQuarantine} {
		store := &faulty{Store: &memory.Store{}, before: refusing(table, 12, 15)}
		if table == history.TableCrawls {
			store.before = refusing(table, 7, 15)
		}
		if table == history.TableQuarantine {
			store.before = refusing(table, 6, 14)
		}
		if err := writeAll(t, quick(), streams, store); err != nil {
			t.Fatal(err)
		}
		want := undisturbed(t, streams)
		rows := want[table]
		before := rows.Count(table)
		left, rejects := store.Rows(table), store.Rows(history.TableRejects)
		missing := before - left.Count(table)
		if len(rejects.Rejects) != 6+missing || missing == 0 {
			t.Errorf("%s: %d rows of %d, %d rejects", table, left.Count(table), before, len(rejects.Rejects))
		}
		for _, r := range rejects.Rejects {
			if len(r.Data) == 0 || r.Subject == "" {
				t.Errorf("%s: reject %d came without its bytes", table, r.Sequence)
			}
		}
	}
}

// refusing refuses insertions that hold rows of the messages.
func refusing(table history.Table, messages ...uint64) func(int, history.Table, *history.Rows) error {
	return func(_ int, t history.Table, rows *history.Rows) error {
		for _, m := range messages {
			if one := rows.Between(m, m); t == table && one.Count(t) > 0 {
				return fault.New(fault.Invalid, "row cannot be kept")
			}
		}
		return nil
	}
}

func TestAReleaseWithARejectedLineStaysInvisibleAndIsAlarmed(t *testing.T) {
	for _, table := range []history.Table{history.TableLicensePrices, history.TableLicenseChanges} {
		streams := newStreams(t)
		publish(t, streams, "PRICES", list(t, 0, 9)[:10]...)
		publish(t, streams, "PRICES", list(t, 1, 9)[:10]...)
		store := &faulty{Store: &memory.Store{}, before: refusing(table, 4)}
		m := newMaterializer(t, quick(), streams, store)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		until(t, func() bool { return caughtUp(t, streams, store) })
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		page, err := store.Releases(t.Context(), history.ReleaseList{})
		if err != nil || len(page.Items) != 1 || page.Items[0].Release != "license-us-2027-01-r1" {
			t.Errorf("%s: visible are %+v, %v", table, page.Items, err)
		}
		if h := m.Health()[0]; h.Incomplete != 1 || h.Rejected != 1 {
			t.Errorf("%s: %+v", table, h)
		}
		if rejects := store.Rows(history.TableRejects); len(rejects.Rejects) != 1 || rejects.Rejects[0].Sequence != 4 {
			t.Errorf("%s: %+v", table, rejects.Rejects)
		}
	}
}

func TestAWithdrawalWithARejectedLineStaysInvisibleAndIsAlarmed(t *testing.T) {
	for table, refused := range map[history.Table]uint64{
		history.TableLicensePrices: 12, history.TableLicenseChanges: 12, history.TableItems: 21, history.TableItemChanges: 22, history.TableWithdrawals: 15,
	} {
		streams := newStreams(t)
		for i := range 2 { // 1 to 5, 6 to 10
			publish(t, streams, "PRICES", list(t, i, 4)[:5]...)
		}
		publish(t, streams, "PRICES", withdrawal(t, 1, 4)...)       // 11 to 15
		publish(t, streams, "PRICES", matrix(t, 0, 3)...)           // 16 to 19
		publish(t, streams, "PRICES", matrixWithdrawal(t, 0, 3)...) // 20 to 23
		store := &faulty{Store: &memory.Store{}, before: refusing(table, refused)}
		m := newMaterializer(t, quick(), streams, store)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		until(t, func() bool { return caughtUp(t, streams, store) })
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		page, err := store.Withdrawals(t.Context(), history.WithdrawalList{})
		if err != nil || len(page.Items) != 1 || (page.Items[0].List == "license") != (refused > 20) {
			t.Errorf("%s: visible are %+v, %v", table, page.Items, err)
		}
		releases, err := store.Releases(t.Context(), history.ReleaseList{})
		if err != nil || len(releases.Items) != 3 {
			t.Errorf("%s: visible are %+v, %v", table, releases.Items, err)
		}
		if h := m.Health()[0]; h.Incomplete != 1 || h.Rejected != 1 {
			t.Errorf("%s: %+v", table, h)
		}
	}
}

func TestATableThatRefusesEverythingStopsTheWriter(t *testing.T) {
	streams := newStreams(t)
	publish(t, streams, "RATES_USD", crawl(t, 0, 200)...)
	store := &faulty{Store: &memory.Store{}, before: func(_ int, table history.Table, _ *history.Rows) error {
		if table == history.TableRates {
			return fault.New(fault.Invalid, "type mismatch")
		}
		return nil
	}}
	if err := writeAll(t, quick(), streams, store); err == nil {
		t.Fatal("it goes on rejecting")
	}
}

func TestACrashWhileMessagesAreRefusedLosesNoReject(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	refuse := refusing(history.TableRates, 9, 12, 17)
	undisturbedStore := &faulty{Store: &memory.Store{}, before: refuse}
	if err := writeAll(t, quick(), streams, undisturbedStore); err != nil {
		t.Fatal(err)
	}
	want := rejected(undisturbedStore.Store)
	for call, died := 1, true; died; call++ {
		store := &faulty{Store: &memory.Store{}}
		store.before = func(n int, table history.Table, rows *history.Rows) error {
			if n == call {
				return crash()
			}
			return refuse(n, table, rows)
		}
		if err := writeAll(t, quick(), streams, store); err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		died = store.calls >= call
		store.before = refuse
		if err := writeAll(t, quick(), streams, store); err != nil {
			t.Fatal(err)
		}
		if diff := historytest.Diff(want, rejected(store.Store)); diff != "" {
			t.Fatalf("crash at %d: %s", call, diff)
		}
		rates, wanted := store.Rows(history.TableRates), undisturbedStore.Rows(history.TableRates)
		if diff := historytest.Diff(wanted, rates); diff != "" {
			t.Fatalf("crash at %d: %s", call, diff)
		}
	}
}

// rejected counts rejects by message.
func rejected(s *memory.Store) map[uint64]int {
	counts := map[uint64]int{}
	rows := s.Rows(history.TableRejects)
	for _, r := range rows.Rejects {
		counts[r.Sequence]++
	}
	return counts
}
