package rate

import (
	"iter"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Part is a piece of what a crawl changes.
type Part struct {
	Changes     []Change      // in order of their keys, which are behind those of the parts before
	Quarantined []Quarantined // distinct
	Last        bool

	known    []knownRow
	absences []lack
}

// knownRow is a state to take over, with what is known of its row: the sum of its bytes, and its digest, zero where that has yet to be made.
type knownRow struct {
	Known
	slot   uint32
	stored bool // there was such a slot
	raw    rawSum
	digest digest
}

// lack is how an identity is absent now; not at all when the count is 0.
type lack struct {
	slot uint32
	absence
}

// step is an identity about which something is to be decided.
type step struct {
	key    Key
	slot   uint32
	stored bool    // there is such a slot
	rows   []sight // of shards that are not refused
	ticked bool    // so is the row of the slot, which is not among them
	retire bool    // it was absent long enough
	state  Known
}

// cursor walks over slots, kept rows and bad rows at once, in order of their keys.
type cursor struct {
	slot, row, bad int // the next of each
	last           Key // the last that was passed
	begun          bool
	quarantined    int // the next of the bad rows to hand over
}

// Next returns the next part: what at most about limit identities change, in order of their keys, and after the last of them quarantined
// rows. An error of kind fault.Conflict means that the ledger has moved since it was judged, other than by applying parts of this verdict.
func (v *Verdict) Next(limit int) (Part, error) {
	l := v.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	if v.version != l.version {
		return Part{}, v.moved()
	}
	var p Part
	steps, more := v.steps(limit, &p)
	if err := v.load(steps); err != nil {
		return Part{}, err
	}
	for i := range steps {
		if err := v.take(&p, &steps[i]); err != nil {
			return Part{}, err
		}
	}
	if !more {
		if err := v.takeBad(limit, &p); err != nil {
			return Part{}, err
		}
		p.Last = v.cursor.quarantined == len(v.bad)
	}
	for i := range p.Changes {
		v.Record.Counts.add(&p.Changes[i])
	}
	v.Record.Quarantined += len(p.Quarantined)
	return p, nil
}

func (v *Verdict) moved() error {
	return fault.New(fault.Conflict, "apply crawl %s: the ledger has moved since it was judged", v.Record.ID)
}

// steps collects identities that need a look until there are enough, and reports whether there are more. How the others are absent or
// present goes to the part at once.
func (v *Verdict) steps(limit int, p *Part) ([]step, bool) {
	x, c := &v.survey.ledger.index, &v.cursor
	var steps []step
	for len(steps) < limit {
		key, any := v.nextKey()
		if !any {
			return steps, false
		}
		s := step{key: key}
		c.last, c.begun = key, true
		if c.slot < len(v.slots) && x.at(v.slots[c.slot]).key == key {
			s.slot, s.stored = v.slots[c.slot], true
			c.slot++
		}
		from := c.row
		for c.row < len(v.rows) && v.rows[c.row].key == key {
			c.row++
		}
		bad := c.bad < len(v.badKeys) && v.badKeys[c.bad] == key
		if bad {
			c.bad++
		}
		if v.weigh(p, &s, v.rows[from:c.row], bad) {
			steps = append(steps, s)
		}
	}
	return steps, true
}

// nextKey returns the smallest key that the cursor has not passed.
func (v *Verdict) nextKey() (key Key, any bool) {
	x, c := &v.survey.ledger.index, &v.cursor
	offer := func(k Key) {
		if !any || k < key {
			key, any = k, true
		}
	}
	if c.slot < len(v.slots) {
		offer(x.at(v.slots[c.slot]).key)
	}
	if c.row < len(v.rows) {
		offer(v.rows[c.row].key)
	}
	if c.bad < len(v.badKeys) {
		offer(v.badKeys[c.bad])
	}
	return key, any
}

// weigh reports whether an identity needs a look at its state.
func (v *Verdict) weigh(p *Part, s *step, rows []sight, bad bool) bool {
	if s.stored && !v.survey.owns(s.slot) {
		v.Record.Foreign += v.variety(rows)
		return false
	}
	shard := v.tickedBy(s)
	if v.refused[shard] || slices.ContainsFunc(rows, func(r sight) bool { return v.refused[r.shard] }) {
		return false // a part of what the crawl says of it is not to be believed: it is present, and nothing is taken
	}
	for i := range rows {
		if i == 0 || rows[i].digest != rows[i-1].digest {
			s.rows = append(s.rows, rows[i])
		}
	}
	s.ticked = shard > 0
	switch {
	case len(s.rows) > 0:
		return true
	case s.ticked || (bad && v.takenBad(s.key)):
		v.present(p, s)
	case s.stored && shard == 0 && len(rows) == 0 && !bad:
		return v.absent(p, s)
	}
	return false
}

func (v *Verdict) tickedBy(s *step) uint32 {
	if !s.stored || s.slot >= uint32(len(v.survey.ticks)) {
		return 0
	}
	return v.survey.ticks[s.slot].Load() >> 8
}

// variety returns how many distinct rows of shards that are not refused there are.
func (v *Verdict) variety(rows []sight) int {
	n := 0
	for i := range rows {
		if !v.refused[rows[i].shard] && (i == 0 || rows[i].digest != rows[i-1].digest) {
			n++
		}
	}
	return n
}

// takenBad reports whether a shard that is not refused holds a bad row of the identity.
func (v *Verdict) takenBad(key Key) bool {
	if v.badTaken == nil {
		v.badTaken = make(map[Key]bool)
		for i := range v.bad {
			if b := &v.bad[i]; b.whole && !v.refused[b.shard] {
				v.badTaken[b.key] = true
			}
		}
	}
	return v.badTaken[key]
}

// present ends an absence.
func (v *Verdict) present(p *Part, s *step) {
	if _, absent := v.survey.ledger.index.absent[s.slot]; s.stored && absent {
		p.absences = append(p.absences, lack{slot: s.slot})
	}
}

// absent counts an absence, and reports whether the identity is to be retired.
func (v *Verdict) absent(p *Part, s *step) bool {
	x := &v.survey.ledger.index
	shard := v.covering(x.at(s.slot).home)
	if v.Record.Partial || shard == 0 || v.refused[shard] || !v.survey.shards[shard-1].complete {
		return false
	}
	before := x.absent[s.slot]
	at := toInstant(v.Record.At)
	a, due := before.next(at, v.policy)
	if until, retired := x.retired[s.slot]; retired && until <= a.since {
		return false
	}
	if s.retire = due; due {
		return true
	}
	if a != before {
		p.absences = append(p.absences, lack{s.slot, a})
	}
	return false
}

// load fetches the states of the steps from the shelf.
func (v *Verdict) load(steps []step) error {
	var slots []uint32
	var places []int
	for i := range steps {
		if steps[i].stored {
			slots, places = append(slots, steps[i].slot), append(places, i)
		}
	}
	return v.survey.ledger.states(slots, func(i int, k Known) error {
		steps[places[i]].state = k
		return nil
	})
}

// identities yields the rows of each identity; rows are in order of their keys.
func identities(rows []sight) iter.Seq[[]sight] {
	return func(yield func([]sight) bool) {
		for i := 0; i < len(rows); {
			j := i + 1
			for j < len(rows) && rows[j].key == rows[i].key {
				j++
			}
			if !yield(rows[i:j]) {
				return
			}
			i = j
		}
	}
}
