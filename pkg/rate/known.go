package rate

import (
	"cmp"
	"time"
)

// Known is what is known of one identity: all that the next observation is compared with.
type Known struct {
	Identity    Identity
	Key         Key
	Scope       string // that owns it: the first to see it
	Region      string // as first seen
	Row         *Row   // the last current row; nil when there never was one
	Belief      []Span // see Apply
	Retired     bool   // and not current since
	Absences    int    // consecutive complete crawls without it
	AbsentSince time.Time

	absentLast time.Time // the last crawl that counted
	group      group     // where in the catalogue it was seen last
}

// NewKnown returns the state of an identity that was never seen.
func NewKnown(id Identity, scope string) Known {
	return Known{Identity: id, Key: id.Key(), Scope: scope}
}

// Observe takes in what an observation made at the given time says of the identity, and reports the change if there is one. The rows
// are valid and of this identity, in order of their starts, one a start; none at all means that the identity is present and nothing
// can be said of it. Times of observation must not go back.
func (k *Known) Observe(at time.Time, rows []Row) (Change, bool) {
	k.Absences, k.AbsentSince, k.absentLast = 0, time.Time{}, time.Time{}
	if len(rows) == 0 {
		return Change{}, false
	}
	now := current(rows, at)
	if k.Region == "" {
		k.Region = region(rows, now)
	}
	k.group = groupOf(cmp.Or(now, &rows[len(rows)-1]))
	earliest := rows[0].Effective.From
	belief := since(until(make([]Span, 0, len(k.Belief)+len(rows)), k.Belief, earliest), said(rows), earliest)
	c := k.change(at)
	c.Periods = changed(k.Belief, belief, earliest)
	found := k.decide(&c, now)
	k.Belief = belief
	if now != nil {
		k.Retired = false
		if found {
			k.Row = c.After
		}
	}
	return c, found
}

// decide fills in what the current row being now makes of the change, and reports whether it is one.
func (k *Known) decide(c *Change, now *Row) bool {
	if !k.Retired {
		c.Before = k.Row
	}
	if now != nil {
		after := *now
		c.After = &after
		if c.Before == nil {
			c.Kind, c.Returned = Added, k.Row != nil
			return true
		}
		if c.classify(c.Before, c.After) {
			return true
		}
	}
	if len(c.Periods) == 0 {
		return false
	}
	c.Kind, c.Upcoming = Restated, upcoming(c.Periods, c.KnownAt)
	return true
}

// Absent takes in that a complete crawl begun at the given time did not see the identity, and reports its retirement when that is due.
// What was retired is retired again only when something was announced of it since. The same crawl counts once.
func (k *Known) Absent(at time.Time, p Policy) (Change, bool) {
	a, due := absence{k.Absences, toInstant(k.AbsentSince), toInstant(k.absentLast)}.next(toInstant(at), p)
	from := a.since.time()
	if k.Retired && !speaks(k.Belief, from) {
		return Change{}, false
	}
	k.Absences, k.AbsentSince, k.absentLast = a.count, from, at
	if !due {
		return Change{}, false
	}
	c := k.change(at)
	c.Kind = Retired
	if !k.Retired {
		c.Before = k.Row
	}
	belief := until(nil, k.Belief, from)
	c.Periods = changed(k.Belief, belief, from)
	k.Belief, k.Retired = belief, true
	return c, true
}

// next counts one crawl more, begun at the given time, and reports whether retirement is due.
func (a absence) next(at instant, p Policy) (absence, bool) {
	switch {
	case a.count == 0:
		a = absence{1, at, at}
	case a.last != at:
		a.count, a.last = a.count+1, at
	}
	return a, a.count >= p.RetireCrawls && time.Duration(at-a.since) >= p.RetireAfter
}

func (k *Known) change(at time.Time) Change {
	return Change{Identity: k.Identity, Key: k.Key, Scope: k.Scope, Region: k.Region, KnownAt: at}
}

// plain reports whether the belief is exactly what the last current row says.
func (k *Known) plain() bool { return k.Row != nil && len(k.Belief) == 1 && k.Belief[0].equals(k.Row) }

// equals reports whether a span is all that a row says.
func (s Span) equals(r *Row) bool {
	return !s.None && s.Price == r.Price && s.Start.Equal(r.Effective.From) && s.From.Equal(r.Effective.From) && s.To.Equal(r.Effective.To)
}

// settled reports whether observing the last current row alone, at whatever time, changes nothing: belief ends in exactly what it says.
func (k *Known) settled() bool {
	if k.Row == nil || k.Retired || len(k.Belief) == 0 {
		return false
	}
	return k.Belief[len(k.Belief)-1].equals(k.Row)
}

// speaks reports whether a belief has an answer at t or later.
func speaks(belief []Span, t time.Time) bool {
	n := len(belief)
	return n > 0 && (belief[n-1].To.IsZero() || belief[n-1].To.After(t))
}

// current returns the row that holds t and has the latest start, nil when none does.
func current(rows []Row, t time.Time) *Row {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Effective.Contains(t) {
			return &rows[i]
		}
	}
	return nil
}

// region is that of the current row, or of the earliest where none is current.
func region(rows []Row, now *Row) string {
	if now == nil {
		now = &rows[0]
	}
	if now.ARMRegionName == "" {
		return GlobalRegion
	}
	return now.ARMRegionName
}

// settle takes the valid rows of one identity in the order of compareRows and keeps one a start: rows that differ in attributes alone
// count as the smallest, and where rows of a start differ in price or end, all of that start are returned as disagreeing.
func settle(rows []Row) (kept, disagreeing []Row) {
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].Effective.From.Equal(rows[i].Effective.From) {
			j++
		}
		if rows[i].agrees(&rows[j-1]) { // in order of end and price, so all in between agree too
			kept = append(kept, rows[i])
		} else {
			disagreeing = append(disagreeing, rows[i:j]...)
		}
		i = j
	}
	return kept, disagreeing
}
