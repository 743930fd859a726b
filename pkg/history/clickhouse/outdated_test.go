package clickhouse_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// manyChanges are changes of so many rates that their columns are not looked at one by one.
func manyChanges(n int) []history.RateChange {
	changes := make([]history.RateChange, n)
	for i := range changes {
		meter := historytest.Meter(fmt.Sprint("meter-", i))
		row := historytest.Current(meter, "2026-01-01", "", "1.5", "westeurope", "VM")
		row.UnitOfMeasure = "1 Hour"
		changes[i] = historytest.Change(uint64(i+1), meter, rate.Added, "2026-01-10", row, historytest.Span("2026-01-01", "", "1.5"))
	}
	return changes
}

func TestRowsOfAnOlderVersionAreOutdatedHoweverManyThereAre(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	rows := history.Rows{RateChanges: manyChanges(350)}
	historytest.Put(t, s, "a", rows)
	conn := connect(t, dsn)
	for _, damage := range []string{
		"ALTER TABLE rates_store UPDATE unit = '', purchase_option = '' WHERE seq != 300",
		"ALTER TABLE rates_store UPDATE price = 7 WHERE seq = 200",
		"ALTER TABLE rates_store UPDATE unit = 'Minutes' WHERE seq = 300",
	} {
		if err := conn.Exec(t.Context(), damage+" SETTINGS mutations_sync = 2"); err != nil {
			t.Fatal(err)
		}
	}
	c, err := s.Compare(t.Context(), history.Extent{Stream: historytest.Stream, First: 1, Last: 350, Tables: []history.Table{history.TableRates, history.TableRateChanges}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Block(t.Context(), 1, 350, rows)
	if err != nil {
		t.Fatal(err)
	}
	outdated, altered := 0, map[uint64][]string{}
	for _, f := range found {
		switch {
		case f.Kind == history.FindingAltered:
			altered[f.First] = f.Columns
		case f.Kind == history.FindingOutdated && f.Table == history.TableRates && !f.Wrong() && slices.Equal(f.Columns, []string{"unit", "purchase_option"}):
			outdated++
		default:
			t.Errorf("%+v", f)
		}
	}
	want := map[uint64][]string{200: {"price", "unit", "purchase_option"}, 300: {"unit"}}
	if diff := historytest.Diff(want, altered); outdated != 348 || diff != "" {
		t.Errorf("%d rows are outdated, %s", outdated, diff)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWhatWasRejectedCountsForItsCrawl(t *testing.T) {
	changes := []history.RateChange{}
	for i, meter := range []string{"a", "b", "c"} {
		id := historytest.Meter(meter)
		changes = append(changes, historytest.Change(uint64(i+2), id, rate.Added, "2026-01-10", historytest.Current(id, "2026-01-01", "", "1", "westeurope", "VM"),
			historytest.Span("2026-01-01", "2026-02-01", "1"), historytest.Span("2026-02-01", "", "1")))
	}
	record := rate.Record{ID: changes[0].Crawl, Currency: "USD", At: changes[0].KnownAt, Counts: rate.Counts{Added: 3, Periods: 6}}
	for _, c := range []struct {
		name            string
		rejects         []uint64
		missing         []uint64
		missingPeriods  []uint64
		counts, repairs int
	}{
		{name: "all there"},
		{name: "the first one", rejects: []uint64{2}, missing: []uint64{2}},
		{name: "one in the middle", rejects: []uint64{3}, missing: []uint64{3}},
		{name: "all of them", rejects: []uint64{2, 3, 4}, missing: []uint64{2, 3, 4}},
		{name: "by the table of periods alone", rejects: []uint64{3}, missingPeriods: []uint64{3}},
		{name: "one fewer than are missing", rejects: []uint64{3}, missing: []uint64{3, 4}, counts: 1},
		{name: "one of another crawl", rejects: []uint64{1}, missingPeriods: []uint64{3}, counts: 1, repairs: 1},
		{name: "none", missing: []uint64{3}, counts: 2, repairs: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			rows := history.Rows{Crawls: []history.Crawl{{Position: history.Position{Stream: historytest.Stream, Sequence: 5}, Record: record}}}
			for _, sequence := range c.rejects {
				rows.Rejects = append(rows.Rejects, history.Reject{Position: history.Position{Stream: historytest.Stream, Sequence: sequence}})
			}
			var periods history.Rows
			for _, change := range changes {
				if slices.Contains(c.missing, change.Sequence) {
					continue
				}
				rows.RateChanges = append(rows.RateChanges, change)
				if !slices.Contains(c.missingPeriods, change.Sequence) {
					periods.RateChanges = append(periods.RateChanges, change)
				}
			}
			for _, table := range []history.Table{history.TableRejects, history.TableRateChanges, history.TableCrawls} {
				if err := s.Insert(t.Context(), table, rows, "a"); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Insert(t.Context(), history.TableRates, periods, "a"); err != nil {
				t.Fatal(err)
			}
			found, err := s.Account(t.Context(), historytest.Stream, 9)
			repairs := 0
			for _, f := range found {
				repairs += int(min(f.Rows, 1))
			}
			if err != nil || len(found) != c.counts || repairs != c.repairs {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}
