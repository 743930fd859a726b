package rate

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

// A crawl of many parts that dies between any two of them, and is judged again, changes each rate once and counts them all.
func TestACrawlGoesOnBehindItsMark(t *testing.T) {
	compute, storage := families(40, "1")
	rows := append(compute, storage...)
	bad := placed("d", "1", "F", "r")
	other := placed("d", "2", "F", "r")
	parts := []part{{covers: Everything, traversals: [][]Row{append(slices.Clone(rows), bad, other)}}}
	for dies := range 12 {
		l := watch(t).l
		s := survey(t, l, at2("2026-01-10"), parts...)
		v, err := s.Judge(Ending{}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[Key]int{}
		var mark []byte
		for range dies {
			p, err := v.Next(7)
			if err != nil || p.Last {
				break
			}
			for _, c := range p.Changes {
				seen[c.Key]++
			}
			mark = v.Mark()
			if err := v.Apply(p); err != nil {
				t.Fatal(err)
			}
		}
		if l, err = Open("USD", fileOf(l)); err != nil {
			t.Fatal(err)
		}
		if v, err = survey(t, l, at2("2026-01-10"), parts...).Judge(Ending{}, DefaultPolicy()); err != nil {
			t.Fatal(err)
		}
		if mark != nil {
			if err := v.Resume(mark); err != nil {
				t.Fatal(err)
			}
		}
		for last := false; !last; {
			p, err := v.Next(7)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Changes {
				seen[c.Key]++
			}
			if err := v.Apply(p); err != nil {
				t.Fatal(err)
			}
			last = p.Last
		}
		for key, n := range seen {
			if n != 1 {
				t.Fatalf("after %d parts: %s changed %d times", dies, key, n)
			}
		}
		if len(seen) != 80 || v.Record.Counts.Added != 80 || v.Record.Quarantined != 2 {
			t.Errorf("after %d parts: %d changed, %+v", dies, len(seen), v.Record)
		}
	}
	if err := (&Verdict{survey: &Survey{ledger: watch(t).l}}).Resume([]byte("x")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a mark that does not read: %v", err)
	}
}

// What a replay cannot know of absences is noted beside it, and forgotten where it is not.
func TestAbsencesAreReplayedOrCountedAnew(t *testing.T) {
	for _, noted := range []bool{true, false} {
		l := watch(t).l
		compute, _ := families(20, "1")
		settleAll(t, survey(t, l, at2("2026-01-10"), part{covers: Everything, traversals: [][]Row{compute}}), 100)
		settleAll(t, survey(t, l, at2("2026-01-11"), part{covers: Everything, traversals: [][]Row{compute[1:]}}), 100)
		v, err := survey(t, l, at2("2026-01-12"), part{covers: Everything, traversals: [][]Row{compute[1:19]}}).Judge(Ending{}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Next(100)
		if err != nil || !p.Last {
			t.Fatal(err)
		}
		note := v.Absences(false, p)
		if !noted {
			note = nil
		}
		if l, err = Open("USD", fileOf(l)); err != nil { // published, and not applied
			t.Fatal(err)
		}
		if err := l.ReplayRecord(v.Record, note); err != nil {
			t.Fatal(err)
		}
		first, last := compute[0].Key(), compute[19].Key()
		a, _, _ := l.Known(first)
		b, _, _ := l.Known(last)
		if want := map[bool][2]int{true: {2, 1}, false: {0, 0}}[noted]; a.Absences != want[0] || b.Absences != want[1] {
			t.Errorf("noted %v: absent %d and %d times", noted, a.Absences, b.Absences)
		}
	}
}

// A crawl stopped between its parts, and nothing of its scope that is earlier is taken any more.
func TestNothingEarlierThanAHalfTakenCrawlIsTaken(t *testing.T) {
	compute, storage := families(40, "1")
	all := part{covers: Everything, traversals: [][]Row{append(compute, storage...)}}
	l := watch(t).l
	v, err := survey(t, l, at2("2026-01-10"), all).Judge(Ending{}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Next(10)
	if err != nil || p.Last || v.Apply(p) != nil {
		t.Fatal(err)
	}
	if l, err = Open("USD", fileOf(l)); err != nil {
		t.Fatal(err)
	}
	if _, err := survey(t, l, at2("2026-01-09"), all).Judge(Ending{}, DefaultPolicy()); !fault.Is(err, fault.Refused) {
		t.Errorf("an earlier one: %v", err)
	}
	settleAll(t, survey(t, l, at2("2026-01-10"), all), 10)
	if s := l.scopes["azure-usd"]; s.begun != never || len(s.pasts) != 1 {
		t.Errorf("%+v", s)
	}
}

// Old and new row of a rate lie side by side; the crawl dies between its parts, and is gone on with from its spool.
func TestASpoolIsWholeThoughAPartOfItsCrawlWasTaken(t *testing.T) {
	l := watch(t).l
	compute, _ := families(40, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), part{covers: Everything, traversals: [][]Row{compute}}), 100)
	rows := slices.Clone(compute)
	for _, r := range compute {
		r.Price, r.Effective.From = price("2"), at("2026-01-11")
		rows = append(rows, r)
	}
	s, err := l.Survey(at2("2026-01-11"))
	if err != nil {
		t.Fatal(err)
	}
	var spool MemorySpool
	o := Observation{Rows: rows, Complete: true, RowBytes: func(i int) []byte { return bytesOf(&rows[i]) }}
	if err := o.hand(s.Shard("", Everything, &spool)); err != nil {
		t.Fatal(err)
	}
	v, err := s.Judge(Ending{}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Next(10)
	if err != nil || v.Apply(p) != nil {
		t.Fatal(err)
	}
	again, err := l.Survey(at2("2026-01-11"))
	if err != nil {
		t.Fatal(err)
	}
	if again.Resume("", Everything, &spool, bytes.NewReader(spool.data)) == nil {
		t.Fatal("it is not whole")
	}
	w, changes := settleAll(t, again, 10)
	if len(p.Changes)+len(changes) != 40 || w.Record.Content != v.Record.Content {
		t.Errorf("%d and %d changes, %s and %s", len(p.Changes), len(changes), v.Record.Content, w.Record.Content)
	}
}
