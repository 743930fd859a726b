package pricelist

import (
	"slices"
	"sort"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Book is all that is known of a market at one instant: its published lists, and what of them was withdrawn. It answers at V from the list
// with the greatest (effective instant, revision) that has taken effect by V and is not withdrawn there. Where that list holds only a later
// start of an identity, its predecessor, the list in force just before it took effect, answers until then, and where that too holds only a
// later start, its own.
//
// A Book is immutable and may be used by many at once. Lists that took effect long before the instants asked for may be left out, save
// that one further list before them is needed for every one in a row that is withdrawn, as a whole or in part, and one of an earlier
// instant for every one that holds only later starts.
type Book struct {
	lists    []List            // in the order of force
	editions []listing.Edition // of the lists
	reigns   []listing.Reign   // of whole lists
	lapsed   map[Identity]bool // the identities withdrawn from some list
}

// NewBook makes a book of lists in any order. It keeps the lists' lines, sorted if they are not; the caller must not change them.
func NewBook(lists ...List) *Book {
	b := &Book{}
	for _, l := range lists {
		l.EffectiveAt, l.Lines = l.EffectiveAt.UTC(), Canonical(l.Lines)
		b.lists = slices.Insert(b.lists, rank(b.lists, l), l)
	}
	return b.indexed()
}

// With returns the book in which one more list is known; the book itself when it knows the list already.
func (b *Book) With(l List) *Book {
	l.EffectiveAt, l.Lines = l.EffectiveAt.UTC(), Canonical(l.Lines)
	return b.with(l)
}

func (b *Book) with(l List) *Book {
	i := rank(b.lists, l)
	if i > 0 && b.lists[i-1].Edition == l.Edition {
		return b
	}
	next := &Book{lists: slices.Insert(slices.Clone(b.lists), i, l)}
	return next.indexed()
}

// rank returns where a list stands among lists in the order of force: behind those that are not greater.
func rank(lists []List, l List) int {
	return sort.Search(len(lists), func(i int) bool { return lists[i].Compare(l.Edition) > 0 })
}

func (b *Book) indexed() *Book {
	b.editions, b.lapsed = make([]listing.Edition, len(b.lists)), map[Identity]bool{}
	for i := range b.lists {
		b.editions[i] = b.lists[i].Edition
		for id := range b.lists[i].Lapsed {
			b.lapsed[id] = true
		}
	}
	b.reigns = listing.Reigns(b.editions)
	return b
}

// InForce returns the list in force at v; false when none is.
func (b *Book) InForce(v time.Time) (List, bool) { return b.list(listing.InForce(b.editions, v)) }

// Predecessor returns the list in force just before an effective instant, which a list that takes effect then is compared with; false
// when there is none: such a list is a baseline.
func (b *Book) Predecessor(effectiveAt time.Time) (List, bool) {
	return b.list(listing.Before(b.editions, effectiveAt))
}

func (b *Book) list(i int) (List, bool) {
	if i < 0 {
		return List{}, false
	}
	return b.lists[i], true
}

// quiet reports whether no list that has taken effect by an instant is withdrawn, as a whole or in part, after it.
func (b *Book) quiet(after time.Time) bool {
	for i := range b.lists {
		if l := &b.lists[i]; l.Withdrawn.After(after) || len(l.Lapsed) > 0 {
			return false
		}
	}
	return true
}

// LineAt returns the line that answers for an identity at v, and the release whose line it is. Without a line the release is the one
// that says none, empty when no list is in force.
func (b *Book) LineAt(id Identity, v time.Time) (*Line, string) {
	s := b.shelf()
	span := s.at(&id, v)
	return span.Line, span.Release
}

// Standing returns the lines of a list as they stand at v: those withdrawn from it by then are replaced by what answers in their place. The
// list is named by its release; nil when the book does not hold it.
func (b *Book) Standing(release string, v time.Time) []Line {
	i := slices.IndexFunc(b.lists, func(l List) bool { return l.Release == release })
	if i < 0 {
		return nil
	}
	l := &b.lists[i]
	gone := func(id Identity) bool {
		from, lapsed := l.Lapsed[id]
		return lapsed && !from.After(v)
	}
	if len(l.Lapsed) == 0 {
		return l.Lines
	}
	lines := slices.DeleteFunc(slices.Clone(l.Lines), func(x Line) bool { return gone(x.Identity) })
	for id := range l.Lapsed {
		if line, _ := b.LineAt(id, v); gone(id) && line != nil {
			lines = append(lines, *line)
		}
	}
	return Canonical(lines)
}

// Timeline returns what the book answers for an identity from an instant on, without holes: the first span begins at from, the last one
// is open. Neighbours differ; where lists in a row answer alike, the span names the first of them.
func (b *Book) Timeline(id Identity, from time.Time) []Span {
	s := b.shelf()
	return s.timeline(&id, from.UTC())
}

// shelf finds the lines of identities in all lists of a book, going forward in identity order.
type shelf struct {
	*Book
	cursors []cursor
}

func (b *Book) shelf() *shelf {
	s := &shelf{Book: b, cursors: make([]cursor, len(b.lists))}
	for i := range b.lists {
		s.cursors[i].lines = b.lists[i].Lines
	}
	return s
}

// editionsOf returns the lists as they are in force for one identity.
func (s *shelf) editionsOf(id *Identity) []listing.Edition {
	if !s.lapsed[*id] {
		return s.editions
	}
	own := slices.Clone(s.editions)
	for i := range own {
		lapsed, ok := s.lists[i].Lapsed[*id]
		if ok && (own[i].Withdrawn.IsZero() || lapsed.Before(own[i].Withdrawn)) {
			own[i].Withdrawn = lapsed
		}
	}
	return own
}

func (s *shelf) reignsOf(id *Identity) []listing.Reign {
	if !s.lapsed[*id] {
		return s.reigns
	}
	return listing.Reigns(s.editionsOf(id))
}

func (s *shelf) timeline(id *Identity, from time.Time) []Span {
	window := effective.Period{From: from}
	var spans []Span
	for _, r := range s.reignsOf(id) {
		spans = s.within(spans, r.Order, id, window.Clip(r.Period))
	}
	return spans
}

// within appends what the first of some lists, and where it holds only later starts the others, answer for an identity in a window.
func (s *shelf) within(spans []Span, order []int, id *Identity, window effective.Period) []Span {
	if window.Empty() {
		return spans
	}
	if len(order) == 0 {
		return extend(spans, Span{Period: window})
	}
	lines := s.cursors[order[0]].of(id)
	if len(lines) > 0 {
		if first := lines[0].Effective.From; first.After(window.From) {
			spans = s.within(spans, order[1:], id, window.Clip(effective.Period{To: first}))
			window = window.Clip(effective.Period{From: first})
		}
	}
	return answers(spans, lines, window, s.lists[order[0]].Release)
}

// at returns what is answered for an identity at one instant.
func (s *shelf) at(id *Identity, v time.Time) Span {
	for _, r := range s.reignsOf(id) {
		if r.Contains(v) {
			return s.answer(r.Order, id, v)
		}
	}
	return Span{}
}

// answer returns what the first of some lists, or where it holds only later starts the others, answers at one instant.
func (s *shelf) answer(order []int, id *Identity, v time.Time) Span {
	for _, i := range order {
		lines := s.cursors[i].of(id)
		if len(lines) > 0 && lines[0].Effective.From.After(v) {
			continue
		}
		return Span{Line: AnswerAt(lines, v), Release: s.lists[i].Release}
	}
	return Span{}
}

// List returns the book's list of a release, the zero list when it holds none.
func (b *Book) List(release string) List {
	for i := range b.lists {
		if b.lists[i].Release == release {
			return b.lists[i]
		}
	}
	return List{}
}
