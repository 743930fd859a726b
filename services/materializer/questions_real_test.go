//go:build real

package materializer_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/rate"
)

// The questions asked of the snapshots: 10,000 in all, a line of a lookup being one.
const (
	askedPoints    = 1_500
	askedHistories = 250
	askedDiffs     = 50
	askedSeries    = 200
	askedLookups   = 80
	lookupLines    = 100
)

// book is an independent model of what the snapshots told: the periods and rows of each rate, looked up one by one.
type book struct {
	ids    []rate.Identity
	tracks map[rate.Identity]*track
	days   []time.Time // at which something became known
}

type track struct {
	periods []period
	rows    []named
}

// period is what was told of a range; to is zero when it is open.
type period struct {
	known    time.Time
	seq      uint64
	row      int
	from, to time.Time
	price    string // empty: none
	start    time.Time
}

// named is what a rate was called from some day on.
type named struct {
	known time.Time
	seq   uint64
	name  string
}

// calling is all that a rate is called.
func calling(a rate.Attributes) string { return fmt.Sprintf("%q", a) }

func newBook(store *memory.Store) *book {
	b := &book{tracks: map[rate.Identity]*track{}}
	for _, c := range store.Rows(history.TableRates).RateChanges {
		t := b.tracks[c.Identity]
		if t == nil {
			t = &track{}
			b.tracks[c.Identity], b.ids = t, append(b.ids, c.Identity)
		}
		for i, p := range c.Periods {
			told := period{known: c.KnownAt, seq: c.Sequence, row: i, from: p.From, to: p.To, start: p.Start}
			if !p.None {
				told.price = p.Price.String()
			}
			t.periods = append(t.periods, told)
		}
		if c.After != nil {
			t.rows = append(t.rows, named{c.KnownAt, c.Sequence, calling(c.After.Attributes)})
		}
		b.days = append(b.days, c.KnownAt)
	}
	for _, t := range b.tracks {
		slices.SortFunc(t.periods, func(a, b period) int {
			return cmp.Or(a.known.Compare(b.known), cmp.Compare(a.seq, b.seq), cmp.Compare(a.row, b.row))
		})
		slices.SortFunc(t.rows, func(a, b named) int { return cmp.Or(a.known.Compare(b.known), cmp.Compare(a.seq, b.seq)) })
	}
	slices.SortFunc(b.days, time.Time.Compare)
	b.days = slices.CompactFunc(b.days, time.Time.Equal)
	return b
}

// says is the answer at v as known at k, as a text: the price and the start of its row, or none.
func (t *track) says(v, k time.Time) string {
	said := "none"
	for _, p := range t.periods {
		if !p.known.After(k) && !v.Before(p.from) && (p.to.IsZero() || v.Before(p.to)) {
			if said = "none"; p.price != "" {
				said = p.price + " since " + p.start.UTC().Format(time.RFC3339)
			}
		}
	}
	return said
}

// ends is when that answer ends, zero when it does not.
func (t *track) ends(v, k time.Time) time.Time {
	var end time.Time
	says := t.says(v, k)
	for _, p := range t.periods {
		for _, b := range []time.Time{p.from, p.to} {
			if !p.known.After(k) && b.After(v) && (end.IsZero() || b.Before(end)) && t.says(b, k) != says {
				end = b
			}
		}
	}
	return end
}

// called is what the rate was called as known at k.
func (t *track) called(k time.Time) string {
	name := ""
	for _, r := range t.rows {
		if !r.known.After(k) {
			name = r.name
		}
	}
	return name
}

// whole is all that the book says at an instant; empty when there is no price.
func (b *book) whole(id rate.Identity, v, k time.Time) string {
	t := b.tracks[id]
	if t == nil || t.says(v, k) == "none" {
		return ""
	}
	return t.says(v, k) + " until " + t.ends(v, k).UTC().Format(time.RFC3339) + " " + t.called(k)
}

func wholeAnswer(a *history.RateAnswer) string {
	if a == nil || a.None {
		return ""
	}
	return a.Price.String() + " since " + a.EffectiveFrom.UTC().Format(time.RFC3339) + " until " + a.ValidTo.UTC().Format(time.RFC3339) + " " + calling(a.Attributes)
}

// asker draws questions, mostly near the instants at which something happens.
type asker struct {
	*book
	r *rand.Rand
}

func (a asker) id() rate.Identity { return a.ids[a.r.IntN(len(a.ids))] }

func (a asker) instant(near []time.Time) time.Time {
	beside := [...]time.Duration{0, -time.Millisecond, time.Millisecond, 12 * time.Hour, -36 * time.Hour}
	if len(near) == 0 || a.r.IntN(4) == 0 {
		return day("2024-06-01").AddDate(0, 0, a.r.IntN(1000)).Add(beside[a.r.IntN(len(beside))])
	}
	return near[a.r.IntN(len(near))].Add(beside[a.r.IntN(len(beside))])
}

func (a asker) asOf(id rate.Identity) history.AsOf {
	var near []time.Time
	for _, p := range a.tracks[id].periods {
		for _, at := range []time.Time{p.from, p.to} {
			if at.After(day("2000-01-01")) && at.Before(day("2200-01-01")) {
				near = append(near, at)
			}
		}
	}
	return history.AsOf{At: a.instant(near), KnownAt: a.instant(a.days)}
}

func realQuestions(t *testing.T, store *clickhouse.Store, model *memory.Store) {
	t.Helper()
	a := asker{newBook(model), rand.New(rand.NewPCG(2025, 2026))}
	begun := time.Now()
	for _, asking := range []struct {
		name string
		n    int
		ask  func(*testing.T, *clickhouse.Store)
	}{
		{"points", askedPoints, a.point},
		{"histories", askedHistories, a.history},
		{"differences", askedDiffs, a.difference},
		{"series", askedSeries, a.series},
		{"lookups", askedLookups, a.lookup},
	} {
		for range asking.n {
			if asking.ask(t, store); t.Failed() {
				t.Fatalf("one of the %s is wrong", asking.name)
			}
		}
		t.Logf("%s after %s", asking.name, time.Since(begun))
	}
}

func (a asker) point(t *testing.T, store *clickhouse.Store) {
	id := a.id()
	as := a.asOf(id)
	answer, err := store.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: as})
	want := a.whole(id, as.At, as.KnownAt)
	if err != nil && want != "" || err == nil && wholeAnswer(&answer) != want {
		t.Errorf("%+v as of %+v: %s, %v; the book says %s", id, as, wholeAnswer(&answer), err, want)
	}
}

func (a asker) history(t *testing.T, store *clickhouse.Store) {
	id := a.id()
	series, err := store.RateHistory(t.Context(), history.RateHistory{Identity: id})
	var got, want []string
	for _, p := range series.Periods {
		told := period{price: p.Price.String()}
		if p.None {
			told.price = ""
		}
		got = append(got, fmt.Sprint(p.KnownAt.Unix(), p.Sequence, p.From.Unix(), p.To.Unix(), told.price, p.Start.Unix()))
	}
	for _, p := range a.tracks[id].periods {
		want = append(want, fmt.Sprint(p.known.Unix(), p.seq, p.from.Unix(), p.to.Unix(), p.price, p.start.Unix()))
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v: %v, %v; the book has %v", id, got, err, want)
	}
}

func (a asker) difference(t *testing.T, store *clickhouse.Store) {
	from, to := a.asOf(a.id()), a.asOf(a.id())
	if a.r.IntN(2) == 0 {
		to.KnownAt = from.KnownAt
	}
	found := map[rate.Identity]string{}
	for d, err := range store.DiffRates(t.Context(), history.RateDiff{From: from, To: to}) {
		if err != nil {
			t.Fatal(err)
		}
		found[d.Identity] = wholeAnswer(d.Before) + " to " + wholeAnswer(d.After)
	}
	n := 0
	for _, id := range a.ids {
		was, is := a.whole(id, from.At, from.KnownAt), a.whole(id, to.At, to.KnownAt)
		tr := a.tracks[id]
		if was == is || was != "" && is != "" && tr.says(from.At, from.KnownAt) == tr.says(to.At, to.KnownAt) && tr.called(from.KnownAt) == tr.called(to.KnownAt) {
			continue // when the answer ends is no difference
		}
		if n++; found[id] != was+" to "+is {
			t.Errorf("%+v from %+v to %+v: %s; the book says %s to %s", id, from, to, found[id], was, is)
			return
		}
	}
	if n != len(found) {
		t.Errorf("from %+v to %+v: %d differences, the book has %d", from, to, len(found), n)
	}
}

func (a asker) series(t *testing.T, store *clickhouse.Store) {
	id := a.id()
	as := a.asOf(id)
	q := history.RateChart{
		PriceList: id.PriceList, Currency: id.Currency, MeterID: id.MeterID, SKUID: id.SKUID, Type: id.Type, ReservationTerm: &id.ReservationTerm, Tier: &id.Tier,
		From: as.At, To: as.At.AddDate(0, 0, 1+a.r.IntN(700)), KnownAt: as.KnownAt, Points: history.MaxPoints,
	}
	lines, err := store.ChartRates(t.Context(), q)
	if err != nil || len(lines) != 1 {
		if a.tracks[id].periods[0].known.After(as.KnownAt) {
			return // nothing was known yet
		}
		t.Errorf("%+v: %d lines, %v", q, len(lines), err)
		return
	}
	steps := lines[0].Steps
	for i, step := range steps {
		end := q.To
		if i+1 < len(steps) {
			end = steps[i+1].At
		}
		says := func(v time.Time) string { return a.tracks[id].says(v, as.KnownAt) }
		want := says(step.At)
		got := "none"
		if !step.None {
			got = step.Price.String() + " since " + step.EffectiveFrom.UTC().Format(time.RFC3339)
		}
		if got != want || says(end.Add(-time.Millisecond)) != want || i > 0 && says(step.At.Add(-time.Millisecond)) == want {
			t.Errorf("%+v: step %d at %s says %s, the book %s", q, i, step.At, got, want)
			return
		}
	}
}

func (a asker) lookup(t *testing.T, store *clickhouse.Store) {
	lines := make([]history.RateLookup, lookupLines)
	for i := range lines {
		id := a.id()
		lines[i] = history.RateLookup{Identity: id, AllTiers: a.r.IntN(4) == 0, AsOf: a.asOf(id)}
	}
	answers, err := store.LookupRates(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range lines {
		var got, want []string
		for j := range answers[i] {
			got = append(got, answers[i][j].Identity.Tier.String()+" "+wholeAnswer(&answers[i][j]))
		}
		for _, id := range a.ids {
			any := l.Identity
			if l.AllTiers {
				any.Tier = id.Tier
			}
			if says := a.whole(id, l.At, l.KnownAt); id == any && says != "" {
				want = append(want, id.Tier.String()+" "+says)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v; the book says %v", l, got, want)
			return
		}
	}
}
