package item

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

const days = 8

// told is one period that a store keeps: of those known at K that hold V, the latest known answers.
type told struct {
	key   string
	known time.Time
	span  Span
}

func answer(kept []told, key string, v, k time.Time) *Item {
	var best *told
	for i := range kept {
		r := &kept[i]
		if r.key == key && !r.known.After(k) && r.span.Contains(v) && (best == nil || !r.known.Before(best.known)) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	return best.span.Line
}

func text(i *Item) string {
	if i == nil {
		return "none"
	}
	return i.Get("title")
}

func genStep(t *rapid.T, n int, lists []List, now int) Step {
	s := Step{KnownAt: day(rapid.IntRange(max(1, now-2), now).Draw(t, "known")), Sequence: uint64(n)}
	if len(lists) > 0 && rapid.IntRange(0, 2).Draw(t, "act") == 0 {
		l := rapid.SampledFrom(lists).Draw(t, "withdrawn")
		s.KnownAt = day(now)
		s.Withdrawal = Withdrawal{Release: l.Release, From: day(rapid.IntRange(l.EffectiveAt.Day(), days).Draw(t, "from"))}
		if rapid.Bool().Draw(t, "in part") {
			s.Withdrawal.Keys = []string{"a"}
		}
		return s
	}
	var items []Item
	for _, key := range []string{"a", "b"} {
		if v := rapid.IntRange(0, 2).Draw(t, key); v > 0 {
			items = append(items, Item{Key: key, Values: []Value{{"title", fmt.Sprint(v)}}})
		}
	}
	s.List = NewList(fmt.Sprintf("r%d", n), n, day(rapid.IntRange(1, days).Draw(t, "effective")), items)
	return s
}

func TestWhateverBecomesKnownInWhateverOrderIsKeptOnBothTimeAxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			story Story
			kept  []told
			lists []List
			last  = map[string][]Span{}
			steps = rapid.IntRange(1, 6).Draw(t, "steps")
		)
		for n := 1; n <= steps; n++ {
			step := genStep(t, n, lists, n)
			if step.List.Release != "" {
				lists = append(lists, step.List)
			}
			for _, c := range story.Tell(step, day(n)) {
				if c.Change == listing.Unchanged || (c.Before == nil) != (c.Change == listing.Added) || (c.After == nil) != (c.Change == listing.Removed) {
					t.Fatalf("%s from %s to %s", c.Change, text(c.Before), text(c.After))
				}
				for _, s := range c.Spans {
					kept = append(kept, told{c.Key, c.KnownAt, s})
				}
				last[c.Key] = c.Timeline
			}
			story = NewStory(append(story, step)...)
		}
		for k := 0; k <= steps+1; k++ {
			book := story.Book(day(k))
			for _, key := range []string{"a", "b"} {
				for v := 0; v <= days+1; v++ {
					if want, got := book.At(key, day(v)), answer(kept, key, day(v), day(k)); text(want) != text(got) {
						t.Fatalf("%s at day %d, known on day %d, is kept as %s, want %s", key, v, k, text(got), text(want))
					}
				}
			}
		}
		for key, spans := range last {
			for _, s := range spans {
				if want := story.Book(day(steps)).At(key, s.From); text(want) != text(s.Line) {
					t.Fatalf("the last event of %s says %s from %s on, want %s", key, text(s.Line), s.From, text(want))
				}
			}
		}
	})
}

func TestADiffCountsWhatWasAddedChangedAndRemoved(t *testing.T) {
	item := func(key, title string) Item { return Item{Key: key, Values: []Value{{"title", title}}} }
	differences, counts := Diff([]Item{item("a", "1"), item("b", "1"), item("c", "1")}, []Item{item("b", "1"), item("c", "2"), item("d", "1")})
	if counts != (listing.Counts{Added: 1, Changed: 1, Removed: 1, Unchanged: 1}) || len(differences) != 4 {
		t.Errorf("%+v of %d", counts, len(differences))
	}
	if whole := Resolve([]Item{item("b", "9")}, []Item{item("a", "1"), item("b", "1")}); len(whole) != 2 || whole[1].Get("title") != "9" {
		t.Errorf("%v", whole)
	}
}
