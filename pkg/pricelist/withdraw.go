package pricelist

import (
	"maps"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Withdrawal takes a published list, or some lines of it, back from an instant on: what is withdrawn falls back to the list that would be
// in force without it.
type Withdrawal struct {
	Release    string
	From       time.Time
	Identities []Identity // none: the whole list
}

// Without returns the book in which a withdrawal is known; the book itself when it does not hold the list.
func (b *Book) Without(w Withdrawal) *Book {
	i := slices.IndexFunc(b.lists, func(l List) bool { return l.Release == w.Release })
	if i < 0 {
		return b
	}
	next := &Book{lists: slices.Clone(b.lists)}
	l, from := &next.lists[i], w.From.UTC()
	if len(w.Identities) == 0 {
		if l.Withdrawn.IsZero() || from.Before(l.Withdrawn) {
			l.Withdrawn = from
		}
		return next.indexed()
	}
	if l.Lapsed = maps.Clone(l.Lapsed); l.Lapsed == nil {
		l.Lapsed = map[Identity]time.Time{}
	}
	for _, id := range w.Identities {
		if former, ok := l.Lapsed[id]; !ok || from.Before(former) {
			l.Lapsed[id] = from
		}
	}
	return next.indexed()
}

// Withdraw returns what changes when a withdrawal becomes known at an instant, in order of identities, without those for which nothing
// does. The book stays as it is: Without gives the next one.
func (b *Book) Withdraw(w Withdrawal, known time.Time) []LineChange {
	before, after := b.shelf(), b.Without(w).shelf()
	from := known.UTC()
	if w.From.Before(from) {
		from = w.From.UTC()
	}
	var changes []LineChange
	for id := range b.touched(w) {
		spans := Changes(before.timeline(id, w.From.UTC()), after.timeline(id, w.From.UTC()))
		if len(spans) == 0 {
			continue
		}
		d := after.told(id, before.at(id, spans[0].From).Line, spans)
		changes = append(changes, LineChange{Difference: d, KnownAt: known.UTC(), Spans: spans, Timeline: after.timeline(id, from)})
	}
	return changes
}

// touched yields, in order, the identities whose answers a withdrawal may change: those withdrawn, and with a whole list also those of the
// lists that come to be in force in its place.
func (b *Book) touched(w Withdrawal) func(yield func(*Identity) bool) {
	if len(w.Identities) > 0 {
		ids := slices.Clone(w.Identities)
		slices.SortFunc(ids, Identity.Compare)
		ids = slices.Compact(ids)
		return func(yield func(*Identity) bool) {
			for i := range ids {
				if !yield(&ids[i]) {
					return
				}
			}
		}
	}
	var walks []cursor
	for i := range b.lists {
		if b.lists[i].Release == w.Release {
			walks = append(walks, cursor{lines: b.lists[i].Lines})
		}
	}
	next := b.Without(w)
	window, seen := effective.Period{From: w.From.UTC()}, map[int]bool{}
	for _, r := range next.reigns {
		if len(r.Order) > 0 && r.Overlaps(window) && !seen[r.Order[0]] {
			seen[r.Order[0]] = true
			walks = append(walks, cursor{lines: next.lists[r.Order[0]].Lines})
		}
	}
	return identities(append(walks, next.lapses()))
}

// told returns how an identity differs where its answer changes first: before is what was answered there.
func (s *shelf) told(id *Identity, before *Line, spans []Span) Difference {
	d := Difference{Identity: *id, Before: before, After: spans[0].Line}
	switch {
	case d.After == nil:
		d.Change = listing.Removed
	case d.Before == nil:
		d.Change = listing.Added
	case !samePrice(d.Before, d.After):
		d.Change = listing.PriceChanged
	default:
		d.Change = listing.Changed
	}
	return d
}
