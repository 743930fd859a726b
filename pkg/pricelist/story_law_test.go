package pricelist

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
)

// ledger is what a store keeps of everything that was told: of the periods known at K that hold V, the latest known answers.
type ledger struct {
	told   []told
	events int
}

type told struct {
	id    Identity
	known time.Time
	seq   int
	span  Span
}

func (l *ledger) write(t *rapid.T, changes []LineChange) {
	for _, c := range changes {
		if (c.Before == nil) != (c.Change == listing.Added) || (c.After == nil) != (c.Change == listing.Removed) {
			t.Fatalf("%s from %s to %s", c.Change, price(c.Before), price(c.After))
		}
		l.events++
		for _, s := range c.Spans {
			l.told = append(l.told, told{c.Identity, c.KnownAt, l.events, s})
		}
	}
}

func (l *ledger) answer(id Identity, v, k time.Time) *Line {
	var best *told
	for i := range l.told {
		r := &l.told[i]
		if r.id != id || r.known.After(k) || !r.span.Contains(v) {
			continue
		}
		if best == nil || r.known.After(best.known) || r.known.Equal(best.known) && r.seq > best.seq {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	return best.span.Line
}

// world is a market whose lists are published, withdrawn and added late, in random order, and what a store keeps of it.
type world struct {
	t      *rapid.T
	story  Story
	lists  []List
	former []Line
	now    int // day
	ledger ledger
	last   map[Identity][]Span // the newest timeline told
}

func (w *world) step(s Step, changes []LineChange) {
	s.Sequence = uint64(len(w.story) + 1)
	w.ledger.write(w.t, changes)
	w.story = NewStory(append(w.story, s)...)
	for _, c := range changes {
		w.last[c.Identity] = c.Timeline
	}
}

func (w *world) publish() {
	l := genList(w.t, len(w.lists)+1, w.former)
	w.lists, w.former = append(w.lists, l), l.Lines
	w.now++
	w.step(Step{KnownAt: day(w.now), List: l}, w.story.Book(day(w.now)).Publish(l, day(w.now)))
}

func (w *world) backfill() {
	l := genList(w.t, len(w.lists)+1, w.former)
	w.lists = append(w.lists, l)
	known := day(rapid.IntRange(0, w.now).Draw(w.t, "known"))
	w.step(Step{KnownAt: known, List: l}, w.story.Backfill(l, known, day(w.now)))
}

func (w *world) withdraw() {
	if len(w.lists) == 0 {
		return
	}
	l := rapid.SampledFrom(w.lists).Draw(w.t, "withdrawn")
	w.now++
	wd := Withdrawal{Release: l.Release, From: day(rapid.IntRange(1, days).Draw(w.t, "from"))}
	if wd.From.Before(l.EffectiveAt) {
		wd.From = l.EffectiveAt
	}
	for _, product := range modelIdentities {
		if rapid.Bool().Draw(w.t, "of "+product) {
			wd.Identities = append(wd.Identities, identity(product))
		}
	}
	w.step(Step{KnownAt: day(w.now), Withdrawal: wd}, w.story.Book(day(w.now)).Withdraw(wd, day(w.now)))
}

// known is the model: the lists as known at k, with what was withdrawn by then. Withdrawals of lists that are known only later do nothing.
func (w *world) known(k time.Time) []List {
	var lists []List
	for _, s := range w.story {
		if s.KnownAt.After(k) {
			continue
		}
		if s.List.Release != "" {
			lists = append(lists, s.List)
			continue
		}
		for i := range lists {
			if l := &lists[i]; l.Release == s.Withdrawal.Release {
				*l = withdrawn(*l, s.Withdrawal)
			}
		}
	}
	return lists
}

func withdrawn(l List, w Withdrawal) List {
	if len(w.Identities) == 0 {
		if l.Withdrawn.IsZero() || w.From.Before(l.Withdrawn) {
			l.Withdrawn = w.From
		}
		return l
	}
	if l.Lapsed = maps.Clone(l.Lapsed); l.Lapsed == nil {
		l.Lapsed = map[Identity]time.Time{}
	}
	for _, id := range w.Identities {
		if at, ok := l.Lapsed[id]; !ok || w.From.Before(at) {
			l.Lapsed[id] = w.From
		}
	}
	return l
}

func (w *world) check() {
	for k := 0; k <= w.now+1; k++ {
		lists := w.known(day(k))
		for _, product := range modelIdentities {
			for v := 0; v <= days+1; v++ {
				want, got := modelAnswer(lists, identity(product), day(v)), w.ledger.answer(identity(product), day(v), day(k))
				if !sameAnswer(got, want) {
					w.t.Fatalf("%s at day %d, known on day %d, is kept as %s, want %s", product, v, k, price(got), price(want))
				}
			}
		}
	}
	lists := w.known(day(w.now))
	for id, spans := range w.last {
		for v := 0; v <= days+1; v++ {
			if day(v).Before(spans[0].From) {
				continue
			}
			if want := modelAnswer(lists, id, day(v)); !sameAnswer(spanAt(w.t, spans, day(v)), want) {
				w.t.Fatalf("the last event of %s says %s of day %d, want %s", id.Product, price(spanAt(w.t, spans, day(v))), v, price(want))
			}
		}
	}
}

func TestWhateverBecomesKnownInWhateverOrderIsKeptOnBothTimeAxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, last: map[Identity][]Span{}}
		acts := []func(){w.publish, w.backfill, w.withdraw}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			acts[rapid.IntRange(0, 2).Draw(t, "act")]()
		}
		w.check()
	})
}

func TestAPastListPublishedBeforeAllThatFollowedItIsToldOnce(t *testing.T) {
	october := list("oct", "2026-10-01", line("A", 1, "", ""), line("B", 2, "", ""))
	changes := NewStory().Backfill(october, at("2026-09-01"), at("2026-12-15"))
	if len(changes) != 2 || !changes[0].KnownAt.Equal(at("2026-09-01")) || len(changes[0].Spans) != 1 {
		t.Fatalf("%+v", changes)
	}
	november := list("nov", "2026-11-01", line("A", 1, "", ""))
	story := NewStory(Step{KnownAt: at("2026-09-01"), Sequence: 1, List: october})
	changes = story.Backfill(november, at("2026-10-01"), at("2026-12-15"))
	if len(changes) != 1 || changes[0].Change != listing.Removed || changes[0].Identity.Product != "B" {
		t.Fatalf("%+v", changes)
	}
}

func TestAPastListPublishedLateMakesLaterStepsBeToldAgain(t *testing.T) {
	november := list("nov", "2026-11-01", line("A", 1, "", ""))
	october := list("oct", "2026-10-01", line("A", 1, "", ""), line("B", 2, "", ""))
	changes := NewStory(Step{KnownAt: at("2026-10-01"), Sequence: 1, List: november}).Backfill(october, at("2026-09-01"), at("2026-12-15"))
	var said []string
	for _, c := range changes {
		said = append(said, c.Identity.Product+" "+string(c.Change)+" "+c.KnownAt.Format(time.DateOnly)+" "+c.Spans[0].From.Format(time.DateOnly))
	}
	want := []string{"A added 2026-09-01 2026-10-01", "B added 2026-09-01 2026-10-01", "B removed 2026-10-01 2026-11-01"}
	if len(said) != 3 || said[0] != want[0] || said[1] != want[1] || said[2] != want[2] {
		t.Fatalf("told %q, want %q", said, want)
	}
}
