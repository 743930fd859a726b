package historytest

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
)

// revisions follows the revision through writing, a repair and a rebuild.
func revisions(t *testing.T, s Kept) {
	rows := history.Rows{RateChanges: []history.RateChange{twoPeriods(1, "a", "1"), twoPeriods(2, "b", "2")}}
	last := must[history.Revision](t)(s.Revision(t.Context()))
	if last != (history.Revision{Whole: true}) {
		t.Fatalf("an empty store has revision %+v", last)
	}
	follow := func(what string, raised, whole bool) {
		t.Helper()
		now := must[history.Revision](t)(s.Revision(t.Context()))
		if now.Number > last.Number != raised || now.Number < last.Number || now.Whole != whole {
			t.Errorf("%s: revision %+v after %+v", what, now, last)
		}
		last = now
	}
	Put(t, s, "a", history.Rows{RateChanges: rows.RateChanges[:1]})
	follow("rows were written", false, true)
	for _, table := range []history.Table{history.TableRates, history.TableRateChanges} {
		e := history.Extent{Stream: Stream, First: 1, Last: 2, Tables: []history.Table{table}}
		must[uint64](t)(s.Restore(t.Context(), e, rows))
		follow("rows were restored", true, true)
		must[uint64](t)(s.Restore(t.Context(), e, rows))
		follow("nothing was missing", false, true)
	}
	rebuild := func(of ...history.Table) history.Beside {
		b, err := s.Beside(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range of {
			if err := b.Insert(t.Context(), table, rows, history.InsertionToken(Stream, table, 1, 2)); err != nil {
				t.Fatal(err)
			}
		}
		follow("tables were made beside", false, last.Whole)
		if err := b.Swap(t.Context()); err != nil {
			t.Fatal(err)
		}
		follow("tables were swapped", true, false)
		return b
	}
	first := rebuild(history.TableRateChanges, history.TableRates)
	if err := first.Drop(t.Context()); err != nil { // it ended before it derived
		t.Fatal(err)
	}
	follow("what was before was dropped", false, false)
	second := rebuild(history.TableRateChanges, history.TableRates)
	if err := second.Derive(t.Context()); err != nil {
		t.Fatal(err)
	}
	follow("all is made anew", true, true)
	if err := second.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.DropLeftovers(t.Context()); err != nil {
		t.Fatal(err)
	}
	follow("nothing was left over", false, true)
}

// restoredAnswers leaves out a third of all changes and restores them: every list knows them at once.
func restoredAnswers(t *testing.T, s Kept) {
	whole := RandomRates(3)
	var kept history.Rows
	for i := range whole.RateChanges {
		if i%3 > 0 {
			kept.RateChanges = append(kept.RateChanges, whole.RateChanges[i])
		}
	}
	last := whole.RateChanges[len(whole.RateChanges)-1].Sequence
	Put(t, s, "kept", kept)
	for _, table := range []history.Table{history.TableRates, history.TableRateChanges} {
		e := history.Extent{Stream: Stream, First: 1, Last: last, Tables: []history.Table{table}}
		if n := must[uint64](t)(s.Restore(t.Context(), e, whole)); n == 0 {
			t.Fatal("nothing was missing")
		}
	}
	model := &memory.Store{}
	Put(t, model, "whole", whole)
	for _, now := range halfDays() {
		q := history.RateList{Currency: "USD", AsOf: history.AsOf{At: now, KnownAt: now}}
		want := must[history.RatePage](t)(model.Rates(t.Context(), q))
		if diff := Diff(want, must[history.RatePage](t)(s.Rates(t.Context(), q))); diff != "" {
			t.Fatalf("the list at %s (-model +store): %s", now, diff)
		}
		each := collect(t, func(each func(history.PresentRate) error) error { return s.EachRate(t.Context(), q, each) })
		all := collect(t, func(each func(history.PresentRate) error) error { return model.EachRate(t.Context(), q, each) })
		if diff := Diff(all, each); diff != "" {
			t.Fatalf("all at %s (-model +store): %s", now, diff)
		}
	}
}
