package rate

import (
	"encoding/binary"
	"fmt"
)

// lay divides an entry, given as its place, into row and bytes.
func (v *sight) lay(raw int) {
	v.rawSize = uint32(raw)
	v.place = place{v.place.at + sightSize, v.place.size - sightSize - v.rawSize}
}

// readRow returns a kept row; buf is room to work in.
func (s *Shard) readRow(v *sight, buf []byte) (*Row, error) {
	d, err := read(s.spool.to, v.place, buf)
	if err != nil {
		return nil, err
	}
	r := d.row(d.identity())
	return r, d.whole()
}

// readRaw returns the bytes of a kept row.
func (s *Shard) readRaw(v *sight) ([]byte, error) {
	d, err := read(s.spool.to, place{v.place.at + int64(v.place.size), v.rawSize}, nil)
	return []byte(d.rest), err
}

// finish writes what is needed to read the spool again, and its end.
func (s *Shard) finish() error {
	beside := make(map[Key]bool)
	for i := range s.kept {
		beside[s.kept[i].key] = true
	}
	for _, n := range s.ticked {
		if !s.has(n) {
			continue
		}
		if err := s.finishKnown(n, beside); err != nil {
			return err
		}
	}
	for i := range s.kept {
		v := &s.kept[i]
		if !v.foreign {
			continue
		}
		if _, err := s.spool.add(entryForeign, func(e *encoder) { e.sight(v) }); err != nil {
			return err
		}
	}
	if err := s.spool.flush(); err != nil {
		return err
	}
	sum := s.spool.sum
	_, err := s.spool.add(entryEnd, func(e *encoder) {
		e.buf = binary.BigEndian.AppendUint32(e.buf, sum)
		for _, n := range [...]int{s.record.Pages, s.record.Rows, s.record.Traversals} {
			e.number(uint64(n))
		}
		e.text(s.broken)
		e.flags(s.complete)
	})
	if err == nil {
		err = s.spool.flush()
	}
	s.byDigest, s.byRaw, s.byBad, s.scratch, s.spool.buf = nil, nil, nil, nil, nil
	if err != nil {
		s.err = fmt.Errorf("end shard %s: %w", s.name, err)
		return s.err
	}
	s.ended = true
	return nil
}

// finishKnown writes a row that was ticked off. Where there are others of its identity, it is written as a whole: once the crawl has been taken
// over in part, it may be all that is known no more.
func (s *Shard) finishKnown(n uint32, beside map[Key]bool) error {
	slot := s.survey.slot(n)
	if !beside[slot.key] {
		_, err := s.spool.add(entryKnown, func(e *encoder) {
			e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(slot.key))
			e.raw(slot.digest[:]...)
		})
		return err
	}
	k, _, err := s.survey.ledger.Known(slot.key)
	if err != nil {
		return err
	}
	_, err = s.spool.add(entryRow, func(e *encoder) { e.sighted(&sight{key: slot.key, digest: slot.digest}, k.Row, nil) })
	return err
}
