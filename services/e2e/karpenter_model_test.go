//go:build real

package e2e

import (
	"math/big"
	"slices"
	"strings"
	"time"
)

// model is the contract's section on usage rates, written down as plainly as it reads and from nothing else: it keeps all that was ever
// said and looks through it for every answer. It knows one scope of whole crawls in one currency, where a row's meter is its identity.
type model struct {
	tracks   map[string]*track
	accepted int // identities of the last crawl that was taken
}

// fact is a row of a rate: its price from a start to an end, open when zero.
type fact struct {
	price      string
	start, end time.Time
	name       string
}

// saying is what one observation says of an identity, from an instant on; nothing at all when it was retired.
type saying struct {
	at, from time.Time
	facts    []fact
}

// track is what happened to one identity.
type track struct {
	said        []saying
	last        *fact // the last current row
	retired     bool
	absences    int
	absentSince time.Time
}

// tally is what a crawl's record must count.
type tally struct {
	At                                                                 time.Time
	Refused                                                            bool
	Rows, Identities                                                   int
	Added, PriceChanged, Corrections, Backdated, Rescheduled, Expiring int
	Renamed, Restated, Retired, Periods, Quarantined, Foreign          int
}

// The guards.
const (
	retireCrawls = 3
	retireAfter  = 72 * time.Hour
	backdated    = 72 * time.Hour
	mayShrink    = 15 // per cent
)

// factOf reads a row: an end at 23:59 is the next midnight.
func factOf(r karpenterRow) fact {
	instant := func(s string) time.Time {
		t, _ := time.Parse(time.RFC3339, s)
		return t.UTC()
	}
	f := fact{price: r.price, start: instant(r.start), name: r.product}
	if r.end != "" {
		if f.end = instant(r.end); f.end.Hour() == 23 && f.end.Minute() == 59 {
			f.end = f.end.Truncate(24*time.Hour).AddDate(0, 0, 1)
		}
	}
	return f
}

// observe takes a file in, observed at the given time.
func (m *model) observe(at time.Time, rows []karpenterRow) tally {
	seen := map[string][]fact{}
	for _, r := range rows {
		seen[r.meter] = append(seen[r.meter], factOf(r))
	}
	n := tally{At: at, Rows: len(rows), Identities: len(seen)}
	if len(seen) == 0 || 100*(m.accepted-len(seen)) > mayShrink*m.accepted {
		n.Refused = true
		return n
	}
	m.accepted = len(seen)
	if m.tracks == nil {
		m.tracks = map[string]*track{}
	}
	for meter, facts := range seen {
		if m.tracks[meter] == nil {
			m.tracks[meter] = &track{}
		}
		m.tracks[meter].see(at, facts, &n)
	}
	for meter, tr := range m.tracks {
		if seen[meter] == nil {
			tr.miss(at, &n)
		}
	}
	return n
}

// see takes in the rows that an observation has of the identity.
func (tr *track) see(at time.Time, facts []fact, n *tally) {
	tr.absences = 0
	from := facts[0].start
	for _, f := range facts {
		if f.start.Before(from) {
			from = f.start
		}
	}
	current := inForce(facts, at)
	changed := tr.say(saying{at, from, facts})
	n.Periods += changed
	switch {
	case current != nil && (tr.last == nil || tr.retired):
		n.Added++
	case current != nil && !equal(current.price, tr.last.price):
		n.PriceChanged++
		if current.start.Equal(tr.last.start) {
			n.Corrections++
		}
		if at.Sub(current.start) > backdated {
			n.Backdated++
		}
	case current != nil && (!current.start.Equal(tr.last.start) || !current.end.Equal(tr.last.end)):
		n.Rescheduled++
		if tr.last.end.IsZero() && !current.end.IsZero() {
			n.Expiring++
		}
	case current != nil && current.name != tr.last.name:
		n.Renamed++
	case changed > 0:
		n.Restated++
	}
	if current != nil {
		tr.last, tr.retired = current, false
	}
}

// miss takes in that an observation does not have the identity.
func (tr *track) miss(at time.Time, n *tally) {
	if tr.retired {
		return
	}
	if tr.absences++; tr.absences == 1 {
		tr.absentSince = at
	}
	if tr.absences < retireCrawls || at.Sub(tr.absentSince) < retireAfter {
		return
	}
	tr.retired = true
	n.Retired++
	n.Periods += tr.say(saying{at: at, from: tr.absentSince})
}

// inForce is the fact that holds an instant and has the latest start.
func inForce(facts []fact, at time.Time) *fact {
	var best *fact
	for i := range facts {
		f := &facts[i]
		if !f.start.After(at) && (f.end.IsZero() || at.Before(f.end)) && (best == nil || f.start.After(best.start)) {
			best = f
		}
	}
	return best
}

// answer is what was known at one time to be valid at another: what the last observation says that speaks of it, or nothing.
func answer(said []saying, valid, known time.Time) *fact {
	for i := len(said) - 1; i >= 0; i-- {
		if s := said[i]; !s.at.After(known) && !s.from.After(valid) {
			return inForce(s.facts, valid)
		}
	}
	return nil
}

// say takes in what an observation says and returns how many ranges of time have another answer by it.
func (tr *track) say(s saying) int {
	before := tr.said
	tr.said = append(slices.Clone(before), s)
	var borders []time.Time
	for _, one := range tr.said {
		borders = append(borders, one.from)
		for _, f := range one.facts {
			borders = append(borders, f.start)
			if !f.end.IsZero() {
				borders = append(borders, f.end)
			}
		}
	}
	slices.SortFunc(borders, time.Time.Compare)
	borders = slices.CompactFunc(borders, time.Time.Equal)
	ranges, open := 0, false
	var last *fact
	for _, at := range borders {
		then, now := answer(before, at, s.at), answer(tr.said, at, s.at)
		differs := !same(then, now)
		if differs && (!open || !same(last, now)) {
			ranges++
		}
		open, last = differs, now
	}
	return ranges
}

// same reports whether two answers are: both none, or equal in price and start.
func same(a, b *fact) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.start.Equal(b.start) && equal(a.price, b.price)
}

// equal compares decimals as numbers.
func equal(a, b string) bool {
	x, xOK := new(big.Rat).SetString(strings.TrimSpace(a))
	y, yOK := new(big.Rat).SetString(strings.TrimSpace(b))
	return xOK && yOK && x.Cmp(y) == 0
}
