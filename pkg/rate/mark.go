package rate

import "github.com/pricewire/pricewire/pkg/fault"

// Mark returns how far the parts so far have come and what they counted, for Resume.
func (v *Verdict) Mark() []byte {
	var e encoder
	e.flags(v.cursor.begun)
	e.number(uint64(v.cursor.last))
	e.number(uint64(v.cursor.quarantined))
	for _, n := range v.tallies() {
		e.number(uint64(*n))
	}
	return e.buf
}

// Resume goes on behind a mark of an earlier verdict on the same crawl, whose parts up to there were published and applied. Without it they
// would not be published again either, because they change nothing any more, but the record would not count them.
func (v *Verdict) Resume(mark []byte) error {
	d := decoder{rest: string(mark)}
	c := &v.cursor
	c.begun = d.flags()[0]
	c.last = Key(d.number())
	c.quarantined = min(int(d.number()), len(v.bad))
	for _, n := range v.tallies() {
		*n = int(d.number())
	}
	if err := d.whole(); err != nil {
		return fault.New(fault.Invalid, "resume crawl %s: %w", v.Record.ID, err)
	}
	l := v.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	x := &l.index
	for c.begun && c.slot < len(v.slots) && x.at(v.slots[c.slot]).key <= c.last {
		c.slot++
	}
	for c.begun && c.row < len(v.rows) && v.rows[c.row].key <= c.last {
		c.row++
	}
	for c.begun && c.bad < len(v.badKeys) && v.badKeys[c.bad] <= c.last {
		c.bad++
	}
	return nil
}

// tallies are the numbers of the record that grow from part to part.
func (v *Verdict) tallies() [12]*int {
	r := &v.Record
	n := &r.Counts
	return [...]*int{
		&n.Added, &n.PriceChanged, &n.Rescheduled, &n.Renamed, &n.Restated, &n.Retired, &n.Corrections, &n.Backdated, &n.Expiring, &n.Periods,
		&r.Quarantined, &r.Foreign,
	}
}
