package rate

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// take decides about one identity.
func (v *Verdict) take(p *Part, s *step) error {
	at := v.survey.crawl.At
	if s.retire {
		if c, found := s.state.Absent(at, v.policy); found {
			p.Changes = append(p.Changes, c)
		}
		p.known = append(p.known, knownRow{Known: s.state, slot: s.slot, stored: true})
		return nil
	}
	rows, err := v.read(s)
	if err != nil {
		return err
	}
	kept, disagreeing := rows, []Row(nil)
	if len(rows) > 1 {
		kept, disagreeing = settle(sortedBy(rows, compareRows))
	}
	if len(disagreeing) > 0 {
		bad, err := v.disagreements(s, rows, disagreeing)
		if err != nil {
			return err
		}
		p.Quarantined = append(p.Quarantined, bad...)
	}
	k := s.state
	was := k.group
	if !s.stored {
		if len(kept) == 0 {
			return nil // never seen, and still nothing known of it
		}
		k = NewKnown(rows[0].Identity, v.survey.crawl.Scope)
		k.Key = s.key
	}
	c, found := k.Observe(at, kept)
	switch {
	case found:
		p.Changes = append(p.Changes, c)
	case k.group == was:
		v.present(p, s)
		return nil
	}
	raw, d := v.rawOf(s, &k)
	p.known = append(p.known, knownRow{k, s.slot, s.stored, raw, d})
	return nil
}

// read returns the rows of an identity, the one that is ticked first.
func (v *Verdict) read(s *step) ([]Row, error) {
	rows := make([]Row, 0, len(s.rows)+1)
	if s.ticked {
		rows = append(rows, *s.state.Row)
	}
	if v.buf == nil {
		v.buf = make([]byte, 4096)
	}
	for i := range s.rows {
		r, err := v.survey.shards[s.rows[i].shard-1].readRow(&s.rows[i], v.buf)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *r)
	}
	identity := rows[0].Identity
	if s.stored {
		identity = s.state.Identity
	}
	for i := range rows {
		if rows[i].Identity != identity {
			return nil, collision(s.key, identity, rows[i].Identity)
		}
	}
	return rows, nil
}

// rawOf returns the sum of the bytes that the state's row was read from, and its digest.
func (v *Verdict) rawOf(s *step, k *Known) (rawSum, digest) {
	if !k.settled() {
		return rawSum{}, digest{}
	}
	if len(s.rows) == 1 && !s.ticked { // the only row there is
		return s.rows[0].raw, s.rows[0].digest
	}
	d := digestOf(k.Row)
	for i := range s.rows {
		if s.rows[i].digest == d {
			return s.rows[i].raw, d
		}
	}
	if s.ticked {
		return v.survey.ledger.index.at(s.slot).raw, d
	}
	return rawSum{}, d
}

// disagreements returns the rows that start with one of those given, quarantined. The bytes of a row that was known are not: it was only
// ticked off.
func (v *Verdict) disagreements(s *step, rows, disagreeing []Row) ([]Quarantined, error) {
	var out []Quarantined
	known := len(rows) - len(s.rows)
	for i := range rows {
		r := &rows[i]
		if !slices.ContainsFunc(disagreeing, func(d Row) bool { return d.Effective.From.Equal(r.Effective.From) }) {
			continue
		}
		q := Quarantined{
			Reason: ReasonDisagreement, Identity: r.Identity, HasIdentity: true, Digest: sha256.Sum256(appendRow(nil, r)),
			Detail: "several rows start at " + r.Effective.From.Format(timeLayout) + " with different prices or ends; this one: " + r.saying(),
		}
		if i >= known {
			sight := &s.rows[i-known]
			var err error
			if q.Raw, err = v.survey.shards[sight.shard-1].readRaw(sight); err != nil {
				return nil, err
			}
		}
		out = append(out, q)
	}
	return distinct(out), nil
}

// saying returns price and end for people.
func (r *Row) saying() string {
	if r.Effective.To.IsZero() {
		return r.Price.String() + " without end"
	}
	return r.Price.String() + " until " + r.Effective.To.Format(timeLayout)
}

// takeBad hands over quarantined rows, at most limit.
func (v *Verdict) takeBad(limit int, p *Part) error {
	c := &v.cursor
	for ; c.quarantined < len(v.bad) && len(p.Quarantined) < limit; c.quarantined++ {
		i := c.quarantined
		b := &v.bad[i]
		if v.refused[b.shard] || (i > 0 && v.bad[i-1].digest == b.digest && !v.refused[v.bad[i-1].shard]) {
			continue
		}
		n, ok := v.survey.ledger.index.find(b.key)
		ok = ok && b.whole
		if ok && !v.survey.owns(n) {
			v.Record.Foreign++
			continue
		}
		q, err := v.readBad(b)
		if err != nil {
			return err
		}
		if ok {
			if err := v.survey.ledger.sameIdentity(n, q.Identity); err != nil {
				return err
			}
		}
		for j := i + 1; j < len(v.bad) && v.bad[j].digest == b.digest; j++ {
			if v.refused[v.bad[j].shard] {
				continue
			}
			other, err := v.readBad(&v.bad[j])
			if err != nil {
				return err
			}
			if bytes.Compare(other.Raw, q.Raw) < 0 {
				q = other
			}
		}
		p.Quarantined = append(p.Quarantined, q)
	}
	return nil
}

// sameIdentity makes sure that a slot is of the identity.
func (l *Ledger) sameIdentity(n uint32, id Identity) error {
	return l.states([]uint32{n}, func(_ int, k Known) error {
		if k.Identity != id {
			return collision(k.Key, k.Identity, id)
		}
		return nil
	})
}

func (v *Verdict) readBad(b *badSight) (Quarantined, error) {
	return v.survey.shards[b.shard-1].readBad(b)
}

// sortedBy returns a sorted copy.
func sortedBy[T any](in []T, compare func(a, b *T) int) []T {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b T) int { return compare(&a, &b) })
	return out
}
