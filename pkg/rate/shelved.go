package rate

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// What a ledger's keys in its file begin with.
const (
	headKey       = "h" // the currency
	namePrefix    = "n" // number -> text
	scopePrefix   = "s" // scope, NUL, observation -> nothing
	statePrefix   = "k" // key -> state
	absencePrefix = "a" // key -> absence
	sumPrefix     = "c" // scope, NUL, shard -> sum over its content
	begunPrefix   = "b" // scope -> time of the crawl of which some parts were taken

	// NotePrefix begins the keys of what the ledger's owner keeps in its file.
	NotePrefix = "x"
)

func keyed(prefix string, key Key) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefix), uint64(key))
}

// load takes over an entry of the file.
func (l *Ledger) load(key, value []byte, at spot) error {
	if len(key) == 0 {
		return damaged("a key")
	}
	switch string(key[:1]) {
	case namePrefix:
		return l.loadName(key, value)
	case scopePrefix:
		return l.loadPast(key)
	case statePrefix:
		return l.loadState(key, value, at)
	case absencePrefix:
		return l.loadAbsence(key, value)
	case sumPrefix:
		if len(value) != 16 {
			return damaged("sums")
		}
		l.sums[string(key[len(sumPrefix):])] = setSum{binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])}
		return nil
	case begunPrefix:
		return l.loadBegun(key, value)
	case headKey, NotePrefix:
		l.note(string(key), value)
		return nil
	}
	return damaged("a key")
}

func (l *Ledger) loadName(key, value []byte) error {
	n := &l.names
	if len(key) != len(namePrefix)+4 || binary.BigEndian.Uint32(key[len(namePrefix):]) != uint32(len(n.texts)) {
		return damaged("names")
	}
	n.id(string(value))
	if n.fresh++; len(n.texts) != n.fresh {
		return damaged("names")
	}
	return nil
}

func encodePast(name string, p past) []byte {
	e := encoder{buf: append([]byte(scopePrefix+name), 0)}
	e.instant(p.at)
	e.raw(p.content[:]...)
	e.number(uint64(p.identities))
	e.flags(p.whole, p.accepted)
	return e.buf
}

func (l *Ledger) loadPast(key []byte) error {
	name, rest, ok := bytes.Cut(key[len(scopePrefix):], []byte{0})
	d := decoder{rest: string(rest)}
	p := past{at: d.instant()}
	copy(p.content[:], d.take(uint64(len(p.content))))
	p.identities = int(d.number())
	f := d.flags()
	p.whole, p.accepted = f[0], f[1]
	if d.whole() != nil || !ok || p.at == never {
		return damaged("observations")
	}
	s := l.scope(string(name))
	if s.last() > p.at {
		return damaged("observations")
	}
	s.pasts = append(s.pasts, p)
	return nil
}

func (l *Ledger) loadBegun(key, value []byte) error {
	s := l.scope(string(key[len(begunPrefix):]))
	if s.begun = never; value == nil {
		return nil
	}
	d := decoder{rest: string(value)}
	s.begun = d.instant()
	if d.whole() != nil {
		return damaged("crawls that were begun")
	}
	return nil
}

// encodeState writes a state with what the index has of it first, which has a length of its own: that part alone is read when the ledger is
// opened.
func (l *Ledger) encodeState(n uint32, k *Known, raw rawSum) []byte {
	s := l.index.at(n)
	home := l.index.homes.all[s.home]
	until, retired := l.index.retired[n]
	e := encoder{buf: make([]byte, 0, 256), names: &l.names}
	e.flags(s.simple, retired)
	for _, name := range [...]string{home.scope, home.group.family, home.group.region} {
		e.common(name)
	}
	if s.simple {
		e.raw(s.digest[:]...)
		e.buf = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(e.buf, raw[0]), raw[1])
	}
	if retired {
		e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(until))
	}
	e.known(k)
	return e.buf
}

// slotHead is what a state begins with.
type slotHead struct {
	simple  bool
	digest  digest
	home    [3]uint32 // names of scope, family and region
	raw     rawSum
	retired bool
	until   instant
	length  int
}

// readHead reads what a state begins with, without making texts of it: there may be millions.
func (l *Ledger) readHead(b []byte) (h slotHead, ok bool) {
	whole := len(b)
	if whole == 0 {
		return h, false
	}
	h.simple, h.retired = b[0]&1 != 0, b[0]&2 != 0
	b = b[1:]
	for i := range h.home {
		v, n := binary.Uvarint(b)
		if n <= 0 || v >= uint64(len(l.names.texts)) {
			return h, false
		}
		h.home[i], b = uint32(v), b[n:]
	}
	if h.simple {
		if len(b) < len(h.digest)+16 {
			return h, false
		}
		h.digest = digest(b)
		h.raw = rawSum{binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:])}
		b = b[32:]
	}
	if h.retired {
		if len(b) < 8 {
			return h, false
		}
		h.until = instant(binary.BigEndian.Uint64(b))
		b = b[8:]
	}
	h.length = whole - len(b)
	return h, true
}

func (l *Ledger) loadState(key, value []byte, at spot) error {
	k, ok := keyIn(statePrefix, key)
	if !ok {
		return damaged("states")
	}
	h, ok := l.readHead(value)
	if !ok {
		return damaged("states")
	}
	var n uint32
	known := false
	if !l.index.behind(k) {
		n, known = l.index.find(k)
	}
	if !known {
		n = l.index.add(k)
	}
	s := l.index.at(n)
	l.live += int64(len(value) - s.state.size())
	s.digest, s.simple, s.state, s.home = h.digest, h.simple, at, l.homeNamed(h.home)
	l.index.setRaw(n, h.raw)
	delete(l.index.retired, n)
	if h.retired {
		l.index.retired[n] = h.until
	}
	return nil
}

// homeNamed returns the number of a home by the numbers of its names.
func (l *Ledger) homeNamed(names [3]uint32) uint32 {
	id, ok := l.named[names]
	if !ok {
		t := l.names.texts
		id = l.index.homes.id(home{t[names[0]], group{t[names[1]], t[names[2]]}})
		l.named[names] = id
	}
	return id
}

func (l *Ledger) decodeState(key Key, value []byte) (Known, error) {
	h, ok := l.readHead(value)
	d := decoder{rest: string(value[h.length:]), names: &l.names}
	k := d.known(key)
	if ok {
		k.group = group{l.names.texts[h.home[1]], l.names.texts[h.home[2]]}
	}
	if err := d.whole(); err != nil || !ok {
		return Known{}, fault.New(fault.Internal, "read state of %s: %w", key, errCorrupt).WithHint("remove the state of %s: it is replayed from the stream", strings.ToLower(l.currency))
	}
	return k, nil
}

func keyIn(prefix string, key []byte) (Key, bool) {
	if len(key) != len(prefix)+8 {
		return 0, false
	}
	return Key(binary.BigEndian.Uint64(key[len(prefix):])), true
}

func (s setSum) put(b *batch, key string) {
	b.put([]byte(sumPrefix+key), binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, s[0]), s[1]))
}

func encodeAbsence(a absence) []byte {
	var e encoder
	e.number(uint64(a.count))
	e.instant(a.since)
	e.instant(a.last)
	return e.buf
}

func (l *Ledger) loadAbsence(key, value []byte) error {
	k, ok := keyIn(absencePrefix, key)
	n, known := l.index.find(k)
	if !ok || !known {
		return damaged("absences")
	}
	if value == nil {
		delete(l.index.absent, n)
		return nil
	}
	d := decoder{rest: string(value)}
	a := absence{count: int(d.number()), since: d.instant(), last: d.instant()}
	if d.whole() != nil || a.count < 1 {
		return damaged("absences")
	}
	l.index.absent[n] = a
	return nil
}

// Garbage reports whether so much of the file has been replaced that it is worth while to rewrite it.
func (l *Ledger) Garbage() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	const floor = 64 << 20
	return l.shelf.size > floor && l.shelf.size > 3*l.live
}

// Rewrite writes all that is not replaced to another file, in order of keys, and goes on with that one. swap is called when all of it is
// durable: it puts the new file in the place of the old one. After an error the ledger goes on with the old file.
func (l *Ledger) Rewrite(to File, swap func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index.settle()
	moved := make([]spot, l.index.count)
	next, err := openShelf(to, func(_, _ []byte, _ spot) error { return damaged("a file that should be empty") })
	if err != nil {
		return err
	}
	if err := l.copyTo(next, moved); err != nil {
		return err
	}
	if err := swap(); err != nil {
		return err
	}
	l.shelf = next
	for n, at := range moved {
		l.index.at(uint32(n)).state = at
	}
	return nil
}

// rewriteChunk is about how many bytes a batch has when a file is rewritten.
const rewriteChunk = 1 << 20

func (l *Ledger) copyTo(next *shelf, moved []spot) error {
	placed := func(n uint32, at spot) { moved[n] = at }
	b := newBatch()
	fresh := l.names.fresh
	l.names.fresh = 0
	l.putNames(b)
	l.names.fresh = max(fresh, l.names.fresh)
	for name, s := range l.scopes {
		if s.begun != never {
			var e encoder
			e.instant(s.begun)
			b.put([]byte(begunPrefix+name), e.buf)
		}
		for _, p := range s.pasts {
			b.put(encodePast(name, p), []byte{})
		}
	}
	for key, sum := range l.sums {
		sum.put(b, key)
	}
	for key, value := range l.notes {
		b.put([]byte(key), value)
	}
	for _, n := range l.index.sorted {
		s := l.index.at(n)
		value, err := l.shelf.read(s.state)
		if err != nil {
			return err
		}
		b.putState(n, s.key, value)
		if a, absent := l.index.absent[n]; absent {
			b.put(keyed(absencePrefix, s.key), encodeAbsence(a))
		}
		if len(b.buf) >= rewriteChunk {
			if err := next.write(b, false, placed); err != nil {
				return err
			}
			b = newBatch()
		}
	}
	return next.write(b, true, placed)
}
