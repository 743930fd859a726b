package item

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// Step is one thing that became known of a list in a market: a publication or a withdrawal.
type Step struct {
	KnownAt    time.Time
	Sequence   uint64     // its place in the stream; steps of one instant are in this order
	List       List       // the list as published, nothing of it withdrawn; without a release: a withdrawal
	Withdrawal Withdrawal // where List has no release
}

// Change is what becomes known of one key.
type Change struct {
	Difference
	KnownAt  time.Time
	Spans    []Span // what is answered otherwise; may be empty
	Timeline []Span // all that is answered, as known now, from the present or the step's first instant if that is earlier, on
}

// Story is how knowledge of a list grew, step by step, in the order in which it became known.
type Story []Step

// NewStory brings steps into their order.
func NewStory(steps ...Step) Story {
	s := slices.Clone(steps)
	slices.SortStableFunc(s, func(a, b Step) int { return cmp.Or(a.KnownAt.Compare(b.KnownAt), cmp.Compare(a.Sequence, b.Sequence)) })
	return s
}

// Book returns the book of everything known at an instant.
func (s Story) Book(known time.Time) Book {
	var b Book
	for _, step := range s {
		if step.KnownAt.After(known) {
			break
		}
		b = step.after(b)
	}
	return b
}

func (s Step) after(b Book) Book {
	if s.List.Release != "" {
		return b.With(s.List)
	}
	return b.Without(s.Withdrawal)
}

// begins is the first instant of valid time that the step says something of.
func (s Step) begins() time.Time {
	if s.List.Release != "" {
		return s.List.EffectiveAt.UTC()
	}
	return s.Withdrawal.From.UTC()
}

// Tell returns what becomes known when a step is made now, which counts as known at its own instant: in order of keys, and of instants for
// each, without keys for which nothing changes. Where the instant is a past one, later steps are told again as far as they say something
// else now.
func (s Story) Tell(step Step, now time.Time) []Change {
	t := s.retell(step)
	first, last := t.is[0], t.is[len(t.is)-1]
	from := now.UTC()
	if t.begins.Before(from) {
		from = t.begins
	}
	var before []Item
	if predecessor, ok := t.was[0].Predecessor(t.begins); ok && step.List.Release != "" {
		before = predecessor.Items
	}
	old := List{Items: before}
	var changes []Change
	for _, key := range last.Keys() {
		var told []Change
		spans := listing.Changes(t.was[0].Timeline(key, t.begins), first.Timeline(key, t.begins), same)
		d := Difference{Change: listing.Unchanged}
		if step.List.Release != "" {
			d = difference(key, old.Of(key), step.List.Of(key))
		}
		if d.Change == listing.Unchanged && len(spans) > 0 {
			d = difference(key, t.was[0].At(key, spans[0].From), spans[0].Line)
		}
		if d.Change != listing.Unchanged {
			told = append(told, Change{Difference: d, KnownAt: step.KnownAt.UTC(), Spans: spans})
		}
		told = append(told, t.again(key)...)
		for i := range told {
			told[i].Timeline = last.Timeline(key, from)
		}
		changes = append(changes, told...)
	}
	return changes
}

// retelling is a story from where a step is slipped in: the books at each instant, without the step and with it.
type retelling struct {
	begins  time.Time
	was, is []Book
	at      []time.Time
	sure    []bool // what was told at an instant is where the book without the step changed
}

func (s Story) retell(step Step) retelling {
	was := s.Book(step.KnownAt)
	is := step.after(was)
	t := retelling{begins: step.begins(), was: []Book{was}, is: []Book{is}, at: []time.Time{step.KnownAt.UTC()}, sure: []bool{true}}
	highest, inOrder := uint64(0), true
	for i := range s {
		if s[i].KnownAt.After(step.KnownAt) {
			inOrder = inOrder && s[i].Sequence > highest
		}
		highest = max(highest, s[i].Sequence)
	}
	alone := true
	for i := range s {
		if !s[i].KnownAt.After(step.KnownAt) {
			continue
		}
		was, is = s[i].after(was), s[i].after(is)
		if i+1 < len(s) && s[i+1].KnownAt.Equal(s[i].KnownAt) {
			alone = false // what is told again of an instant comes behind all that was told of it
			continue
		}
		t.was, t.is, t.at, t.sure = append(t.was, was), append(t.is, is), append(t.at, s[i].KnownAt.UTC()), append(t.sure, alone && inOrder)
		alone = true
	}
	return t
}

// again returns where what was told later must be told again for a key.
func (t *retelling) again(key string) []Change {
	var told []Change
	for i := 1; i < len(t.at); i++ {
		spans := listing.Restated(
			t.was[i-1].Timeline(key, t.begins), t.was[i].Timeline(key, t.begins), t.is[i-1].Timeline(key, t.begins), t.is[i].Timeline(key, t.begins), t.sure[i], same,
		)
		if len(spans) == 0 {
			continue
		}
		before := t.was[i].At(key, spans[0].From)
		if d := difference(key, before, spans[0].Line); d.Change == listing.Unchanged {
			before = t.is[i-1].At(key, spans[0].From) // nothing was told there: what was believed before shone through
		}
		told = append(told, Change{Difference: difference(key, before, spans[0].Line), KnownAt: t.at[i], Spans: spans})
	}
	return told
}
