package rate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Shard is one part of a catalogue as a survey finds it, or all of it: rows that are all that is known of their identity are only ticked
// off, others are kept in a spool. It implements Sink, for one goroutine.
type Shard struct {
	survey *Survey
	number uint32 // from 1
	name   string
	covers Covers

	spool    spooler
	scratch  []byte
	asked    []byte // what Same was asked of last, and its sum
	askedSum rawSum
	ticked   []uint32 // slots of rows that are all that is known, those that others ticked first excepted
	kept     []sight
	byDigest map[uint64]int32 // one more than the place in kept, by the first half of the digest
	byRaw    map[uint64]int32 // the same by the bytes
	bad      []badSight
	byBad    map[[32]byte]int32 // one more than the place in bad
	relaid   []relaid
	rows     int // handed over, repetitions included
	pass     uint32
	added    int   // rows that the present traversal found first
	found    []int // distinct rows, by traversal
	strays   int
	sum      setSum

	record   ShardRecord
	complete bool
	broken   string
	ended    bool
	err      error
}

// Covers reports whether rows of a service family and region belong to a shard.
type Covers func(family, region string) bool

// Everything is what the only shard of a catalogue covers.
func Everything(_, _ string) bool { return true }

// sight is a row that is kept, or that another scope owns.
type sight struct {
	key     Key
	digest  digest
	raw     rawSum
	place   place  // of the row in the spool
	rawSize uint32 // of its bytes, which lie behind it
	shard   uint32
	pass    uint32 // the last traversal that found it
	foreign bool
}

// badSight is a quarantined row.
type badSight struct {
	key    Key // of its identity, when it has one
	whole  bool
	digest [32]byte
	place  place
	shard  uint32
	pass   uint32 // the last traversal that found it
}

// relaid is a known row that came in other bytes.
type relaid struct {
	slot   uint32
	digest digest
	raw    rawSum
}

// passLimit bounds traversals of one shard, so that a tick fits into 32 bits.
const passLimit = 255

// Complete reports whether the shard was read to its end, and the end was that of the catalogue.
func (s *Shard) Complete() bool { return s.ended && s.complete }

// Err returns why the shard could not take what it was handed: its spool failed, not the source.
func (s *Shard) Err() error { return s.err }

// Begin begins one more traversal of the shard.
func (s *Shard) Begin() error {
	if s.pass == passLimit {
		return fault.New(fault.Refused, "read shard %s: it was traversed %d times", s.name, passLimit)
	}
	s.pass++
	s.added = 0
	s.found = append(s.found, 0)
	return nil
}

// Added returns how many rows the present traversal found that no earlier one did.
func (s *Shard) Added() int { return s.added }

// Misses returns how many rows the traversals so far did not find that others of them did, and how many all of them together could have found.
func (s *Shard) Misses() (missed, of int) {
	all := len(s.ticked) + len(s.kept) + len(s.bad)
	for _, n := range s.found {
		missed += max(all-n, 0)
	}
	return missed, all * len(s.found)
}

// Unseen estimates how many rows no traversal found, when each misses every row with the given chance, 0 to 1.
func (s *Shard) Unseen(chance float64) float64 {
	return float64(len(s.ticked)+len(s.kept)+len(s.bad)) * math.Pow(chance, float64(len(s.found)))
}

// new notes a row that no traversal found before.
func (s *Shard) new() {
	s.added++
	s.found[s.pass-1]++
}

// Same implements Sink.
func (s *Shard) Same(raw []byte) bool {
	sum := sumOf(raw)
	s.asked, s.askedSum = raw, sum
	l := s.survey.ledger
	l.mu.RLock()
	n, ok := l.index.match(sum)
	ok = ok && s.survey.owns(n)
	l.mu.RUnlock()
	if ok && s.tick(n) {
		s.rows++
		return true
	}
	if i := s.byRaw[sum[0]]; i > 0 && s.kept[i-1].raw == sum {
		s.again(i - 1)
		s.rows++
		return true
	}
	return false
}

// Row implements Sink. A row in another currency than the crawl's, or with times that no store can hold, is an error of kind fault.Invalid.
func (s *Shard) Row(r *Row, raw []byte) error {
	s.rows++
	s.err = cmp.Or(s.err, s.row(r, raw))
	s.asked = nil // the bytes are the source's again
	return s.err
}

// sumOf returns the sum over the bytes of a row, which Same has made already where it was asked of them.
func (s *Shard) sumOf(raw []byte) rawSum {
	if len(raw) == len(s.asked) && &raw[0] == &s.asked[0] {
		return s.askedSum
	}
	return sumOf(raw)
}

func (s *Shard) row(r *Row, raw []byte) error {
	if err := s.survey.ledger.admits(s.rows, r); err != nil {
		return err
	}
	v := sight{key: s.survey.ledger.keyOf(r.Identity), shard: s.number, pass: s.pass}
	if len(raw) > 0 {
		v.raw = s.sumOf(raw)
	}
	s.scratch = appendRow(s.scratch[:0], r)
	v.digest = digestOfBytes(s.scratch)
	n, known, foreign := s.look(&v)
	if known {
		ticked := len(s.ticked)
		if s.tick(n) {
			if len(s.ticked) > ticked { // once a slot
				s.relaid = append(s.relaid, relaid{n, v.digest, v.raw})
			}
			return nil
		}
	}
	half := binary.BigEndian.Uint64(v.digest[:])
	if i := s.byDigest[half]; i > 0 && s.kept[i-1].key == v.key && s.kept[i-1].digest == v.digest {
		s.again(i - 1)
		return s.reword(i-1, &v, r, raw)
	}
	if v.foreign = foreign; !foreign {
		if err := s.store(&v, r, raw); err != nil {
			return err
		}
	}
	s.keep(&v)
	if !s.covers(r.ServiceFamily, r.ARMRegionName) {
		s.strays++
	}
	return nil
}

// look finds the slot of a sight: whether its row is all that is known there, and whether another scope owns it.
func (s *Shard) look(v *sight) (n uint32, known, foreign bool) {
	l := s.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	n, ok := l.index.find(v.key)
	if !ok {
		return 0, false, false
	}
	if !s.survey.owns(n) {
		return n, false, true
	}
	slot := l.index.at(n)
	return n, slot.simple && slot.digest == v.digest, false
}

func (s *Shard) keep(v *sight) {
	s.kept = append(s.kept, *v)
	place := int32(len(s.kept))
	s.byDigest[binary.BigEndian.Uint64(v.digest[:])] = place
	if v.raw != (rawSum{}) {
		s.byRaw[v.raw[0]] = place
	}
	s.sum.add(v.digest[:])
	s.new()
}

func (s *Shard) again(i int32) {
	if v := &s.kept[i]; v.pass != s.pass {
		v.pass = s.pass
		s.found[s.pass-1]++
	}
}

// store writes a row to the spool.
func (s *Shard) store(v *sight, r *Row, raw []byte) (err error) {
	if v.place, err = s.spool.add(entryRow, func(e *encoder) { e.sighted(v, r, raw) }); err != nil {
		return err
	}
	v.lay(len(raw))
	return nil
}

// reword keeps the smallest of the bytes in which one row came: should it be quarantined, what is told of it must not depend on which came
// first.
func (s *Shard) reword(i int32, v *sight, r *Row, raw []byte) error {
	before := &s.kept[i]
	if before.foreign || before.raw == v.raw {
		return nil
	}
	if err := s.spool.flush(); err != nil {
		return err
	}
	if was, err := s.readRaw(before); err != nil || bytes.Compare(was, raw) <= 0 {
		return err
	}
	if err := s.store(v, r, raw); err != nil {
		return err
	}
	*before = *v
	s.byRaw[v.raw[0]] = i + 1
	return nil
}

// tick notes that the only row of a slot was found, and reports false when the slot is younger than the survey. Where several shards find
// it, the first of them by number has it: the outcome does not depend on who was faster.
func (s *Shard) tick(n uint32) bool {
	if n >= uint32(len(s.survey.ticks)) {
		return false
	}
	t := &s.survey.ticks[n]
	for {
		old := t.Load()
		owner := old >> 8
		if owner != 0 && owner < s.number {
			return true
		}
		if !t.CompareAndSwap(old, s.number<<8|s.pass) {
			continue
		}
		switch {
		case owner != s.number:
			s.ticked = append(s.ticked, n)
			s.new()
			s.count(n)
		case old&0xff != s.pass:
			s.found[s.pass-1]++
		}
		return true
	}
}

// count adds a slot that was ticked first now to what identifies the shard's content.
func (s *Shard) count(n uint32) {
	l := s.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	slot := l.index.at(n)
	s.sum.add(slot.digest[:])
	if g := l.index.homes.all[slot.home].group; !s.covers(g.family, g.region) {
		s.strays++
	}
}

// has reports whether the shard ticked a slot, and no shard before it did.
func (s *Shard) has(n uint32) bool { return s.survey.ticks[n].Load()>>8 == s.number }

// Bad implements Sink.
func (s *Shard) Bad(q *Quarantined) error {
	s.rows++
	s.err = cmp.Or(s.err, s.addBad(q))
	return s.err
}

func (s *Shard) addBad(q *Quarantined) error {
	b := badSight{whole: q.HasIdentity, digest: q.Digest, shard: s.number, pass: s.pass}
	if b.digest == ([32]byte{}) {
		b.digest = sha256.Sum256(append(appendText(nil, q.Reason), q.Raw...))
	}
	if b.whole {
		b.key = s.survey.ledger.keyOf(q.Identity)
	}
	i := s.byBad[b.digest]
	if i > 0 {
		if before := &s.bad[i-1]; before.pass != s.pass {
			before.pass = s.pass
			s.found[s.pass-1]++
		}
		before, err := s.readBad(&s.bad[i-1])
		if err != nil || bytes.Compare(before.Raw, q.Raw) <= 0 { // those that say the same count once, with the smallest of their bytes
			return err
		}
	}
	row := *q
	row.Digest = b.digest
	var err error
	if b.place, err = s.spool.add(entryBad, func(e *encoder) { e.quarantined(&row) }); err != nil {
		return err
	}
	s.keepBad(b)
	return nil
}

func (s *Shard) keepBad(b badSight) {
	if i := s.byBad[b.digest]; i > 0 {
		s.bad[i-1] = b
		return
	}
	s.bad = append(s.bad, b)
	s.byBad[b.digest] = int32(len(s.bad))
	s.sum.add(b.digest[:])
	s.new()
}

func (s *Shard) readBad(b *badSight) (Quarantined, error) {
	if err := s.spool.flush(); err != nil {
		return Quarantined{}, err
	}
	d, err := read(s.spool.to, b.place, nil)
	if err != nil {
		return Quarantined{}, err
	}
	q := d.quarantined()
	return q, d.whole()
}

// Traversal is how one reading of a shard went.
type Traversal struct {
	Pages, Rows int
	Complete    bool
	Broken      string // why it is not complete
	Snapshot    bool   // it was no traversal of a source, but a snapshot that somebody took
}

// End ends the shard with its last traversal: nothing is handed over to it any more.
func (s *Shard) End(t Traversal) error {
	s.record = ShardRecord{Name: s.name, Pages: t.Pages, Rows: t.Rows, Traversals: int(s.pass)}
	if t.Snapshot {
		s.record.Traversals = 0
	}
	s.complete, s.broken = t.Complete, t.Broken
	s.resum()
	return s.finish()
}
