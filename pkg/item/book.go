package item

import (
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Span is a period of valid time and the item that answers in it, or none.
type Span = listing.Span[Item]

// Withdrawal takes a published list, or some items of it, back from an instant on: what is withdrawn falls back to the list that would be
// in force without it.
type Withdrawal struct {
	Release string
	From    time.Time
	Keys    []string // none: the whole list
}

// Book is all that is known of a list in a market at one instant. It answers at V from the list with the greatest (effective instant,
// revision) that has taken effect by V and is not withdrawn there. It is immutable.
type Book struct {
	lists []List // in the order of force
}

// NewBook makes a book of lists in any order.
func NewBook(lists ...List) Book {
	var b Book
	for _, l := range lists {
		b = b.With(l)
	}
	return b
}

// With returns the book in which one more list is known.
func (b Book) With(l List) Book {
	l.EffectiveAt, l.Items = l.EffectiveAt.UTC(), Canonical(l.Items)
	i := sort.Search(len(b.lists), func(i int) bool { return b.lists[i].Compare(l.Edition) > 0 })
	return Book{slices.Insert(slices.Clone(b.lists), i, l)}
}

// Without returns the book in which a withdrawal is known; the same when it does not hold the list.
func (b Book) Without(w Withdrawal) Book {
	i := slices.IndexFunc(b.lists, func(l List) bool { return l.Release == w.Release })
	if i < 0 {
		return b
	}
	next := Book{slices.Clone(b.lists)}
	l, from := &next.lists[i], w.From.UTC()
	if len(w.Keys) == 0 {
		if l.Withdrawn.IsZero() || from.Before(l.Withdrawn) {
			l.Withdrawn = from
		}
		return next
	}
	if l.Lapsed = maps.Clone(l.Lapsed); l.Lapsed == nil {
		l.Lapsed = map[string]time.Time{}
	}
	for _, key := range w.Keys {
		if former, ok := l.Lapsed[key]; !ok || from.Before(former) {
			l.Lapsed[key] = from
		}
	}
	return next
}

// Predecessor returns the list in force just before an effective instant; false when there is none.
func (b Book) Predecessor(effectiveAt time.Time) (List, bool) {
	return b.list(listing.Before(b.editions(""), effectiveAt))
}

// InForce returns the list in force at v; false when none is.
func (b Book) InForce(v time.Time) (List, bool) {
	return b.list(listing.InForce(b.editions(""), v))
}

func (b Book) list(i int) (List, bool) {
	if i < 0 {
		return List{}, false
	}
	return b.lists[i], true
}

// editions returns the lists as they are in force for one key.
func (b Book) editions(key string) []listing.Edition {
	editions := make([]listing.Edition, len(b.lists))
	for i := range b.lists {
		editions[i] = b.lists[i].Edition
		lapsed, ok := b.lists[i].Lapsed[key]
		if ok && (editions[i].Withdrawn.IsZero() || lapsed.Before(editions[i].Withdrawn)) {
			editions[i].Withdrawn = lapsed
		}
	}
	return editions
}

// Timeline returns what the book answers for a key from an instant on, without holes: the first span begins at from, the last one is open.
func (b Book) Timeline(key string, from time.Time) []Span {
	var spans []Span
	window := effective.Period{From: from.UTC()}
	for _, r := range listing.Reigns(b.editions(key)) {
		s := Span{Period: window.Clip(r.Period)}
		if len(r.Order) > 0 {
			l := &b.lists[r.Order[0]]
			s.Line, s.Release = l.Of(key), l.Release
		}
		spans = listing.Extend(spans, s, same)
	}
	return spans
}

// At returns the item that answers for a key at v, nil when none does.
func (b Book) At(key string, v time.Time) *Item {
	i := listing.InForce(b.editions(key), v)
	if i < 0 {
		return nil
	}
	return b.lists[i].Of(key)
}

// Keys returns every key that some list of the book holds, in order.
func (b Book) Keys() []string {
	all := make([][]Item, len(b.lists))
	for i := range b.lists {
		all[i] = b.lists[i].Items
	}
	return keys(all...)
}

func same(a, b *Item) bool { return a.Compare(*b) == 0 }
