package pricelist

import (
	"slices"
	"sort"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// Book is all that is known of a market at one instant: its published lists that are not withdrawn. It answers at V from the list with
// the greatest (effective instant, revision) that has taken effect by V. Where that list holds only a later start of an identity, its
// predecessor, the list in force just before it took effect, answers until then, and where that too holds only a later start, its own.
//
// A Book is immutable and may be used by many at once. Lists that took effect long before the instants asked for may be left out, save
// that one further list before them is needed for every one in a row that holds only later starts.
type Book struct {
	lists []List // in the order they take effect; of several at one instant only the greatest
}

// NewBook makes a book of lists in any order. It keeps the lists' lines, sorted if they are not; the caller must not change them.
func NewBook(lists ...List) *Book {
	b := &Book{}
	for _, l := range lists {
		l.EffectiveAt, l.Lines = l.EffectiveAt.UTC(), Canonical(l.Lines)
		b = b.with(l)
	}
	return b
}

// With returns the book in which one more list is known.
func (b *Book) With(l List) *Book {
	l.EffectiveAt, l.Lines = l.EffectiveAt.UTC(), Canonical(l.Lines)
	return b.with(l)
}

func (b *Book) with(l List) *Book {
	i := b.after(l.EffectiveAt) // lists that have taken effect by then
	switch {
	case i == 0 || b.lists[i-1].EffectiveAt.Before(l.EffectiveAt):
		return &Book{slices.Insert(slices.Clone(b.lists), i, l)}
	case compareLists(b.lists[i-1], l) < 0:
		lists := slices.Clone(b.lists)
		lists[i-1] = l
		return &Book{lists}
	}
	return b // another list of the same instant is greater, so this one is never in force
}

// after returns the place of the first list that takes effect after v.
func (b *Book) after(v time.Time) int {
	return sort.Search(len(b.lists), func(i int) bool { return b.lists[i].EffectiveAt.After(v) })
}

// InForce returns the list in force at v; false when none has taken effect.
func (b *Book) InForce(v time.Time) (List, bool) { return b.list(b.after(v) - 1) }

// Predecessor returns the list in force just before an effective instant, which a list that takes effect then is compared with; false
// when there is none: such a list is a baseline.
func (b *Book) Predecessor(effectiveAt time.Time) (List, bool) {
	return b.list(b.before(effectiveAt) - 1)
}

// before returns the place of the first list that does not take effect before v.
func (b *Book) before(v time.Time) int {
	return sort.Search(len(b.lists), func(i int) bool { return !b.lists[i].EffectiveAt.Before(v) })
}

func (b *Book) list(i int) (List, bool) {
	if i < 0 {
		return List{}, false
	}
	return b.lists[i], true
}

// LineAt returns the line that answers for an identity at v, and the release whose line it is. Without a line the release is the one
// that says none, empty when no list has taken effect.
func (b *Book) LineAt(id Identity, v time.Time) (*Line, string) {
	s := b.shelf()
	span := s.at(b.after(v)-1, &id, v)
	return span.Line, span.Release
}

// Timeline returns what the book answers for an identity from an instant on, without holes: the first span begins at from, the last one
// is open. Neighbours differ; where lists in a row answer alike, the span names the first of them.
func (b *Book) Timeline(id Identity, from time.Time) []Span {
	s := b.shelf()
	return s.timeline(&id, from.UTC())
}

// shelf finds the lines of identities in all lists of a book, going forward in identity order.
type shelf struct {
	lists   []List
	cursors []cursor
}

func (b *Book) shelf() *shelf {
	s := &shelf{lists: b.lists, cursors: make([]cursor, len(b.lists))}
	for i := range b.lists {
		s.cursors[i].lines = b.lists[i].Lines
	}
	return s
}

// lines returns list i's lines of an identity; none when there is no such list.
func (s *shelf) lines(i int, id *Identity) []Line {
	if i < 0 {
		return nil
	}
	return s.cursors[i].of(id)
}

func (s *shelf) timeline(id *Identity, from time.Time) []Span {
	window := effective.Period{From: from}
	if len(s.lists) == 0 {
		return []Span{{Period: window}}
	}
	spans := extend(nil, Span{Period: window.Clip(effective.Period{To: s.lists[0].EffectiveAt})})
	for i := range s.lists {
		force := effective.Period{From: s.lists[i].EffectiveAt}
		if i+1 < len(s.lists) {
			force.To = s.lists[i+1].EffectiveAt
		}
		spans = s.within(spans, i, id, window.Clip(force))
	}
	return spans
}

// within appends what list i, and where it holds only later starts its predecessors, answer for an identity in a window.
func (s *shelf) within(spans []Span, i int, id *Identity, window effective.Period) []Span {
	if window.Empty() {
		return spans
	}
	if i < 0 {
		return extend(spans, Span{Period: window})
	}
	lines := s.lines(i, id)
	if len(lines) > 0 {
		if first := lines[0].Effective.From; first.After(window.From) {
			spans = s.within(spans, i-1, id, window.Clip(effective.Period{To: first}))
			window = window.Clip(effective.Period{From: first})
		}
	}
	return answers(spans, lines, window, s.lists[i].Release)
}

// at returns what list i with its predecessors answers at one instant.
func (s *shelf) at(i int, id *Identity, v time.Time) Span {
	for ; i >= 0; i-- {
		lines := s.lines(i, id)
		if len(lines) > 0 && lines[0].Effective.From.After(v) {
			continue
		}
		return Span{Line: AnswerAt(lines, v), Release: s.lists[i].Release}
	}
	return Span{}
}
