package history_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

func at(sequence uint64) history.Position { return history.Position{Stream: "S@1", Sequence: sequence} }

// everything has a row of every table at sequences 1, 3 and 5; those of changes have two periods, but none at 3.
func everything() history.Rows {
	var rows history.Rows
	for _, n := range []uint64{1, 3, 5} {
		change, price, items := history.RateChange{Position: at(n)}, history.PriceChange{Position: at(n)}, history.ItemChange{Position: at(n)}
		if n != 3 {
			change.Periods, price.Spans, items.Spans = make([]rate.Span, 2), make([]pricelist.Span, 2), make([]item.Span, 2)
		}
		rows.Append(history.Rows{
			Rejects: []history.Reject{{Position: at(n)}}, Quarantine: []history.Quarantined{{Position: at(n)}}, RateChanges: []history.RateChange{change},
			PriceChanges: []history.PriceChange{price}, ItemChanges: []history.ItemChange{items}, CrawlParts: []history.CrawlPart{{Position: at(n)}},
			Crawls:    []history.Crawl{{Position: at(n)}},
			Effective: []history.Effective{{Position: at(n)}}, Corrections: []history.Correction{{Position: at(n)}},
			Missing: []history.Missing{{Position: at(n)}}, Stale: []history.Stale{{Position: at(n)}}, Withdrawals: []history.Withdrawal{{Position: at(n)}}, Releases: []history.Release{{Position: at(n)}}, Progress: []history.Position{at(n)},
		})
	}
	return rows
}

func TestRowsAreCountedAndCutTableByTable(t *testing.T) {
	rows := everything()
	for _, table := range history.Tables() {
		periods := table == history.TableRates || table == history.TableLicensePrices || table == history.TableItems
		count, all := 3, []uint64{1, 3, 5}
		if periods {
			count, all = 4, []uint64{1, 5}
		}
		if got := rows.Count(table); got != count {
			t.Errorf("%s has %d rows, want %d", table, got, count)
		}
		if diff := cmp.Diff(all, rows.Sequences(table)); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
		middle := rows.Between(2, 4)
		if got := middle.Count(table); got != map[bool]int{false: 1, true: 0}[periods] {
			t.Errorf("%s has %d rows from 2 to 4", table, got)
		}
		if none := rows.Between(6, 9); none.Count(table) != 0 {
			t.Errorf("%s has rows beyond its last", table)
		}
		left := rows.Without(map[uint64]bool{5: true})
		kept := table == history.TableRejects || table == history.TableProgress
		if got := left.Sequences(table); (got[len(got)-1] == 5) != kept {
			t.Errorf("%s without 5 has %v", table, got)
		}
	}
	if rows.Count("unknown") != 0 || rows.Sequences("unknown") != nil {
		t.Error("a table that is none has rows")
	}
}

func TestAppendingToACutDoesNotTouchWhatItWasCutFrom(t *testing.T) {
	rows := everything()
	cut := rows.Between(1, 3)
	cut.Append(history.Rows{Crawls: []history.Crawl{{Position: at(99)}}})
	if rows.Crawls[2].Sequence != 5 {
		t.Errorf("the row behind the cut is now %v", rows.Crawls[2])
	}
}

func TestCursorsReadBackAndOthersAreRefused(t *testing.T) {
	place := []string{"a b", "", "ü'"}
	back, err := history.DecodeCursor(history.EncodeCursor(place...), 3)
	if diff := cmp.Diff(place, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if none, err := history.DecodeCursor("", 3); none != nil || err != nil {
		t.Error(none, err)
	}
	for _, bad := range []string{"?", "bm9wZQ", history.EncodeCursor("a", "b")} {
		if got, err := history.DecodeCursor(bad, 3); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%q reads as %v, %v", bad, got, err)
		}
	}
}

func TestWhatIsStoredReadsBack(t *testing.T) {
	for _, instant := range []time.Time{{}, history.Always().Add(time.Millisecond), time.Date(2026, 1, 10, 12, 0, 0, 123e6, time.UTC)} {
		if got := history.FromStored(history.StoredFrom(instant)); !got.Equal(instant) {
			t.Errorf("start %s reads back as %s", instant, got)
		}
		if got := history.ToStored(history.StoredTo(instant)); !got.Equal(instant) {
			t.Errorf("end %s reads back as %s", instant, got)
		}
	}
	for instant, want := range map[string]time.Time{"1753-01-01": history.Always(), "9999-12-31": history.Open()} {
		day, err := time.Parse(time.DateOnly, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := history.StoredFrom(day); !got.Equal(want) {
			t.Errorf("start %s is kept as %s", instant, got)
		}
		if got := history.StoredTo(day); !got.Equal(want) {
			t.Errorf("end %s is kept as %s", instant, got)
		}
	}
	if got := history.StoredKnown(time.Date(2026, 1, 10, 0, 0, 0, 1999, time.UTC)); got.Nanosecond() != 1000 {
		t.Errorf("knowledge is kept as %s", got)
	}
}

func TestTheReleaseInForceIsTheGreatestThatIsKnownAndHolds(t *testing.T) {
	day := historytest.Day
	releases := []history.Release{
		historytest.Manifest(1, "a", "2026-11-01", "2026-12-01", 1, 0),
		historytest.Manifest(9, "b2", "2026-12-10", "2027-01-01", 2, 0),
		historytest.Manifest(7, "b1", "2026-12-02", "2027-01-01", 1, 0),
		historytest.Manifest(8, "late", "2026-10-02", "2026-11-01", 1, 0), // stands behind others and was known before
	}
	withdrawals := []history.Withdrawal{
		historytest.Withdrawn(10, "b2", "2026-12-20", "2027-02-01", 2, 0, true),
		historytest.Withdrawn(11, "b2", "2026-12-21", "2027-01-20", 3, 0, true),
		historytest.Withdrawn(12, "b2", "2026-12-22", "2027-01-10", 4, 0, false), // of some lines
		historytest.Withdrawn(13, "b1", "2026-12-23", "2027-01-01", 1, 0, true),
		historytest.Withdrawn(14, "late", "2026-12-24", "2026-11-01", 1, 0, true),
	}
	for _, c := range []struct{ at, known, want string }{
		{"2026-11-15", "2026-10-01", ""},
		{"2026-10-31", "2026-10-02", ""},
		{"2026-11-15", "2026-10-02", "late"},
		{"2027-01-05", "2026-11-01", "a"},
		{"2027-01-05", "2026-12-02", "b1"},
		{"2027-01-05", "2026-12-10", "b2"},
		{"2026-12-31", "2026-12-10", "a"},
		{"2027-02-01", "2026-12-19", "b2"},
		{"2027-02-01", "2026-12-20", "b1"},
		{"2027-01-31", "2026-12-20", "b2"},
		{"2027-01-20", "2026-12-21", "b1"},
		{"2027-01-19", "2026-12-22", "b2"},
		{"2027-01-20", "2026-12-23", "a"},
		{"2027-01-19", "2026-12-23", "b2"},
		{"2026-11-15", "2026-12-24", ""},
	} {
		if got := history.InForce(releases, withdrawals, history.AsOf{At: day(c.at), KnownAt: day(c.known)}); got != c.want {
			t.Errorf("valid at %s, known at %s: %q, want %q", c.at, c.known, got, c.want)
		}
	}
}
