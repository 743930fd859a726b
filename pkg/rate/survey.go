package rate

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"sync/atomic"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Crawl is what is known of a crawl before its rows.
type Crawl struct {
	Source   string // where the rows come from, as crawl records name it
	Scope    string // whose state the rows speak of: <source>-<currency> unless named
	Currency string
	At       time.Time // when it starts: the observation time
	Partial  bool      // a window, not a whole: absence means nothing and there is no shrink guard
	Accepted bool      // a person overrides the guards
}

// Survey gathers what a crawl finds, without holding it in memory: each shard of the catalogue for itself, from several goroutines if
// need be. Judge then decides about all of it.
type Survey struct {
	ledger *Ledger
	crawl  Crawl
	last   instant // the scope's last observation when the survey began
	shards []*Shard
	// ticks has, a slot, the shard that found the one row known there, and in which of its traversals: number << 8 | traversal; 0 when
	// none did.
	ticks []atomic.Uint32
}

// Survey begins a crawl. What cannot be a crawl of this ledger is an error of kind fault.Invalid.
func (l *Ledger) Survey(c Crawl) (*Survey, error) {
	switch {
	case c.Scope == "":
		return nil, fault.New(fault.Invalid, "judge crawl: it names no scope")
	case c.Currency != l.currency:
		return nil, fault.New(fault.Invalid, "judge crawl: it is in %q, the ledger in %s", clip(c.Currency), l.currency)
	case !storable(c.At):
		return nil, fault.New(fault.Invalid, "judge crawl: it was made at %s, not within 1900 and 2261", c.At)
	}
	c.At = c.At.UTC()
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := &Survey{ledger: l, crawl: c, last: never, ticks: make([]atomic.Uint32, l.index.count)}
	s.last = l.scopes[c.Scope].last()
	return s, nil
}

// owns reports whether the crawl's scope owns a slot.
func (s *Survey) owns(n uint32) bool { return s.ledger.homeOf(n).scope == s.crawl.Scope }

// slot returns a copy of a slot.
func (s *Survey) slot(n uint32) slot {
	s.ledger.mu.RLock()
	defer s.ledger.mu.RUnlock()
	return *s.ledger.index.at(n)
}

// Shard adds a shard, which is to be named differently from others. It must be ended before the survey is judged.
func (s *Survey) Shard(name string, covers Covers, spool Spool) *Shard {
	shard := &Shard{
		survey: s, number: uint32(len(s.shards)) + 1, name: name, covers: covers, spool: spooler{to: spool},
		byDigest: map[uint64]int32{}, byRaw: map[uint64]int32{}, byBad: map[[32]byte]int32{},
	}
	s.shards = append(s.shards, shard)
	return shard
}

// Resume adds a shard as an earlier survey of the same crawl ended it, from its spool. It returns nil, and adds nothing, when the spool is not
// whole, or when the ledger has moved so that its rows say something else now: then the shard is to be read anew.
func (s *Survey) Resume(name string, covers Covers, spool Spool, from io.Reader) *Shard {
	shard := s.Shard(name, covers, spool)
	if shard.resume(from) == nil {
		return shard
	}
	for _, n := range shard.ticked {
		s.ticks[n].Store(0)
	}
	s.shards = s.shards[:len(s.shards)-1]
	return nil
}

// Current reports whether the survey is of the ledger, and the scope was not observed since it began: else it is to be begun anew.
func (s *Survey) Current(l *Ledger) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return s.ledger == l && l.scopes[s.crawl.Scope].last() == s.last
}

func (s *Shard) resume(from io.Reader) error {
	if err := s.Begin(); err != nil {
		return err
	}
	err := entries(from, func(kind entryKind, at place, contents []byte) error {
		d := decoder{rest: string(contents)}
		switch kind {
		case entryKnown:
			return s.resumeKnown(contents)
		case entryRow, entryForeign:
			v := d.sight()
			v.shard, v.foreign = s.number, kind == entryForeign
			if uint64(v.rawSize)+sightSize > uint64(at.size) {
				return errCorrupt
			}
			v.place = at
			v.lay(int(v.rawSize))
			s.resumeRow(&v)
		case entryBad:
			q := d.quarantined()
			b := badSight{whole: q.HasIdentity, digest: q.Digest, place: at, shard: s.number}
			if b.whole {
				b.key = s.survey.ledger.keyOf(q.Identity)
			}
			s.keepBad(b)
		case entryEnd:
			s.record = ShardRecord{Name: s.name, Pages: int(d.number()), Rows: int(d.number()), Traversals: int(d.number())}
			s.broken, s.complete = d.text(), d.flags()[0]
		default:
			return errCorrupt
		}
		return d.err
	})
	s.byDigest, s.byRaw, s.byBad, s.ended = nil, nil, nil, true
	s.resum()
	return err
}

// resumeRow takes a row from the spool: the later of two that say the same, which is how Shard.reword left it.
func (s *Shard) resumeRow(v *sight) {
	half := binary.BigEndian.Uint64(v.digest[:])
	if i := s.byDigest[half]; i > 0 && s.kept[i-1].key == v.key && s.kept[i-1].digest == v.digest {
		s.kept[i-1] = *v
		return
	}
	s.kept = append(s.kept, *v)
	s.byDigest[half] = int32(len(s.kept))
}

func (s *Shard) resumeKnown(contents []byte) error {
	if len(contents) != 24 {
		return errCorrupt
	}
	v := sight{key: Key(binary.BigEndian.Uint64(contents)), digest: digest(contents[8:])}
	n, known, _ := s.look(&v)
	if !known || !s.tick(n) {
		return errCorrupt
	}
	return nil
}

// sight writes what is needed of a kept row beside the row.
func (e *encoder) sight(v *sight) {
	e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(v.key))
	e.raw(v.digest[:]...)
	e.buf = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(e.buf, v.raw[0]), v.raw[1])
	e.buf = binary.BigEndian.AppendUint32(e.buf, v.rawSize)
}

// sighted writes a row with what is needed of it first and its bytes last.
func (e *encoder) sighted(v *sight, r *Row, raw []byte) {
	head := *v
	head.rawSize = uint32(len(raw))
	e.sight(&head)
	e.identity(&r.Identity)
	e.row(r)
	e.raw(raw...)
}

// sightSize is how many bytes encoder.sight writes.
const sightSize = 44

func (d *decoder) sight() (v sight) {
	b := []byte(d.take(sightSize))
	if len(b) < sightSize {
		return v
	}
	v.key, v.digest = Key(binary.BigEndian.Uint64(b)), digest(b[8:24])
	v.raw = rawSum{binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])}
	v.rawSize = binary.BigEndian.Uint32(b[40:])
	return v
}

func (l *Ledger) admits(i int, r *Row) error {
	if r.Currency != l.currency {
		return fault.New(fault.Invalid, "judge crawl: row %d is in %q, the crawl in %s", i, clip(r.Currency), l.currency)
	}
	if !storable(r.Effective.From) || (!r.Effective.To.IsZero() && !storable(r.Effective.To)) || r.Effective.Empty() {
		return fault.New(fault.Invalid, "judge crawl: row %d has a period that cannot be", i)
	}
	return nil
}

// distinct returns quarantined rows in order of their digests, those that say the same once, with the smallest of their bytes.
func distinct(in []Quarantined) []Quarantined {
	out := sortedBy(in, func(a, b *Quarantined) int {
		if c := bytes.Compare(a.Digest[:], b.Digest[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.Raw, b.Raw)
	})
	kept := out[:0]
	for i := range out {
		if i == 0 || out[i].Digest != kept[len(kept)-1].Digest {
			kept = append(kept, out[i])
		}
	}
	return kept
}

func collision(key Key, a, b Identity) error {
	return fault.New(fault.Internal, "judge crawl: two identities have the key %s: %s and %s", key, a.describe(), b.describe())
}

func digestOf(r *Row) digest { return digestOfBytes(appendRow(nil, r)) }

func digestOfBytes(b []byte) digest {
	sum := sha256.Sum256(b)
	return digest(sum[:])
}

// appendRow appends all that a row says, unambiguously.
func appendRow(b []byte, r *Row) []byte {
	b = r.appendCanonical(b)
	for _, text := range r.Attributes.list() {
		b = appendText(b, *text)
	}
	b = appendAmount(b, r.Price)
	b = binary.BigEndian.AppendUint64(b, uint64(toInstant(r.Effective.From)))
	b = binary.BigEndian.AppendUint64(b, uint64(toInstant(r.Effective.To)))
	for _, p := range r.SavingsPlans {
		b = appendAmount(appendText(b, p.Term), p.Price)
	}
	if !r.IncludedQuantity.IsZero() {
		b = appendAmount(append(b, '+'), r.IncludedQuantity) // no text begins so
	}
	return b
}

func appendAmount(b []byte, d money.Decimal) []byte {
	hi, lo := d.Unscaled()
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, uint64(hi)), lo)
}
