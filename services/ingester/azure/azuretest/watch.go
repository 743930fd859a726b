package azuretest

import (
	"slices"
	"time"
)

// watch is what a correct watcher knows of the rates that have ever changed. Of the others it knows the one row they have had since the
// beginning.
type watch struct {
	known map[uint32]*known
}

// known is what is known of one rate.
type known struct {
	last    *seen // the last row that was current; nil when there was none yet
	belief  []span
	absent  int // crawls in a row
	since   time.Time
	retired bool
}

// seen is what is compared of a current row.
type seen struct {
	version
	names, plans uint8
}

// span is a part of what is believed: the price of a row, in force from when until when, open for no end. What lies between spans has no
// price. Spans are in order.
type span struct {
	from, to     day
	price        int64
	start        day
	untilRetired time.Time // not zero: it ends then
}

// touch remembers what is known of a rate before it changes for the first time.
func (c *Catalogue) touch(n uint32) {
	if _, ok := c.watch.known[n]; ok {
		return
	}
	i := &c.items[n]
	c.watch.known[n] = &known{
		last:   &seen{i.row, i.names, i.plans},
		belief: []span{{from: i.row.start, to: i.row.end, price: i.row.price, start: i.row.start}},
	}
}

// Observe returns what a correct watcher must publish from one complete crawl that starts at an instant and is taken, given that it took
// one at Settings.At, which gave one added for each rate, and one at each earlier call. In order of their identities. Time must not go back.
func (c *Catalogue) Observe(at time.Time) []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(at)
	var events []Event
	for n, k := range c.watch.known {
		if e, ok := c.observe(n, k, at); ok {
			e.Identity = c.identity(n)
			events = append(events, e)
		}
	}
	slices.SortFunc(events, func(a, b Event) int { return compareIdentities(a.Identity, b.Identity) })
	return events
}

func (c *Catalogue) observe(n uint32, k *known, at time.Time) (Event, bool) {
	rows := c.visible(n)
	if len(rows) == 0 {
		return c.missed(k, at)
	}
	k.absent, k.since = 0, time.Time{}
	rows = valid(rows)
	if len(rows) == 0 { // present, but nothing is said
		return Event{}, false
	}
	belief := joined(k.belief, said(rows))
	changed := !slices.Equal(k.belief, belief)
	ahead := !slices.Equal(after(k.belief, dayOf(at)), after(belief, dayOf(at)))
	k.belief = belief
	current, found := currentOf(rows, at)
	if !found {
		return Event{Kind: "restated", Upcoming: ahead, Before: priceOf(k.last)}, changed && k.last != nil
	}
	now := &seen{current, c.items[n].names, c.items[n].plans}
	last := k.last
	k.last = now
	e, ok := compared(last, now, at)
	switch {
	case k.retired:
		k.retired = false
		e, ok = Event{Kind: "added", Returned: true}, true
	case !ok && changed:
		e, ok = Event{Kind: "restated", Upcoming: ahead}, true
	}
	if e.Kind != "added" {
		e.Before = priceOf(last)
	}
	e.After, e.From = plainAmount(now.price), now.start.time()
	return e, ok
}

// missed counts an absence.
func (c *Catalogue) missed(k *known, at time.Time) (Event, bool) {
	if k.last == nil || k.retired {
		return Event{}, false
	}
	if k.absent++; k.absent == 1 {
		k.since = at
	}
	if k.absent < c.settings.RetireCrawls || at.Sub(k.since) < c.settings.RetireAfter {
		return Event{}, false
	}
	k.retired = true
	k.belief = ended(k.belief, k.since)
	return Event{Kind: "retired", Before: priceOf(k.last), From: k.since}, true
}

// compared says what became of a current row.
func compared(last, now *seen, at time.Time) (Event, bool) {
	switch {
	case last == nil:
		return Event{Kind: "added"}, true
	case last.price != now.price || last.plans != now.plans:
		e := Event{Kind: "price_changed", Correction: last.start == now.start, Backdated: at.Sub(now.start.time()) > 72*time.Hour}
		if last.price == now.price {
			e.Field = "savings_plan"
		}
		return e, true
	case last.start != now.start || last.end != now.end:
		return Event{Kind: "rescheduled", Expiring: last.end == open && now.end != open}, true
	case last.names != now.names:
		return Event{Kind: "renamed"}, true
	}
	return Event{}, false
}

func priceOf(s *seen) string {
	if s == nil {
		return ""
	}
	return plainAmount(s.price)
}

// valid leaves out rows that end before they begin, and all rows of one start that disagree on price or end.
func valid(rows []version) []version {
	var good []version
	for _, r := range rows {
		agreed := r.end == open || r.end > r.start
		for _, o := range rows {
			if (o.end == open || o.end > o.start) && o.start == r.start && o != r {
				agreed = false
			}
		}
		if agreed {
			good = append(good, r)
		}
	}
	return good
}

// currentOf returns the row that has begun and not ended, the one with the latest start if there are several.
func currentOf(rows []version, at time.Time) (current version, found bool) {
	today := dayOf(at)
	for _, r := range rows {
		if r.start <= today && (r.end == open || today < r.end) && (!found || r.start > current.start) {
			current, found = r, true
		}
	}
	return current, found
}
