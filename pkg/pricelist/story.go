package pricelist

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// Step is one thing that became known of a market's lists: a publication or a withdrawal.
type Step struct {
	KnownAt    time.Time
	Sequence   uint64     // its place in the stream; steps of one instant are in this order
	List       List       // the list as published, nothing of it withdrawn; without a release: a withdrawal
	Withdrawal Withdrawal // where List has no release
}

// Story is how knowledge of a market grew, step by step. A list of the past that is published late has its place where it should have
// become known, before steps that stand earlier in the stream.
type Story []Step

// NewStory brings steps into the order in which they became known.
func NewStory(steps ...Step) Story {
	s := slices.Clone(steps)
	slices.SortStableFunc(s, func(a, b Step) int { return cmp.Or(a.KnownAt.Compare(b.KnownAt), cmp.Compare(a.Sequence, b.Sequence)) })
	return s
}

// Book returns the book of everything known at an instant.
func (s Story) Book(known time.Time) *Book {
	b := NewBook()
	for i := range s {
		if s[i].KnownAt.After(known) {
			break
		}
		b = s[i].after(b)
	}
	return b
}

// after returns the book in which the step is known too.
func (s Step) after(b *Book) *Book {
	if s.List.Release != "" {
		return b.With(s.List)
	}
	return b.Without(s.Withdrawal)
}

// Backfill returns what becomes known when a list of the past is published now as if it had been at an earlier instant: what it changed
// then, and where later steps must be told again because of it, each as of its own instant. The changes are in order of identities, and of
// instants for each. Later steps are told again as seldom as is right; so a list that is published before all that followed it costs
// nothing more.
func (s Story) Backfill(l List, known, now time.Time) []LineChange {
	at := slices.IndexFunc(s, func(step Step) bool { return step.KnownAt.After(known) })
	if at < 0 {
		at = len(s)
	}
	was := s.Book(known)
	is, r := was.With(l), retelling{known: known.UTC(), l: l}
	r.tell(was, is, known, true)
	for i, alone := at, true; i < len(s); i++ {
		was, is = s[i].after(was), s[i].after(is)
		if i+1 < len(s) && s[i+1].KnownAt.Equal(s[i].KnownAt) {
			alone = false // what is told again of an instant comes behind all that was told of it
			continue
		}
		r.tell(was, is, s[i].KnownAt, alone && s.told(at))
		alone = true
	}
	from := now.UTC()
	if l.EffectiveAt.Before(from) {
		from = l.EffectiveAt.UTC()
	}
	return r.changes(from)
}

// told reports whether the steps from a place on stand in the stream behind all before them: then what they told is what changed.
func (s Story) told(at int) bool {
	highest := uint64(0)
	for i := range s {
		if i >= at && s[i].Sequence < highest {
			return false
		}
		highest = max(highest, s[i].Sequence)
	}
	return true
}

// retelling is a story from where a list is slipped in.
type retelling struct {
	known   time.Time
	l       List
	was, is []*shelf // the books at each instant, without the list and with it; first when it should have become known
	at      []time.Time
	sure    []bool // what was told at an instant is where the book without the list changed
}

func (r *retelling) tell(was, is *Book, at time.Time, sure bool) {
	r.was, r.is, r.at, r.sure = append(r.was, was.shelf()), append(r.is, is.shelf()), append(r.at, at.UTC()), append(r.sure, sure)
}

func (r *retelling) changes(from time.Time) []LineChange {
	last := r.is[len(r.is)-1]
	var walks []cursor
	for i := range last.lists {
		walks = append(walks, cursor{lines: last.lists[i].Lines})
	}
	p := newPublication(r.was[0].Book, r.l)
	start := r.l.EffectiveAt.UTC()
	var changes []LineChange
	for id := range identities(walks) {
		var told []LineChange
		if d, spans := p.compare(id); d.Change != listing.Unchanged {
			told = append(told, LineChange{Difference: d, KnownAt: r.known, Spans: spans})
		}
		told = append(told, r.again(id, start)...)
		for i := range told {
			told[i].Timeline = last.timeline(id, from)
		}
		changes = append(changes, told...)
	}
	return changes
}

// again returns where what was told later must be told again for an identity.
func (r *retelling) again(id *Identity, start time.Time) []LineChange {
	if len(r.at) == 1 {
		return nil
	}
	var told []LineChange
	was, wasNow := r.was[0].timeline(id, start), r.is[0].timeline(id, start)
	for i := 1; i < len(r.at); i++ {
		is, isNow := r.was[i].timeline(id, start), r.is[i].timeline(id, start)
		if spans := listing.Restated(was, is, wasNow, isNow, r.sure[i], sameLine); len(spans) > 0 {
			before := r.was[i].at(id, spans[0].From).Line
			if after := spans[0].Line; before == after || before != nil && after != nil && sameLine(before, after) {
				before = r.is[i-1].at(id, spans[0].From).Line // nothing was told there: what was believed before shone through
			}
			told = append(told, LineChange{Difference: r.is[i].told(id, before, spans), KnownAt: r.at[i], Spans: spans})
		}
		was, wasNow = is, isNow
	}
	return told
}
