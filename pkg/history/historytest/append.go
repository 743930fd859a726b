package historytest

import (
	"context"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

func insertedTwice(t *testing.T, s Store) {
	rows := history.Rows{RateChanges: []history.RateChange{
		Change(1, Meter("a"), rate.Added, "2026-01-10", Current(Meter("a"), "2026-01-01", "", "1", "westeurope", "VM"), Span("2026-01-01", "2026-02-01", "1"), Span("2026-02-01", "", "2")),
		Change(2, Meter("b"), rate.Added, "2026-01-10", Current(Meter("b"), "2026-01-01", "", "1", "westeurope", "VM"), Span("2026-01-01", "", "1")),
	}}
	for range 2 {
		Put(t, s, "1-2", rows)
	}
	count := func(table history.Table, first, last, want uint64) {
		t.Helper()
		if got := must[uint64](t)(s.Stored(t.Context(), table, Stream, first, last)); got != want {
			t.Errorf("%s holds %d rows of %d to %d, want %d", table, got, first, last, want)
		}
	}
	count(history.TableRateChanges, 1, 2, 2)
	count(history.TableRates, 1, 2, 3)
	count(history.TableRates, 1, 1, 2)
	count(history.TableRates, 3, 9, 0)
	count(history.TableCrawls, 1, 9, 0)
	Put(t, s, "1-2 again", history.Rows{RateChanges: rows.RateChanges[1:]})
	count(history.TableRateChanges, 1, 2, 3)
}

func markAfterCrash(t *testing.T, s Store) {
	empty := must[history.Mark](t)(s.Mark(t.Context(), Stream))
	if empty.Last() != 0 || len(empty.Highest) != 0 || len(empty.Others) != 0 {
		t.Fatalf("an empty store has the mark %+v", empty)
	}
	at := func(sequence uint64) history.Position { return history.Position{Stream: Stream, Sequence: sequence} }
	Put(t, s, "1", history.Rows{Rejects: []history.Reject{{Position: at(1)}}, Crawls: []history.Crawl{{Position: at(4)}}, Progress: []history.Position{at(4)}})
	Put(t, s, "2", history.Rows{Rejects: []history.Reject{{Position: at(5)}, {Position: at(7)}}, RateChanges: []history.RateChange{Change(6, Meter("a"), rate.Renamed, "2026-01-10", nil)}})
	want := history.Mark{
		Progress: 4, Highest: map[history.Table]uint64{history.TableRejects: 7, history.TableRateChanges: 6}, Rejected: map[uint64]bool{5: true, 7: true},
	}
	mark := must[history.Mark](t)(s.Mark(t.Context(), Stream))
	if diff := Diff(want, mark); diff != "" || mark.Last() != 7 {
		t.Fatal(diff)
	}
}

func markOtherLives(t *testing.T, s Store) {
	Put(t, s, "1", history.Rows{Progress: []history.Position{{Stream: "RATES_USD@old", Sequence: 9}, {Stream: "RATES_USDX@old", Sequence: 9}}})
	mark := must[history.Mark](t)(s.Mark(t.Context(), Stream))
	if diff := Diff([]string{"RATES_USD@old"}, mark.Others); diff != "" || mark.Progress != 0 {
		t.Fatal(diff, mark.Progress)
	}
}

func firstClaimWins(t *testing.T, s Store) {
	ctx := context.Background()
	claim := must[uint64](t)
	if got := claim(s.Claim(ctx, Stream, 1, 10)); got != 10 {
		t.Fatalf("the first claim ends at %d", got)
	}
	if got := claim(s.Claim(ctx, Stream, 1, 99)); got != 10 {
		t.Fatalf("the second claim ends at %d", got)
	}
	if got := claim(s.Claim(ctx, "PRICES@life-1", 1, 7)); got != 7 {
		t.Fatalf("another stream's claim ends at %d", got)
	}
	results := make(chan uint64, 8)
	for i := range cap(results) {
		go func() {
			agreed, err := s.Claim(ctx, Stream, 11, uint64(20+i))
			if err != nil {
				t.Error(err)
			}
			results <- agreed
		}()
	}
	agreed := <-results
	for range cap(results) - 1 {
		if got := <-results; got != agreed {
			t.Fatalf("one was told %d, another %d", agreed, got)
		}
	}
}

func positionsFollowProgress(t *testing.T, s Store) {
	ctx := context.Background()
	for _, sequence := range []uint64{3, 9} {
		Put(t, s, string(rune('a'+sequence)), history.Rows{Progress: []history.Position{{Stream: Stream, Sequence: sequence}}})
		if got := must[uint64](t)(s.Position(ctx, Stream)); got != sequence {
			t.Fatalf("position %d, want %d", got, sequence)
		}
	}
	if got := must[uint64](t)(s.Position(ctx, "RATES_EUR@life-1")); got != 0 {
		t.Fatalf("a stream that was never read is at %d", got)
	}
	if diff := Diff(map[string]uint64{Stream: 9}, must[map[string]uint64](t)(s.Positions(ctx))); diff != "" {
		t.Fatal(diff)
	}
}
