package rate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

func equal(a, b []Span) string {
	return cmp.Diff(a, b, cmpopts.EquateEmpty(), cmpopts.EquateComparable(money.Decimal{}))
}

func TestAPeriodReplacesWhatWasBelievedOfItsRange(t *testing.T) {
	base := []Span{span("1", "2026-01-01", "2026-03-01"), span("2", "2026-03-01", "")}
	for what, c := range map[string]struct {
		period Span
		want   []Span
	}{
		"across a border": {span("3", "2026-02-01", "2026-04-01"), []Span{span("1", "2026-01-01", "2026-02-01"), span("3", "2026-02-01", "2026-04-01"), spanOf("2", "2026-03-01", "2026-04-01", "")}},
		"before all":      {span("3", "2025-01-01", "2025-02-01"), []Span{span("3", "2025-01-01", "2025-02-01"), base[0], base[1]}},
		"open":            {span("3", "2026-02-01", ""), []Span{span("1", "2026-01-01", "2026-02-01"), span("3", "2026-02-01", "")}},
		"none inside":     {span("", "2026-02-01", "2026-04-01"), []Span{span("1", "2026-01-01", "2026-02-01"), spanOf("2", "2026-03-01", "2026-04-01", "")}},
		"none from":       {span("", "2026-02-01", ""), []Span{span("1", "2026-01-01", "2026-02-01")}},
		"always":          {Span{Price: price("9")}, []Span{{Price: price("9")}}},
		"empty":           {span("9", "2026-02-01", "2026-02-01"), base},
		"going on":        {spanOf("1", "2026-01-01", "2026-03-01", "2026-04-01"), []Span{span("1", "2026-01-01", "2026-04-01"), spanOf("2", "2026-03-01", "2026-04-01", "")}},
	} {
		if diff := equal(c.want, Apply(base, []Span{c.period})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if diff := equal([]Span{span("1", "2026-01-01", "2026-03-01"), span("2", "2026-03-01", "")}, base); diff != "" {
		t.Errorf("Apply modified its argument:\n%s", diff)
	}
}

func TestAnAnswerSaysWhenItEndsAndSoDoesNone(t *testing.T) {
	belief := []Span{span("1", "2026-01-01", "2026-02-01"), span("2", "2026-03-01", "")}
	for v, want := range map[string]Span{
		"2025-06-01": {Period: effective.Period{To: at("2026-01-01")}, None: true},
		"2026-01-01": belief[0], "2026-01-31T23:59:59Z": belief[0],
		"2026-02-01": span("", "2026-02-01", "2026-03-01"),
		"2026-03-01": belief[1], "2030-01-01": belief[1],
	} {
		got, ok := AnswerAt(belief, at(v))
		if diff := equal([]Span{want}, []Span{got}); diff != "" || ok == want.None {
			t.Errorf("at %s %v (-want +got):\n%s", v, ok, diff)
		}
	}
	if got, ok := AnswerAt(nil, at("2026-01-01")); ok || !got.None || !got.From.IsZero() || !got.To.IsZero() {
		t.Errorf("nothing believed: %+v", got)
	}
}

// drawRows draws one to three rows of meter m with distinct starts, on whole days.
func drawRows(t *rapid.T, label string) []Row {
	var rows []Row
	for _, start := range rapid.SliceOfNDistinct(rapid.IntRange(0, 30), 1, 3, rapid.ID[int]).Draw(t, label+" starts") {
		r := row(rapid.SampledFrom([]string{"0", "1", "1.5"}).Draw(t, label+" price"), "2026-01-01", "")
		r.Effective.From = day(start)
		if length := rapid.IntRange(0, 15).Draw(t, label+" length"); length > 0 {
			r.Effective.To = day(start + length)
		}
		r.MeterName = rapid.SampledFrom([]string{"a", "b"}).Draw(t, label+" name")
		rows = append(rows, r)
	}
	return rows
}

func day(n int) time.Time { return at("2026-01-01").AddDate(0, 0, n) }

// heard is one thing that the naive model remembers: what was seen, or that the rate was retired from a time on.
type heard struct {
	at   time.Time
	rows []Row
	from time.Time // of retirement
}

// naive answers from the last thing heard by k that speaks of v, looking at nothing else.
func naive(all []heard, v, k time.Time) Span {
	for i := len(all) - 1; i >= 0; i-- {
		h := all[i]
		if h.at.After(k) {
			continue
		}
		if h.rows == nil {
			if !v.Before(h.from) {
				return Span{None: true}
			}
			continue
		}
		speaks, best := false, Span{None: true}
		for _, r := range h.rows {
			speaks = speaks || !v.Before(r.Effective.From)
			if r.Effective.Contains(v) && (best.None || r.Effective.From.After(best.Start)) {
				best = Span{Price: r.Price, Start: r.Effective.From}
			}
		}
		if speaks {
			return best
		}
	}
	return Span{None: true}
}

// foldAt folds the periods known at k.
func foldAt(changes []Change, k time.Time) []Span {
	var belief []Span
	for _, c := range changes {
		if !c.KnownAt.After(k) {
			belief = Apply(belief, c.Periods)
		}
	}
	return belief
}

func TestThePublishedPeriodsAnswerAsTheLastObservationThatSpeaksOfATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := NewKnown(identity("m"), "azure-usd")
		policy := Policy{RetireCrawls: rapid.IntRange(1, 2).Draw(t, "crawls"), RetireAfter: time.Duration(rapid.IntRange(0, 2).Draw(t, "days")) * 24 * time.Hour}
		var all []heard
		var changes []Change
		for n := range rapid.IntRange(1, 8).Draw(t, "observations") {
			when := day(3 * n)
			var c Change
			var found bool
			if rapid.IntRange(0, 2).Draw(t, "absent") == 0 {
				c, found = known.Absent(when, policy)
				if found {
					all = append(all, heard{at: when, from: known.AbsentSince})
				}
			} else {
				rows := drawRows(t, "row")
				all = append(all, heard{at: when, rows: rows})
				c, found = known.Observe(when, sorted(rows))
			}
			if found {
				changes = append(changes, c)
			}
		}
		for k := -1; k < 27; k += 3 {
			belief := foldAt(changes, day(k))
			for v := -1; v < 50; v++ {
				got, _ := AnswerAt(belief, day(v))
				if want := naive(all, day(v), day(k)); !got.SameAnswer(want) {
					t.Fatalf("valid %d, known %d: %+v, want %+v", v, k, got, want)
				}
			}
		}
		if diff := equal(known.Belief, foldAt(changes, day(100))); diff != "" {
			t.Fatalf("the belief is not what its periods give:\n%s", diff)
		}
	})
}

func TestPeriodsAreMaximalAndSayWhatChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := NewKnown(identity("m"), "azure-usd")
		known.Observe(day(10), sorted(drawRows(t, "first")))
		before := known.Belief
		c, _ := known.Observe(day(11), sorted(drawRows(t, "second")))
		for i, p := range c.Periods {
			if p.Empty() || (i > 0 && p.From.Before(c.Periods[i-1].To)) {
				t.Fatalf("period %d is empty or out of order: %+v", i, c.Periods)
			}
			if i > 0 && p.From.Equal(c.Periods[i-1].To) && p.SameAnswer(c.Periods[i-1]) {
				t.Fatalf("periods %d and %d are one: %+v", i-1, i, c.Periods)
			}
			for v := p.From; v.Before(day(60)) && p.Contains(v); v = v.AddDate(0, 0, 1) {
				if old, _ := AnswerAt(before, v); old.SameAnswer(p) {
					t.Fatalf("period %d changes nothing at %s", i, v)
				}
			}
		}
	})
}

func sorted(rows []Row) []Row {
	kept, _ := settle(inOrder(rows))
	return kept
}
