package rate

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// placed is a row of a service family and region.
func placed(meter, p, family, region string) Row {
	r := rowOf(meter, p, "2026-01-01", "")
	r.ServiceFamily, r.ARMRegionName = family, region
	return r
}

// bytesOf stands for the bytes of a row: rows that say the same have the same.
func bytesOf(r *Row) []byte { return appendRow(nil, r) }

// part is a shard of a crawl: one traversal after the other.
type part struct {
	name       string
	covers     Covers
	traversals [][]Row
	broken     string
}

func ofFamily(family string) Covers { return func(f, _ string) bool { return f == family } }

// survey hands the traversals of each part to a shard of its own, as a source does that asks whether rows are known.
func survey(t testing.TB, l *Ledger, c Crawl, parts ...part) *Survey {
	t.Helper()
	s, err := l.Survey(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		shard := s.Shard(p.name, p.covers, &MemorySpool{})
		rows := 0
		for _, traversal := range p.traversals {
			if err := shard.Begin(); err != nil {
				t.Fatal(err)
			}
			rows = len(traversal)
			for i := range traversal {
				if raw := bytesOf(&traversal[i]); !shard.Same(raw) {
					if err := shard.Row(&traversal[i], raw); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if err := shard.End(Traversal{Pages: 1, Rows: rows, Complete: p.broken == "", Broken: p.broken}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// settleAll judges a survey and applies all of it, in pieces of the given size.
func settleAll(t testing.TB, s *Survey, piece int) (*Verdict, []Change) {
	t.Helper()
	v, err := s.Judge(Ending{Finished: s.crawl.At}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	var changes []Change
	for v.Taken() {
		p, err := v.Next(piece)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Apply(p); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, p.Changes...)
		if p.Last {
			break
		}
	}
	return v, changes
}

func at2(day string) Crawl {
	return Crawl{Source: "azure", Scope: "azure-usd", Currency: "USD", At: at(day)}
}

// families returns n rates of each of two families.
func families(n int, p string) (compute, storage []Row) {
	for i := range n {
		compute = append(compute, placed(fmt.Sprint("c", i), p, "Compute", "westeurope"))
		storage = append(storage, placed(fmt.Sprint("s", i), p, "Storage", ""))
	}
	return compute, storage
}

func inTwo(compute, storage []Row) []part {
	return []part{
		{name: "compute", covers: ofFamily("Compute"), traversals: [][]Row{compute}},
		{name: "storage", covers: ofFamily("Storage"), traversals: [][]Row{storage}},
	}
}

func TestTraversalsOfOneShardAreOneObservation(t *testing.T) {
	l := watch(t).l
	compute, _ := families(10, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), part{covers: Everything, traversals: [][]Row{compute[:7], compute[3:]}}), 100)
	if l.Len() != 10 {
		t.Fatalf("%d rates", l.Len())
	}
	s, err := l.Survey(at2("2026-01-11"))
	if err != nil {
		t.Fatal(err)
	}
	shard := s.Shard("", Everything, &MemorySpool{})
	for n, rows := range [][]Row{compute[:8], compute[2:], compute} {
		if err := shard.Begin(); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if !shard.Same(bytesOf(&rows[i])) {
				t.Fatalf("row %d of traversal %d is not known", i, n)
			}
		}
		missed, of := shard.Misses()
		if want := []struct{ added, missed, of int }{{8, 0, 8}, {2, 4, 20}, {0, 4, 30}}[n]; shard.Added() != want.added || missed != want.missed || of != want.of {
			t.Errorf("traversal %d: %d added, %d of %d missed", n, shard.Added(), missed, of)
		}
	}
	if left := shard.Unseen(0.1); left < 0.0099 || left > 0.0101 {
		t.Errorf("%g rows of 10 are left by three traversals that miss a tenth each", left)
	}
}

// Whatever says two things of one start, in one traversal or in two, is not believed.
func TestTraversalsThatContradictEachOtherAreQuarantined(t *testing.T) {
	l := watch(t).l
	one, two := placed("a", "1", "F", "r"), placed("a", "2", "F", "r")
	v, changes := settleAll(t, survey(t, l, at2("2026-01-10"), part{covers: Everything, traversals: [][]Row{{one}, {two}}}), 100)
	if len(changes) != 0 || v.Record.Quarantined != 2 || l.Len() != 0 {
		t.Errorf("%d changes, %+v", len(changes), v.Record)
	}
}

func TestTheLastCrawlConfirmsWhatIsExactlyAsItWas(t *testing.T) {
	l := watch(t).l
	compute, _ := families(10, "1")
	for _, c := range []struct {
		day  string
		rows []Row
		want bool
	}{{"2026-01-10", compute, false}, {"2026-01-11", compute, true}, {"2026-01-12", compute[1:], false}, {"2026-01-13", compute[1:], true}, {"2026-01-14", compute, false}} {
		s, err := l.Survey(at2(c.day))
		if err != nil {
			t.Fatal(err)
		}
		shard := s.Shard("", Everything, &MemorySpool{})
		if err := shard.Begin(); err != nil {
			t.Fatal(err)
		}
		for i := range c.rows {
			if raw := bytesOf(&c.rows[i]); !shard.Same(raw) {
				if err := shard.Row(&c.rows[i], raw); err != nil {
					t.Fatal(err)
				}
			}
		}
		if shard.Confirmed() != c.want {
			t.Errorf("%s: confirmed is not %v", c.day, c.want)
		}
		if err := shard.End(Traversal{Rows: len(c.rows), Complete: true}); err != nil {
			t.Fatal(err)
		}
		settleAll(t, s, 100)
		if l, err = Open("USD", fileOf(l)); err != nil { // it is kept
			t.Fatal(err)
		}
	}
}

func TestRowsThatAShardDoesNotCoverAreCounted(t *testing.T) {
	l := watch(t).l
	compute, storage := families(5, "1")
	for n, want := range []int{5, 5} { // new and known
		s := survey(t, l, at2(fmt.Sprintf("2026-01-1%d", n)), part{name: "compute", covers: ofFamily("Compute"), traversals: [][]Row{append(slices.Clone(compute), storage...)}})
		if got, of := s.shards[0].Strays(); got != want || of != 10 {
			t.Errorf("%d strays of %d", got, of)
		}
		settleAll(t, s, 100)
	}
}

func TestGroupsAreOfWhatIsThere(t *testing.T) {
	w := watch(t)
	compute, storage := families(3, "1")
	w.crawls("2026-01-10", append(compute, storage...)...)
	w.policy.Shrink = 1
	w.crawls("2026-01-11", compute...)
	if got := fmt.Sprint(w.l.Groups("azure-usd"), w.l.Groups("other")); got != "[{Compute westeurope 3}] []" {
		t.Error(got)
	}
}

// A crawl that is judged again from its spools, on the same ledger or one opened anew, has the same outcome.
func TestASurveyIsResumedFromItsSpools(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := open(rt)
		drawHistory(rt, l, eager())
		o := drawObservation(rt, day(20), "last")
		o.Scope, o.Accepted = "azure-usd", true
		s, err := l.Survey(Crawl{Source: o.Source, Scope: o.Scope, Currency: o.Currency, At: o.At, Partial: o.Partial, Accepted: true})
		if err != nil {
			rt.Fatal(err)
		}
		var spool MemorySpool
		if err := o.hand(s.Shard("", Everything, &spool)); err != nil {
			rt.Fatal(err)
		}
		want, err := s.Judge(Ending{Finished: o.Finished}, eager())
		if err != nil {
			rt.Fatal(err)
		}
		if l, err = Open("USD", fileOf(l)); err != nil {
			rt.Fatal(err)
		}
		again, err := l.Survey(s.crawl)
		if err != nil {
			rt.Fatal(err)
		}
		if again.Resume("", Everything, &spool, bytes.NewReader(spool.data)) == nil {
			rt.Fatal("the spool is not whole")
		}
		got, err := again.Judge(Ending{Finished: o.Finished}, eager())
		if err != nil {
			rt.Fatal(err)
		}
		for want.Taken() {
			a, err := want.Next(1000)
			if err != nil {
				rt.Fatal(err)
			}
			b, err := got.Next(1000)
			if err != nil {
				rt.Fatal(err)
			}
			sameOutcome(rt, Outcome{Record: want.Record, Changes: a.Changes, Quarantined: distinct(a.Quarantined)}, Outcome{Record: got.Record, Changes: b.Changes, Quarantined: distinct(b.Quarantined)})
			if a.Last {
				break
			}
		}
		if cut := rapid.IntRange(0, max(len(spool.data)-1, 0)).Draw(rt, "cut"); again.Resume("", Everything, &spool, bytes.NewReader(spool.data[:cut])) != nil {
			rt.Fatal("a spool that was cut off is not whole")
		}
	})
}

func TestAProbeFindsWhatNoShardFound(t *testing.T) {
	l := watch(t).l
	compute, storage := families(10, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute[:8], storage)...), 100)
	s := survey(t, l, at2("2026-01-11"), inTwo(append(slices.Clone(compute[:6]), compute[8]), storage)...)
	probe := s.Probe()
	for _, r := range append(slices.Clone(compute), storage...) {
		if raw := bytesOf(&r); !probe.Same(raw) {
			if err := probe.Row(&r, raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	if missed, of := probe.Missed(); missed != 3 || of != 20 {
		t.Errorf("%d of %d missed", missed, of)
	}
}

// One row may come in several bytes, as in 1 and 1.0. When it is quarantined, what is told of it does not depend on which came first, nor on
// whether the crawl was resumed.
func TestARowInSeveralBytesIsToldInTheSmallest(t *testing.T) {
	one, other := rowOf("m", "1", "2026-01-01", ""), rowOf("m", "2", "2026-01-01", "")
	type sent struct {
		row Row
		raw string
	}
	all := []sent{{one, "one 1"}, {one, "one 1.0"}, {one, "one 1.00"}, {other, "two"}, {one, "one 1.0"}}
	rapid.Check(t, func(rt *rapid.T) {
		l := watch(t).l
		s, err := l.Survey(at2("2026-01-02"))
		if err != nil {
			rt.Fatal(err)
		}
		var spool MemorySpool
		shard := s.Shard("", Everything, &spool)
		if err := shard.Begin(); err != nil {
			rt.Fatal(err)
		}
		for _, row := range rapid.Permutation(all).Draw(rt, "rows") {
			if !shard.Same([]byte(row.raw)) {
				if err := shard.Row(&row.row, []byte(row.raw)); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if missed, of := shard.Misses(); missed != 0 || of != 2 {
			rt.Fatalf("%d of %d missed", missed, of)
		}
		if err := shard.End(Traversal{Pages: 1, Rows: len(all), Complete: true}); err != nil {
			rt.Fatal(err)
		}
		if rapid.Bool().Draw(rt, "resumed") {
			if s, err = l.Survey(at2("2026-01-02")); err != nil {
				rt.Fatal(err)
			}
			again := s.Resume("", Everything, &spool, bytes.NewReader(spool.data))
			if again == nil {
				rt.Fatal("not resumed")
			}
			if again.sum != shard.sum {
				rt.Fatal("the sum differs")
			}
		}
		v, err := s.Judge(Ending{Finished: s.crawl.At}, DefaultPolicy())
		if err != nil {
			rt.Fatal(err)
		}
		p, err := v.Next(10)
		if err != nil {
			rt.Fatal(err)
		}
		var told []string
		for _, q := range p.Quarantined {
			told = append(told, string(q.Raw))
		}
		slices.Sort(told)
		if !slices.Equal(told, []string{"one 1", "two"}) {
			rt.Fatalf("told: %q", told)
		}
	})
}
