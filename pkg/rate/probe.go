package rate

// Probe looks for what a survey missed: it takes the rows of a catalogue that is read otherwise, after all shards have ended, and says how many
// of their identities no shard found. Nothing is taken from them. It implements Sink, for one goroutine.
type Probe struct {
	survey *Survey
	kept   map[Key]bool
	missed map[Key]bool
	asked  int
}

// Probe begins one.
func (s *Survey) Probe() *Probe {
	p := &Probe{survey: s, kept: make(map[Key]bool), missed: make(map[Key]bool)}
	for _, shard := range s.shards {
		for i := range shard.kept {
			p.kept[shard.kept[i].key] = true
		}
		for i := range shard.bad {
			if shard.bad[i].whole {
				p.kept[shard.bad[i].key] = true
			}
		}
	}
	return p
}

// Missed returns how many identities no shard found, and how many rows were looked at.
func (p *Probe) Missed() (missed, of int) { return len(p.missed), p.asked }

// Same implements Sink.
func (p *Probe) Same(raw []byte) bool {
	l := p.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	n, ok := l.index.match(sumOf(raw))
	if ok = ok && p.ticked(n); ok {
		p.asked++
	}
	return ok
}

func (p *Probe) ticked(n uint32) bool {
	return n < uint32(len(p.survey.ticks)) && p.survey.ticks[n].Load() != 0
}

// Row implements Sink.
func (p *Probe) Row(r *Row, _ []byte) error {
	p.asked++
	key := p.survey.ledger.keyOf(r.Identity)
	l := p.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	if n, ok := l.index.find(key); !p.kept[key] && !(ok && p.ticked(n)) {
		p.missed[key] = true
	}
	return nil
}

// Bad implements Sink: what is not believed is not missed.
func (*Probe) Bad(*Quarantined) error { return nil }
