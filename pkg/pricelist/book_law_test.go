package pricelist

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
)

func TestABookAnswersEveryDayAsTheSentenceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lists []List
		var former []Line
		for n := range rapid.IntRange(0, 5).Draw(t, "lists") {
			lists = append(lists, genList(t, n+1, former))
			former = lists[n].Lines
		}
		book, from := NewBook(lists...), day(rapid.IntRange(0, days).Draw(t, "from"))
		for _, product := range modelIdentities {
			spans := book.Timeline(identity(product), from)
			for n := 0; n <= days+1; n++ {
				v := day(n)
				want := modelAnswer(lists, identity(product), v)
				if got, _ := book.LineAt(identity(product), v); !sameAnswer(got, want) {
					t.Fatalf("%s at %s is %s, want %s", product, v, price(got), price(want))
				}
				if v.Before(from) {
					continue
				}
				if got := spanAt(t, spans, v); !sameAnswer(got, want) {
					t.Fatalf("timeline of %s at %s says %s, want %s", product, v, price(got), price(want))
				}
			}
		}
	})
}

// overwrite is what a store does with the changes of a publication: the last that is written of an instant holds.
func overwrite(belief, changes []Span) []Span {
	out := belief
	for _, c := range changes {
		var next []Span
		for _, s := range out {
			before, after := s, s
			before.To = c.From
			if !s.To.IsZero() && s.To.Before(c.From) {
				before.To = s.To
			}
			next = extend(next, before)
			if s.Contains(c.From) {
				next = append(next, c)
			}
			if after.From.Before(c.To) {
				after.From = c.To
			}
			if !c.To.IsZero() {
				next = extend(next, after)
			}
		}
		out = next
	}
	return out
}

func TestWhoeverAppliesTheChangesInOrderHasTheTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lists []List
		var former []Line
		book := NewBook()
		belief := map[Identity][]Span{}
		for _, product := range modelIdentities {
			belief[identity(product)] = book.Timeline(identity(product), time.Time{})
		}
		for n := range rapid.IntRange(1, 5).Draw(t, "publications") {
			l := genList(t, n+1, former)
			former = l.Lines
			changed := map[Identity]LineChange{}
			last := Identity{}
			for _, c := range book.Publish(l, day(rapid.IntRange(1, days).Draw(t, "known"))) {
				if c.Change == listing.Unchanged || !last.Less(c.Identity) {
					t.Fatalf("%s of %s after %s", c.Change, c.Identity.Key(), last.Key())
				}
				changed[c.Identity], last = c, c.Identity
				belief[c.Identity] = overwrite(belief[c.Identity], c.Spans)
			}
			before := lists
			lists, book = append(lists[:len(lists):len(lists)], l), book.With(l)
			for id, spans := range belief {
				for n := 0; n <= days+1; n++ {
					want := modelAnswer(lists, id, day(n))
					if got := spanAt(t, spans, day(n)); !sameAnswer(got, want) {
						t.Fatalf("after %s, %s at %s is believed %s, want %s", l.Release, id.Key(), day(n), price(got), price(want))
					}
					if _, told := changed[id]; !told && !sameAnswer(want, modelAnswer(before, id, day(n))) {
						t.Fatalf("%s changes %s at %s and does not say so", l.Release, id.Key(), day(n))
					}
				}
			}
		}
	})
}

func TestDiffAndPublicationAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lists []List
		var former []Line
		for n := range rapid.IntRange(0, 4).Draw(t, "lists") {
			lists = append(lists, genList(t, n+1, former))
			former = lists[n].Lines
		}
		book, l := NewBook(lists...), genList(t, 9, former)
		differences, counts := book.Diff(l)
		var again listing.Counts
		changes := book.Publish(l, day(1))
		for _, d := range differences {
			again.Add(d.Change)
			if (d.Before == nil) != (d.Change == listing.Added) || (d.After == nil) != (d.Change == listing.Removed) {
				t.Fatalf("%s from %s to %s", d.Change, price(d.Before), price(d.After))
			}
			if d.Change == listing.Unchanged {
				continue
			}
			if len(changes) == 0 || changes[0].Difference != d {
				t.Fatalf("publication lacks %+v", d)
			}
			changes = changes[1:]
		}
		if again != counts || len(changes) > 0 {
			t.Fatalf("counts %+v and %+v, %d changes left", counts, again, len(changes))
		}
	})
}

func TestAListThatSaysTheSameChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := genList(t, 1, nil)
		second := NewList("r2", 2, first.EffectiveAt.AddDate(0, 0, rapid.IntRange(1, 5).Draw(t, "later")), first.Lines)
		book := NewBook(first)
		if changes := book.Publish(second, first.EffectiveAt); len(changes) > 0 {
			t.Fatalf("%s: %v", changes[0].Change, changes[0].Spans)
		}
		if changes := book.Publish(first, first.EffectiveAt); book.With(first) != book || len(changes) > 0 && len(changes[0].Spans) > 0 {
			t.Fatal("a list published again changes answers")
		}
	})
}

func TestEverySpanOfAChangeIsMaximal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genList(t, 1, nil), genList(t, 2, nil)
		for _, c := range NewBook(a).Publish(b, day(1)) {
			for i, s := range c.Spans {
				if s.Empty() || s.From.Before(b.EffectiveAt) {
					t.Fatalf("span %v of a list in force from %s", s.Period, b.EffectiveAt)
				}
				if i > 0 && c.Spans[i-1].To.Equal(s.From) && sameAnswer(c.Spans[i-1].Line, s.Line) {
					t.Fatalf("spans %v and %v are one", c.Spans[i-1].Period, s.Period)
				}
			}
		}
	})
}
