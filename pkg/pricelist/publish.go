package pricelist

import (
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
)

// LineChange is what becomes known of one identity: by a publication, a withdrawal, or a list of the past that is published late.
type LineChange struct {
	Difference
	KnownAt  time.Time
	Spans    []Span // what is answered otherwise, as Changes gives it; may be empty
	Timeline []Span // all that is answered, as known now, from the present or the effective instant if that is earlier, on
}

// Diff compares a list with its predecessor in the book, identity by identity and in their order; unchanged ones are included. The list
// need not be in the book and is not put there.
//
// Where the book already holds a list of the same effective instant, which this one replaces, an identity that is as in the predecessor
// but answers otherwise than so far is compared with the list replaced. So every identity whose answer changes has a change.
func (b *Book) Diff(l List) ([]Difference, listing.Counts) {
	var (
		differences = make([]Difference, 0, len(l.Lines))
		counts      listing.Counts
		p           = newPublication(b, l)
	)
	for id := range p.identities() {
		d, _ := p.compare(id)
		if d.Before == nil && d.After == nil {
			continue // what the lists that held it answered is over
		}
		counts.Add(d.Change)
		differences = append(differences, d)
	}
	return differences, counts
}

// Diff compares two lists of a market when before is all that is known when after is made; see Book.Diff.
func Diff(before, after List) ([]Difference, listing.Counts) { return NewBook(before).Diff(after) }

// Publish returns what changes when a list becomes known at an instant, in order of identities, without those for which nothing does.
// The book stays as it is: With gives the next one. Two lists of one instant and revision must not differ.
func (b *Book) Publish(l List, known time.Time) []LineChange { return b.PublishPast(l, known, known) }

// PublishPast is Publish for a list of the past that counts as known at an instant before the present one, where nothing has become known
// since: otherwise a Story must tell it. The book holds what was known then.
func (b *Book) PublishPast(l List, known, now time.Time) []LineChange {
	var changes []LineChange
	p := newPublication(b, l)
	from := now.UTC()
	if p.list.EffectiveAt.Before(from) {
		from = p.list.EffectiveAt
	}
	for id := range p.identities() {
		d, spans := p.compare(id)
		if d.Change == listing.Unchanged {
			continue
		}
		changes = append(changes, LineChange{Difference: d, KnownAt: known.UTC(), Spans: spans, Timeline: p.after.timeline(id, from)})
	}
	return changes
}

// publication compares the book before with the book after a list, one identity after the other.
type publication struct {
	list          List
	before, after *shelf
	predecessor   int   // place among the lists before, -1 when none
	replaced      int   // the list in force at the effective instant so far, often the predecessor; -1 when none
	others        []int // further lists that were to be in force later, after withdrawals
	quiet         bool  // nothing of the lists before is withdrawn later

	own, old, stale cursor // for walking through the list, the predecessor and the replaced list
}

func newPublication(b *Book, l List) *publication {
	l.EffectiveAt, l.Lines = l.EffectiveAt.UTC(), Canonical(l.Lines)
	p := &publication{
		list: l, before: b.shelf(), after: b.with(l).shelf(), quiet: b.quiet(l.EffectiveAt),
		predecessor: listing.Before(b.editions, l.EffectiveAt), replaced: listing.InForce(b.editions, l.EffectiveAt),
	}
	p.own.lines = l.Lines
	if p.predecessor >= 0 {
		p.old.lines = b.lists[p.predecessor].Lines
	}
	if p.replaced >= 0 && p.replaced != p.predecessor {
		p.stale.lines = b.lists[p.replaced].Lines
	}
	p.others = b.others(l.EffectiveAt, p.predecessor, p.replaced)
	return p
}

// others returns the lists that take effect by an instant and are first in force only later, when others are withdrawn.
func (b *Book) others(from time.Time, known ...int) []int {
	var others []int
	for _, r := range b.reigns {
		if len(r.Order) == 0 || !(effective.Period{From: from}).Overlaps(r.Period) {
			continue
		}
		if i := r.Order[0]; !b.lists[i].EffectiveAt.After(from) && !slices.Contains(known, i) && !slices.Contains(others, i) {
			others = append(others, i)
		}
	}
	return others
}

// identities yields, in order, every identity of the list, its predecessor and the lists it takes the place of: no other can change.
func (p *publication) identities() func(yield func(*Identity) bool) {
	walks := []cursor{p.own, p.old, p.stale}
	for _, i := range p.others {
		walks = append(walks, cursor{lines: p.before.lists[i].Lines})
	}
	return identities(append(walks, p.before.lapses()))
}

// lapses walks through the identities withdrawn from some list: an older one may answer for them, whether a newer one holds them or not.
func (b *Book) lapses() cursor {
	lines := make([]Line, 0, len(b.lapsed))
	for id := range b.lapsed {
		lines = append(lines, Line{Identity: id})
	}
	return cursor{lines: Canonical(lines)}
}

// identities yields every identity of some lists once, in order.
func identities(walks []cursor) func(yield func(*Identity) bool) {
	return func(yield func(*Identity) bool) {
		for {
			var id *Identity
			for i := range walks {
				if w := &walks[i]; w.at < len(w.lines) && (id == nil || compareIdentities(&w.lines[w.at].Identity, id) < 0) {
					id = &w.lines[w.at].Identity
				}
			}
			if id == nil || !yield(id) {
				return
			}
			for i := range walks {
				walks[i].take(id)
			}
		}
	}
}

// compare returns how an identity differs, and the spans in which it is answered otherwise.
func (p *publication) compare(id *Identity) (Difference, []Span) {
	own, old := p.own.of(id), p.old.of(id)
	d := p.difference(id, old, own, p.predecessor)
	if d.Change == listing.Unchanged && p.plain(old, own) {
		return d, nil
	}
	spans := Changes(p.before.timeline(id, p.list.EffectiveAt), p.after.timeline(id, p.list.EffectiveAt))
	if d.Change != listing.Unchanged {
		return d, spans
	}
	if p.replaced != p.predecessor && (len(spans) > 0 || len(own) == 0) {
		d = p.difference(id, p.stale.of(id), own, p.replaced)
	}
	if d.Change == listing.Unchanged && len(spans) > 0 {
		if d.Before == nil && d.After == nil { // only a list that was to be in force later held it
			return p.after.told(id, p.before.at(id, spans[0].From).Line, spans), spans
		}
		d.Change = listing.Changed // an ended line that is new means that no predecessor answers until the later start any more
	}
	return d, spans
}

// plain reports whether lines that are unchanged cannot be answered otherwise: nothing else was to be in force from the effective instant
// on, and no predecessor is asked.
func (p *publication) plain(old, own []Line) bool {
	if !p.quiet || p.replaced != p.predecessor || len(own) == 0 || len(old) == 0 {
		return false
	}
	at := p.list.EffectiveAt
	return !own[0].Effective.From.After(at) && !old[0].Effective.From.After(at)
}

// difference compares lines of one identity with those of the list before, which is at place i.
func (p *publication) difference(id *Identity, before, after []Line, i int) Difference {
	d := Difference{Identity: *id, Change: listing.Unchanged}
	at := p.list.EffectiveAt
	if len(before) > 0 {
		v := at.Add(-1)
		if i != p.predecessor {
			v = at
		}
		if d.Before = p.before.at(id, v).Line; d.Before == nil && !p.before.lapsed[*id] {
			d.Before = nextOrLast(before, at)
		}
	}
	if len(after) > 0 {
		if d.After = AnswerAt(after, at); d.After == nil {
			d.After = nextOrLast(after, at)
		}
	}
	switch {
	case d.Before == nil && d.After == nil:
	case d.Before == nil:
		d.Change = listing.Added
	case d.After == nil:
		d.Change = listing.Removed
	case p.same(before, after, d):
	case !d.Before.SamePrice(*d.After) || p.repriced(id, after, i):
		d.Change = listing.PriceChanged
	case endAppears(before, after, at):
		d.Change = listing.Ending
	default:
		d.Change = listing.Changed
	}
	return d
}

// same reports whether two lists say the same of one identity from the effective instant on. Where something of the identity was withdrawn
// the lines of the list before do not tell what it says, only what answers does.
func (p *publication) same(before, after []Line, d Difference) bool {
	if p.before.lapsed[d.Identity] {
		return compareLines(d.Before, d.After) == 0
	}
	return sameFrom(before, after, p.list.EffectiveAt)
}

// nextOrLast returns the first line that starts at v or later, else the last one.
func nextOrLast(lines []Line, v time.Time) *Line {
	for i := range lines {
		if !lines[i].Effective.From.Before(v) {
			return &lines[i]
		}
	}
	return &lines[len(lines)-1]
}

// sameFrom reports whether two lists say the same of one identity from v on; lines that have ended by then say nothing of it.
func sameFrom(before, after []Line, v time.Time) bool {
	for {
		before, after = dropEnded(before, v), dropEnded(after, v)
		if len(before) == 0 || len(after) == 0 {
			return len(before) == len(after)
		}
		if compareLines(&before[0], &after[0]) != 0 {
			return false
		}
		before, after = before[1:], after[1:]
	}
}

func dropEnded(lines []Line, v time.Time) []Line {
	for len(lines) > 0 && ended(&lines[0], v) {
		lines = lines[1:]
	}
	return lines
}

func ended(l *Line, v time.Time) bool { return !l.Effective.To.IsZero() && !l.Effective.To.After(v) }

// repriced reports whether at some instant from the effective one on both lists have a price and it is another.
func (p *publication) repriced(id *Identity, after []Line, i int) bool {
	window := effective.Period{From: p.list.EffectiveAt}
	was, is := p.before.within(nil, p.before.down(i), id, window), answers(nil, after, window, "")
	repriced := false
	listing.Sweep(was, is, func(_ effective.Period, a, b Span) {
		repriced = repriced || a.Line != nil && b.Line != nil && !samePrice(a.Line, b.Line)
	})
	return repriced
}

// down returns the places of a list and of those below it that took effect earlier, of several at one instant the greatest.
func (s *shelf) down(i int) []int {
	var order []int
	for ; i >= 0; i-- {
		if n := len(order); n == 0 || s.lists[i].EffectiveAt.Before(s.lists[order[n-1]].EffectiveAt) {
			order = append(order, i)
		}
	}
	return order
}

// endAppears reports whether the lines now end, or name an end of sale, and did not before.
func endAppears(before, after []Line, v time.Time) bool {
	openBefore, saleBefore := open(before, v)
	openAfter, saleAfter := open(after, v)
	return openBefore && !openAfter || saleBefore && !saleAfter
}

// open reports whether some line has no end, and whether none that has not ended by v has an end of sale.
func open(lines []Line, v time.Time) (endless, onSale bool) {
	onSale = true
	for i := range lines {
		endless = endless || lines[i].Effective.To.IsZero()
		onSale = onSale && (ended(&lines[i], v) || lines[i].EndOfSale == "")
	}
	return endless, onSale
}
