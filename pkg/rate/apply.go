package rate

// Apply takes over a part once it is published, with notes; after the last part the ledger has made the observation. Parts come in their
// order. When the ledger has moved otherwise since it was judged, the error is of kind fault.Conflict and nothing changes: the crawl is to
// be judged again. What is written is durable once something durable is written after it: until then a crash of the machine may lose it,
// and it is replayed.
func (v *Verdict) Apply(p Part, notes ...Entry) error {
	l := v.survey.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.version != l.version {
		return v.moved()
	}
	b := newBatch()
	for i := range p.known {
		if k := &p.known[i]; k.stored {
			l.replace(b, k.slot, &k.Known, k.raw, k.digest)
		} else {
			l.put(b, &k.Known, k.raw, k.digest)
		}
	}
	for _, m := range p.absences {
		l.putAbsence(b, m.slot, m.absence)
	}
	l.version++
	if p.Last {
		v.relay()
		v.confirm(b)
		l.remember(b, v.Record.Scope, v.past)
	} else {
		l.begin(b, v.Record.Scope, v.past.at)
	}
	v.version = l.version
	return l.flush(b, notes, false)
}

// confirm notes what was taken of each shard, for the next crawl's Confirmed.
func (v *Verdict) confirm(b *batch) {
	l := v.survey.ledger
	for i, s := range v.survey.shards {
		before, ok := l.sums[s.sumKey()]
		if v.refused[i+1] || !s.complete || v.Record.Partial || (ok && before == s.sum) {
			continue
		}
		l.sums[s.sumKey()] = s.sum
		s.sum.put(b, s.sumKey())
	}
}

// relay takes over the bytes of known rows that came in other bytes than before. It stays in memory: whoever forgets it reads those rows
// once more.
func (v *Verdict) relay() {
	x := &v.survey.ledger.index
	for _, s := range v.survey.shards {
		for _, r := range s.relaid {
			if slot := x.at(r.slot); slot.simple && slot.digest == r.digest { // and not another row by now
				x.setRaw(r.slot, r.raw)
			}
		}
		s.relaid = nil
	}
}

// Absences returns how identities became absent or present again without a change, for ReplayRecord and ReplayPart: it is all of some parts
// that cannot be replayed from what is published. Unless always is set it is nil when there is nothing that could be lost; it is to be set
// where parts of the crawl have not been applied yet.
func (v *Verdict) Absences(always bool, parts ...Part) []byte {
	l := v.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := 0
	for i := range parts {
		n += len(parts[i].absences)
	}
	if n == 0 && len(l.index.absent) == 0 && !always {
		return nil
	}
	var e encoder
	e.number(uint64(n))
	for i := range parts {
		for _, m := range parts[i].absences {
			e.raw(keyed("", l.index.at(m.slot).key)...)
			e.raw(encodeAbsence(m.absence)...)
		}
	}
	return e.buf
}
