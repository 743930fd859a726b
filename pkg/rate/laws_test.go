package rate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func inOrder(rows []Row) []Row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Row) int { return compareRows(&a, &b) })
	return rows
}

// drawCrawl draws the rows of a few identities, some of which disagree or differ in attributes alone, and quarantined rows.
func drawCrawl(t *rapid.T, label string) (rows []Row, bad []Quarantined) {
	for _, m := range rapid.SliceOfDistinct(rapid.IntRange(0, 5), rapid.ID[int]).Draw(t, label+" meters") {
		for _, r := range drawRows(t, label) {
			r.Identity = identity(fmt.Sprintf("m%d", m))
			rows = append(rows, r)
			switch rapid.IntRange(0, 9).Draw(t, label+" companion") {
			case 0:
				rows = append(rows, with(r, named("c")))
			case 1:
				rows = append(rows, with(r, func(r *Row) { r.Price = price("7") }))
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, label+" bad") {
		m := fmt.Sprintf("m%d", rapid.IntRange(0, 6).Draw(t, label+" bad meter"))
		_, q := NewRow(fields(func(f *Fields) { f.MeterID, f.Price = m, "x" }))
		bad = append(bad, *q)
	}
	return rows, bad
}

// drawHistory takes a ledger through some crawls and returns the outcomes that were taken.
func drawHistory(t *rapid.T, l *Ledger, policy Policy) []Outcome {
	var taken []Outcome
	for n := range rapid.IntRange(0, 5).Draw(t, "crawls") {
		o := drawObservation(t, day(2*n), fmt.Sprintf("crawl %d", n))
		out, err := l.Judge(o, policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Apply(out); err != nil {
			t.Fatal(err)
		}
		taken = append(taken, out)
	}
	return taken
}

func drawObservation(t *rapid.T, when time.Time, label string) Observation {
	rows, bad := drawCrawl(t, label)
	scope := rapid.SampledFrom([]string{"azure-usd", "azure-usd", "other"}).Draw(t, label+" scope")
	return Observation{
		Source: "azure", Scope: scope, Currency: "USD", At: when, Finished: when, Complete: rapid.IntRange(0, 9).Draw(t, label+" complete") > 0,
		Partial: rapid.IntRange(0, 3).Draw(t, label+" partial") == 0, Accepted: rapid.Bool().Draw(t, label+" accepted"), Rows: rows, Quarantined: bad,
	}
}

func open(t *rapid.T) *Ledger {
	l, err := NewLedger("USD")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// eager retires soon.
func eager() Policy { return Policy{Shrink: 0.5, RetireCrawls: 2, RetireAfter: 48 * time.Hour} }

func TestTheOutcomeDependsOnTheSetOfRowsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := open(t)
		drawHistory(t, l, eager())
		o := drawObservation(t, day(20), "last")
		want, err := l.Judge(o, eager())
		if err != nil {
			t.Fatal(err)
		}
		shuffled := o
		shuffled.Rows = slices.Clone(o.Rows)
		shuffled.Quarantined = slices.Clone(o.Quarantined)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, 99), 0, 5).Draw(t, "repetitions") {
			if len(o.Rows) > 0 {
				shuffled.Rows = append(shuffled.Rows, o.Rows[i%len(o.Rows)])
			}
			if len(o.Quarantined) > 0 {
				shuffled.Quarantined = append(shuffled.Quarantined, o.Quarantined[i%len(o.Quarantined)])
			}
		}
		shuffled.Rows = rapid.Permutation(shuffled.Rows).Draw(t, "order")
		shuffled.Quarantined = rapid.Permutation(shuffled.Quarantined).Draw(t, "order of the bad")
		got, err := l.Judge(shuffled, eager())
		if err != nil {
			t.Fatal(err)
		}
		got.Record.Rows = want.Record.Rows // as read, repetitions included
		sameOutcome(t, want, got)
	})
}

func TestReplayAndShelvesGiveTheLedgerThatWasLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, replayed := open(t), open(t)
		for _, out := range drawHistory(t, l, eager()) {
			for _, c := range out.Changes {
				if err := replayed.ReplayChange(c); err != nil {
					t.Fatal(err)
				}
			}
			if err := replayed.ReplayRecord(out.Record, nil); err != nil {
				t.Fatal(err)
			}
		}
		loaded, err := Open("USD", fileOf(l))
		if err != nil {
			t.Fatal(err)
		}
		if shelved(l) != shelved(loaded) {
			t.Fatal("the shelf gives another ledger")
		}
		forgetAbsences(l)
		if shelved(l) != shelved(replayed) {
			t.Fatal("the replay gives another ledger")
		}
		for n, o := range []Observation{drawObservation(t, day(20), "next"), drawObservation(t, day(24), "second"), drawObservation(t, day(1), "late")} {
			want, err := l.Judge(o, eager())
			got, failed := replayed.Judge(o, eager())
			if (err == nil) != (failed == nil) || (err != nil && err.Error() != failed.Error()) {
				t.Fatalf("observation %d: %v and %v", n, err, failed)
			}
			sameOutcome(t, want, got)
			if l.Apply(want) != nil || replayed.Apply(got) != nil {
				t.Fatal("apply")
			}
		}
	})
}

// forgetAbsences does what a restart from the stream does.
func forgetAbsences(l *Ledger) {
	b := newBatch()
	for n := range l.index.absent {
		l.putAbsence(b, n, absence{})
	}
	_ = l.flush(b, nil, false) // a memory file takes everything
}

func sameOutcome(t *rapid.T, want, got Outcome) {
	if diff := diffOutcomes(want, got); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}
