package rate

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// Save writes the ledger, for a cache that Load reads. Ledgers in the same state are written alike, byte for byte. It writes in pieces
// of about 64 KiB and at the end holds all in the writer: whoever gave it syncs and renames.
func (l *Ledger) Save(w io.Writer) error {
	s, err := newSaver(l, w)
	if err != nil {
		return fmt.Errorf("save ledger: %w", err)
	}
	for _, write := range []func() error{s.writeTexts, s.writeScopes, s.writeEntries, s.frames.close} {
		if err := write(); err != nil {
			return fmt.Errorf("save ledger: %w", err)
		}
	}
	return nil
}

// saver numbers the texts anew, in the order in which the entries by their keys use them.
type saver struct {
	l      *Ledger
	frames *frameWriter
	keys   []Key
	number []uint32 // by the number in the store
	texts  []uint32 // the reverse
}

const unnumbered = math.MaxUint32

func newSaver(l *Ledger, w io.Writer) (*saver, error) {
	frames, err := newFrameWriter(w)
	s := &saver{l: l, frames: frames, keys: make([]Key, 0, l.Len()), number: make([]uint32, len(l.store.texts.values))}
	for i := range s.number {
		s.number[i] = unnumbered
	}
	for key := range l.store.index {
		s.keys = append(s.keys, key)
	}
	slices.Sort(s.keys)
	for _, key := range s.keys {
		e := l.store.at(l.store.index[key])
		for _, n := range e.identityTexts() {
			s.use(n)
		}
		if e.hasRow {
			for _, n := range e.attributes {
				s.use(n)
			}
		}
	}
	return s, err
}

func (e *entry) identityTexts() [7]uint32 {
	return [7]uint32{e.list, e.meter, e.sku, e.class, e.term, e.scope, e.region}
}

func (s *saver) use(n uint32) {
	if s.number[n] == unnumbered {
		s.number[n] = uint32(len(s.texts))
		s.texts = append(s.texts, n)
	}
}

func (s *saver) put(n uint64)     { s.frames.buf = binary.AppendUvarint(s.frames.buf, n) }
func (s *saver) putText(t string) { s.put(uint64(len(t))); s.frames.buf = append(s.frames.buf, t...) }

func (s *saver) putAmount(a amount) {
	s.put(a.hi)
	s.put(a.lo)
}

// putInstant writes 0 for never, else one more than twice the zigzag of the seconds, odd when nanoseconds follow.
func (s *saver) putInstant(i instant) {
	if i == never {
		s.put(0)
		return
	}
	t := i.time()
	seconds := uint64(t.Unix())<<1 ^ uint64(t.Unix()>>63)
	if t.Nanosecond() == 0 {
		s.put(seconds<<1 + 1)
		return
	}
	s.put(seconds<<1 + 2)
	s.put(uint64(t.Nanosecond()))
}

func (s *saver) putFlags(flags ...bool) {
	var b byte
	for i, set := range flags {
		if set {
			b |= 1 << i
		}
	}
	s.frames.buf = append(s.frames.buf, b)
}

func (s *saver) writeTexts() error {
	s.putText(s.l.Currency())
	s.put(uint64(len(s.texts)))
	if err := s.frames.flush(); err != nil {
		return err
	}
	for _, n := range s.texts {
		s.putText(s.l.store.texts.values[n])
		if err := s.frames.item(); err != nil {
			return err
		}
	}
	return s.frames.flush() // frames of texts hold nothing else: they stay in memory
}

func (s *saver) writeScopes() error {
	s.put(uint64(len(s.l.scopes)))
	for _, name := range s.l.Scopes() {
		pasts := s.l.scopes[name].pasts
		s.putText(name)
		s.put(uint64(len(pasts)))
		for _, p := range pasts {
			s.putInstant(p.at)
			s.frames.buf = append(s.frames.buf, p.content[:]...)
			s.put(uint64(p.identities))
			s.putFlags(p.whole, p.accepted)
			if err := s.frames.item(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *saver) writeEntries() error {
	s.put(uint64(len(s.keys)))
	for _, key := range s.keys {
		s.putEntry(s.l.store.at(s.l.store.index[key]))
		if err := s.frames.item(); err != nil {
			return err
		}
	}
	return nil
}

func (s *saver) putEntry(e *entry) {
	st := &s.l.store
	s.frames.buf = binary.BigEndian.AppendUint64(s.frames.buf, uint64(e.key))
	for _, n := range e.identityTexts() {
		s.put(uint64(s.number[n]))
	}
	tier := st.tiers.values[e.tier]
	s.putAmount(toAmount(tier))
	s.putFlags(e.retired, e.hasRow, e.belief == plainBelief, e.absences > 0)
	if e.absences > 0 {
		s.put(uint64(e.absences))
		s.putInstant(e.absentSince)
	}
	if e.hasRow {
		for _, n := range e.attributes {
			s.put(uint64(s.number[n]))
		}
		s.putAmount(e.price)
		s.putInstant(e.from)
		s.putInstant(e.to)
		s.frames.buf = append(s.frames.buf, e.digest[:]...)
		s.put(uint64(len(st.plans[e.plans])))
		for _, p := range st.plans[e.plans] {
			s.putText(p.Term)
			s.putAmount(toAmount(p.Price))
		}
	}
	if e.belief != plainBelief {
		s.put(uint64(len(st.beliefs[e.belief])))
		for _, b := range st.beliefs[e.belief] {
			s.putInstant(b.from)
			s.putInstant(b.to)
			s.putInstant(b.start)
			s.putAmount(b.price)
		}
	}
}
