package historytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Kept is a store that can be audited and rebuilt.
type Kept interface {
	Store
	history.Auditor
	history.Rebuilder
}

// RunKept tests how an adapter is audited and rebuilt. Each call of open returns a new, empty store.
func RunKept(t *testing.T, open func(t *testing.T) Kept) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Kept)
	}{
		{"HolesDoublesAndGapsAreFound", inspected},
		{"RowsThatAreNotWhatBelongsThereAreNamed", comparedRows},
		{"ExactlyTheMissingRowsAreRestored", restored},
		{"ManifestsAndCrawlsAreCounted", accounted},
		{"CutsAreWhereInsertionsEnded", cuts},
		{"TablesBesideAreSeenWhenTheyAreSwapped", besideSwapped},
		{"RepairsAndRebuildsRaiseTheRevision", revisions},
		{"WhatWasRestoredIsInEveryAnswer", restoredAnswers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// found are findings in one line each, in order.
func found(findings []history.Finding) string {
	lines := make([]string, len(findings))
	for i := range findings {
		f := &findings[i]
		lines[i] = fmt.Sprintf("%s %s %d-%d", f.Kind, f.Table, f.First, f.Last)
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

func ratesExtent(first, last uint64) history.Extent {
	return history.Extent{Stream: Stream, First: first, Last: last, Tables: []history.Table{
		history.TableRejects, history.TableQuarantine, history.TableRateChanges, history.TableRates, history.TableCrawlParts, history.TableCrawls,
	}}
}

func at(sequence uint64, row uint32) history.Position {
	return history.Position{Stream: Stream, Sequence: sequence, Row: row}
}

// twoPeriods is a change of a rate with two periods.
func twoPeriods(sequence uint64, meter, price string) history.RateChange {
	return Change(sequence, Meter(meter), rate.Added, "2026-01-10", Current(Meter(meter), "2026-01-01", "", price, "westeurope", "VM"),
		Span("2026-01-01", "2026-02-01", price), Span("2026-02-01", "", price))
}

func inspected(t *testing.T, s Kept) {
	inspect := func(first, last uint64, want string) {
		t.Helper()
		if got := found(must[[]history.Finding](t)(s.Inspect(t.Context(), ratesExtent(first, last)))); got != want {
			t.Errorf("%d to %d: %q, want %q", first, last, got, want)
		}
	}
	inspect(1, 0, "")
	inspect(1, 3, "hole  1-3")
	Put(t, s, "a", history.Rows{
		Rejects: []history.Reject{{Position: at(2, 0)}}, RateChanges: []history.RateChange{twoPeriods(1, "a", "1")},
		Quarantine: []history.Quarantined{{Position: at(3, 0)}, {Position: at(3, 1)}, {Position: at(6, 0)}, {Position: at(6, 2)}},
	})
	inspect(1, 3, "")
	inspect(1, 6, "hole  4-5; hole quarantine 6-6")
	if err := s.Insert(t.Context(), history.TableRates, history.Rows{RateChanges: []history.RateChange{twoPeriods(1, "a", "1")}}, "b"); err != nil {
		t.Fatal(err)
	}
	all := must[[]history.Finding](t)(s.Inspect(t.Context(), ratesExtent(1, 3)))
	if len(all) == 0 || slices.ContainsFunc(all, func(f history.Finding) bool {
		return f.Kind != history.FindingDouble || f.Table != history.TableRates || f.First != 1
	}) {
		t.Errorf("%+v", all)
	}
	inspect(2, 3, "")
}

func comparedRows(t *testing.T, s Kept) {
	right := []history.RateChange{twoPeriods(1, "a", "1"), twoPeriods(2, "b", "2"), twoPeriods(3, "c", "3"), twoPeriods(4, "d", "4")}
	kept := slices.Clone(right)
	kept[2] = twoPeriods(3, "c", "33")
	kept = slices.Delete(kept, 1, 2)
	Put(t, s, "a", history.Rows{RateChanges: kept, Rejects: []history.Reject{{Position: at(5, 0), Subject: "s", Reason: "r"}}})
	c, err := s.Compare(t.Context(), ratesExtent(1, 9))
	if err != nil {
		t.Fatal(err)
	}
	first := found(must[[]history.Finding](t)(c.Block(t.Context(), 1, 2, history.Rows{RateChanges: right[:2]})))
	if !strings.Contains(first, "hole rate_changes 2-2") || !strings.Contains(first, "hole rates 2-2") || strings.Contains(first, "1-1") {
		t.Errorf("%s", first)
	}
	all := must[[]history.Finding](t)(c.Block(t.Context(), 3, 9, history.Rows{RateChanges: right[2:]}))
	second := found(all)
	if !strings.Contains(second, "altered rate_changes 3-3") || !strings.Contains(second, "altered rates 3-3") || !strings.Contains(second, "extra rejects 5-5") ||
		strings.Contains(second, "4-4") {
		t.Errorf("%s", second)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func restored(t *testing.T, s Kept) {
	whole := history.Rows{
		RateChanges: []history.RateChange{twoPeriods(1, "a", "1"), twoPeriods(2, "b", "2")},
		Quarantine:  []history.Quarantined{{Position: at(3, 0), Crawl: "x"}, {Position: at(3, 1), Crawl: "y"}, {Position: at(3, 2), Crawl: "z"}},
	}
	Put(t, s, "a", history.Rows{RateChanges: whole.RateChanges[:1], Quarantine: whole.Quarantine[1:2]})
	for _, c := range []struct {
		table history.Table
		want  uint64
	}{{history.TableRates, 2}, {history.TableRateChanges, 1}, {history.TableQuarantine, 2}, {history.TableQuarantine, 0}, {history.TableRates, 0}} {
		e := history.Extent{Stream: Stream, First: 1, Last: 3, Tables: []history.Table{c.table}}
		if n := must[uint64](t)(s.Restore(t.Context(), e, whole)); n != c.want {
			t.Errorf("%s: %d rows restored, want %d", c.table, n, c.want)
		}
	}
	if got := must[[]history.Finding](t)(s.Inspect(t.Context(), ratesExtent(1, 3))); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	Put(t, s, "r", history.Rows{Rejects: []history.Reject{{Position: at(7, 0), Reason: "no"}}})
	if diff := Diff(map[uint64]string{7: "no"}, must[map[uint64]string](t)(s.Rejected(t.Context(), Stream, 1, 9))); diff != "" {
		t.Error(diff)
	}
}

func accounted(t *testing.T, s Kept) {
	change := twoPeriods(1, "a", "1")
	record := rate.Record{ID: change.Crawl, Currency: "USD", At: change.KnownAt, Counts: rate.Counts{Added: 1, Periods: 2}}
	Put(t, s, "a", history.Rows{RateChanges: []history.RateChange{change}, Crawls: []history.Crawl{{Position: at(2, 0), Record: record}}})
	if got := must[[]history.Finding](t)(s.Account(t.Context(), Stream, 9)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	other := record
	other.ID, other.At, other.Counts = "other", change.KnownAt.AddDate(0, 0, 1), rate.Counts{Added: 3}
	Put(t, s, "b", history.Rows{
		Crawls:   []history.Crawl{{Position: at(5, 0), Record: other}},
		Releases: []history.Release{{Position: at(8, 0), Release: "license-us-2026-01-r1", List: "license", Market: "US", Changed: 4}},
	})
	got := found(must[[]history.Finding](t)(s.Account(t.Context(), Stream, 9)))
	if !strings.Contains(got, "count crawls") || !strings.Contains(got, "count releases") {
		t.Errorf("%s", got)
	}
	if got := found(must[[]history.Finding](t)(s.Account(t.Context(), Stream, 7))); !strings.HasPrefix(got, "count crawls") || strings.Contains(got, "releases") {
		t.Errorf("up to 7: %s", got)
	}
	if got := must[[]history.Finding](t)(s.InspectSchema(t.Context(), false)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func cuts(t *testing.T, s Kept) {
	for _, sequence := range []uint64{3, 9, 12} {
		Put(t, s, fmt.Sprint(sequence), history.Rows{Progress: []history.Position{at(sequence, 0)}})
	}
	for _, c := range []struct {
		after uint64
		most  int
		want  []uint64
	}{{0, 9, []uint64{3, 9, 12}}, {3, 9, []uint64{9, 12}}, {0, 2, []uint64{9, 12}}, {12, 9, nil}} {
		if got := must[[]uint64](t)(s.Cuts(t.Context(), Stream, c.after, c.most)); !slices.Equal(got, c.want) {
			t.Errorf("%d beyond %d: %v, want %v", c.most, c.after, got, c.want)
		}
	}
}

func besideSwapped(t *testing.T, s Kept) {
	other := twoPeriods(1, "z", "9")
	other.Stream = "RATES_EUR@life-1"
	Put(t, s, "a", history.Rows{RateChanges: []history.RateChange{twoPeriods(1, "a", "1")}})
	Put(t, s, "b", history.Rows{RateChanges: []history.RateChange{other}})
	b, err := s.Beside(t.Context(), []history.Table{history.TableRateChanges, history.TableRates})
	if err != nil {
		t.Fatal(err)
	}
	rows := history.Rows{RateChanges: []history.RateChange{twoPeriods(1, "a", "1"), twoPeriods(2, "b", "2")}}
	for _, table := range []history.Table{history.TableRateChanges, history.TableRates} {
		for range 2 {
			if err := b.Insert(t.Context(), table, rows, history.InsertionToken(Stream, table, 1, 2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Insert(t.Context(), history.TableCrawls, history.Rows{Crawls: []history.Crawl{{Position: at(3, 0)}}}, "c"); err == nil {
		t.Error("a table is filled that is not beside")
	}
	stored := func(stream string, want uint64) {
		t.Helper()
		if n := must[uint64](t)(s.Stored(t.Context(), history.TableRates, stream, 1, 9)); n != want {
			t.Errorf("%s: %d rows answer, want %d", stream, n, want)
		}
	}
	if n := must[uint64](t)(b.Stored(t.Context(), history.TableRates, Stream, 1, 9)); n != 4 {
		t.Errorf("%d rows beside", n)
	}
	if got := must[[]history.Finding](t)(b.Inspect(t.Context(), history.Extent{Stream: Stream, First: 1, Last: 2, Tables: ratesExtent(1, 2).Tables[2:4]})); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if err := b.Copy(t.Context(), []string{Stream}); err != nil {
		t.Fatal(err)
	}
	stored(Stream, 2)
	for range 2 {
		if err := b.Swap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stored(Stream, 4)
	stored(other.Stream, 2)
	if err := b.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The tokens that the new tables know are theirs.
	if err := s.Insert(t.Context(), history.TableRates, rows, history.InsertionToken(Stream, history.TableRates, 1, 2)); err != nil {
		t.Fatal(err)
	}
	stored(Stream, 4)
	if err := s.DropLeftovers(t.Context()); err != nil {
		t.Error(err)
	}
}
