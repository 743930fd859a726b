package clickhouse_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// What an attempt left that ended before its slices counted is neither read nor in the way of the next one.
func TestSlicesThatAreLeftBehindAreNotTakenForNewOnes(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	for _, table := range []string{"rate_slices", "rate_row_slices"} {
		s.exec("INSERT INTO " + table + " SELECT * REPLACE (slice + 4294967296 AS slice) FROM " + table)
	}
	s.agree("beside what was left")
	if err := s.store.Reslice(t.Context(), historytest.Stream); err != nil {
		t.Fatal(err)
	}
	s.agree("made again")
	if n := s.number("SELECT toUInt64(max(generation)) FROM rate_cuts"); n != 2 {
		t.Errorf("generation %d counts, and the first was left by an attempt that failed", n)
	}
}

// A repair adds rows to the slices of long ago too, before and after one more is cut.
func TestARepairAddsToEverySlice(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	last := s.seq
	whole := s.model.Rows(history.TableRateChanges)
	for _, table := range []string{"rates_store", "rate_changes_store", "rate_slices", "rate_row_slices"} {
		s.exec("DELETE FROM " + table + " WHERE seq % 3 = 1")
	}
	for _, table := range []history.Table{history.TableRates, history.TableRateChanges} {
		e := history.Extent{Stream: historytest.Stream, First: 1, Last: last, Tables: []history.Table{table}}
		if n, err := s.store.Restore(t.Context(), e, whole); err != nil || n == 0 {
			t.Fatalf("%d rows restored, %v", n, err)
		}
	}
	s.agree("repaired")
	s.put(2, 12)
	s.agree("written to after it was repaired")
	s.open()
	s.agree("started after it was repaired")
}

// A process that ended in the middle of a repair cannot say so; what it left behind does.
func TestWhatIsLeftOfARepairOrARebuildRaisesTheRevision(t *testing.T) {
	s := newSliced(t)
	for _, left := range []string{"scratch_0a1b2c_missing_rates", "rates_store_rebuild_0a1b2c", "scratch_0a1b2c_kept_rates"} {
		before, err := s.store.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.exec("CREATE TABLE " + left + " AS rates_store ENGINE = Memory")
		for range 2 {
			if err := s.store.DropLeftovers(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := before.Number
		if left != "scratch_0a1b2c_kept_rates" { // an audit only looks
			want++
		}
		if after, err := s.store.Revision(t.Context()); err != nil || after.Number != want || !after.Whole {
			t.Errorf("%s: revision %+v after %+v, %v", left, after, before, err)
		}
	}
}

// What a crash kept from slices is there after the next start.
func TestAStartMendsSlices(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, cut := range []bool{true, false} {
		s := newSliced(t)
		s.put(1, 0)
		before := s.seq
		if !cut { // rows behind the last cut are mended, so there must be such
			s.exec("DELETE FROM rate_cuts WHERE slice > 2")
			s.exec("DELETE FROM rate_slices WHERE slice > 2")
			s.exec("DELETE FROM rate_row_slices WHERE slice > 2")
		}
		s.open()
		s.agree("cuts lost")
		last := s.number("SELECT max(position) FROM rate_cuts")
		s.exec(fmt.Sprintf("DELETE FROM rate_slices WHERE seq > %d AND seq %% 3 != %d", last, random.IntN(3)))
		s.exec(fmt.Sprintf("DELETE FROM rate_row_slices WHERE seq > %d AND seq %% 2 = 0", last))
		s.open()
		s.agree("rows lost")
		if s.seq != before {
			t.Fatal("the test wrote")
		}
	}
}

// A writer that did not cut learns of the cuts of another one.
func TestWritersOfOneStreamShareTheirSlices(t *testing.T) {
	s := newSliced(t)
	other, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: s.dsn, CutRows: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	own := s.store
	for seed := range uint64(4) {
		s.put(1+seed, int(5*seed))
		s.store, other = other, s.store
	}
	s.store = own
	if n := s.number(cutsMade); n < 5 {
		t.Fatalf("%d slices: the test wants many", n)
	}
	s.agree("written by two")
}

// asOfEach compares lists of every day as known on some.
func (s *sliced) asOfEach(what string, days int) {
	s.t.Helper()
	for v := range days {
		k := v * 5 % days
		at := history.AsOf{At: historytest.Day("2026-01-01").AddDate(0, 0, v), KnownAt: historytest.Day("2026-01-01").AddDate(0, 0, k)}
		s.same(what, history.RateList{AsOf: at})
	}
}

// What became known of a time before the last cut alone is in older slices only: a start mends these too.
func TestAStartMendsOldSlices(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	s.put(2, 12)
	s.seq++
	c := randomRates(3).RateChanges[0]
	c.Sequence, c.Identity, c.KnownAt = s.seq, historytest.Meter("meter-1"), historytest.Day("2026-02-05")
	c.Identity.Type = "seed-1"
	c.Key = c.Identity.Key()
	c.Periods = []rate.Span{{Period: effective.Period{From: historytest.Day("2026-01-03"), To: historytest.Day("2026-01-05")}, None: true}}
	one := history.Rows{RateChanges: []history.RateChange{c}}
	historytest.Put(t, s.model, "past", one)
	historytest.Put(t, s.store, "past", one)
	s.exec(fmt.Sprintf("DELETE FROM rate_slices WHERE seq = %d", s.seq))
	s.exec(fmt.Sprintf("DELETE FROM rate_row_slices WHERE seq = %d", s.seq))
	s.open()
	s.knownLater("after a start", 10)
}

// knownLater compares lists of the first days as known long afterwards.
func (s *sliced) knownLater(what string, days int) {
	s.t.Helper()
	for v := range days {
		s.same(what, history.RateList{AsOf: history.AsOf{At: historytest.Day("2026-01-01").AddDate(0, 0, v), KnownAt: historytest.Day("2026-03-01")}})
	}
}

func TestARepairReachesSlices(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	for _, table := range []string{"rates_store", "rate_changes_store", "rate_slices", "rate_row_slices"} {
		s.exec("DELETE FROM " + table + " WHERE seq BETWEEN 20 AND 35")
	}
	rows := randomRates(1)
	for i := range rows.RateChanges {
		c := &rows.RateChanges[i]
		c.Identity.Type = "seed-1"
		c.Key = c.Identity.Key()
	}
	for _, table := range []history.Table{history.TableRateChanges, history.TableRates} {
		n, err := s.store.Restore(t.Context(), history.Extent{Stream: historytest.Stream, First: 20, Last: 35, Tables: []history.Table{table}}, rows.Between(20, 35))
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	s.asOfEach("repaired", 11)
}

// Two writers insert the same messages, and one of them knows of cuts that the other does not know yet.
func TestAWriterThatKnowsMoreSlicesFillsThemToo(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	behind, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: s.dsn, CutRows: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = behind.Close() })
	if _, err := behind.Mark(t.Context(), historytest.Stream); err != nil {
		t.Fatal(err)
	}
	s.put(2, 12) // cuts
	rows := randomRates(3)
	for i := range rows.RateChanges {
		c := &rows.RateChanges[i]
		s.seq++
		c.Sequence, c.Identity.Type, c.KnownAt = s.seq, "seed-3", c.KnownAt.AddDate(0, 0, 24)
		c.Key = c.Identity.Key()
		one := history.Rows{RateChanges: rows.RateChanges[i : i+1], Progress: []history.Position{{Stream: historytest.Stream, Sequence: s.seq}}}
		token := fmt.Sprint("message-", s.seq)
		for _, table := range []history.Table{history.TableRateChanges, history.TableRates} {
			if err := behind.Insert(t.Context(), table, one, token); err != nil {
				t.Fatal(err)
			}
		}
		historytest.Put(t, s.store, token, one)
		historytest.Put(t, s.model, token, one)
	}
	s.asOfEach("written by both", 36)
}

// A rebuild puts other tables in the place of those that slices were made of; when it ends before it makes slices of these, a start does.
func TestAStartMakesSlicesOfOtherTables(t *testing.T) {
	s := newSliced(t)
	s.put(1, 0)
	s.exec("CREATE TABLE other AS rates_store")
	s.exec("INSERT INTO other SELECT * REPLACE (if(priced, price + 1, price) AS price) FROM rates_store")
	s.exec("EXCHANGE TABLES other AND rates_store")
	s.open()
	for v := range 10 {
		at := history.AsOf{At: historytest.Day("2026-01-01").AddDate(0, 0, v), KnownAt: historytest.Day("2026-01-09")}
		page, err := s.store.Rates(t.Context(), history.RateList{AsOf: at})
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.model.Rates(t.Context(), history.RateList{AsOf: at})
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Items {
			if i >= len(page.Items) || page.Items[i].Price.Cmp(want.Items[i].Price) <= 0 {
				t.Fatalf("as of %+v: %+v", at, page.Items)
			}
		}
	}
}
