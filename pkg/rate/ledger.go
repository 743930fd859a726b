package rate

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Ledger is all that the watcher of one currency knows: the state of every identity, and the observations each scope made. States lie in a
// file; in memory is an index of about 80 bytes an identity. All its methods may be called from several goroutines.
type Ledger struct {
	mu       sync.RWMutex
	currency string
	shelf    *shelf
	live     int64  // bytes of the shelf that are not replaced, about
	broken   error  // why nothing may be written any more
	version  uint64 // counts modifications, so that an outcome is applied to the state it was judged on
	index    index
	names    names
	named    map[[3]uint32]uint32 // homes by the numbers of their names
	scopes   map[string]*scope
	sums     map[string]setSum  // what was taken last of each shard, by scope, NUL, shard
	notes    map[string][]byte  // what the owner keeps here, by key
	keyOf    func(Identity) Key // Identity.Key
}

// scope is what a ledger knows of the observations of one scope.
type scope struct {
	pasts []past  // in order of time
	begun instant // of the crawl of which some parts were taken and not yet the last; never when there is none
}

// past is an observation that was made.
type past struct {
	at         instant
	content    [32]byte
	identities int
	whole      bool // complete and not partial: a base for the shrink guard
	accepted   bool // by a person
}

// NewLedger returns the ledger of a currency of which nothing is known yet, and that forgets when it goes. An unknown currency is an error
// of kind fault.Invalid.
func NewLedger(currency string) (*Ledger, error) { return Open(currency, &MemoryFile{}) }

// Open returns the ledger that lies in a file; an empty file holds one that knows nothing. A file that is damaged or was cut off holds what
// the ledger knew before the damage: what came later is to be replayed. An unknown currency is an error of kind fault.Invalid, and so is
// a file of another version or another currency, or none of a ledger: it is to be emptied, and all replayed.
func Open(currency string, file File) (*Ledger, error) {
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open ledger: %w", err)
	}
	l := &Ledger{currency: string(c), index: newIndex(), named: map[[3]uint32]uint32{}, scopes: map[string]*scope{}, sums: map[string]setSum{}, notes: map[string][]byte{}, keyOf: Identity.Key}
	if l.shelf, err = openShelf(file, l.load); err != nil {
		return nil, fmt.Errorf("open ledger of %s: %w", currency, err)
	}
	l.index.settle()
	if head := l.notes[headKey]; head == nil {
		err = l.flush(newBatch(), []Entry{{headKey, []byte(l.currency)}}, false)
	} else if string(head) != l.currency {
		err = fault.New(fault.Invalid, "it holds the state of %q", clip(string(head)))
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger of %s: %w", currency, err)
	}
	return l, nil
}

// Currency returns the ledger's currency.
func (l *Ledger) Currency() string { return l.currency }

// Len returns how many identities are known, retired ones included.
func (l *Ledger) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return int(l.index.count)
}

// Scopes returns the names of the scopes that made an observation, in order.
func (l *Ledger) Scopes() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	names := make([]string, 0, len(l.scopes))
	for name, s := range l.scopes {
		if len(s.pasts) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Last returns the time of the scope's last observation, and false when it made none. Refused crawls are no observations.
func (l *Ledger) Last(scope string) (time.Time, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	at := l.scopes[scope].last()
	return at.time(), at != never
}

// Begun returns the time of the scope's crawl of which some parts were taken and not yet the last, and false when there is none.
func (l *Ledger) Begun(scope string) (time.Time, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := l.scopes[scope]
	if s == nil || s.begun == never {
		return time.Time{}, false
	}
	return s.begun.time(), true
}

// Known returns the state of an identity, and false when it was never seen.
func (l *Ledger) Known(key Key) (Known, bool, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.known(key)
}

func (l *Ledger) known(key Key) (Known, bool, error) {
	n, ok := l.index.find(key)
	if !ok {
		return Known{}, false, nil
	}
	var k Known
	err := l.states([]uint32{n}, func(_ int, state Known) error {
		k = state
		return nil
	})
	return k, err == nil, err
}

// states hands over the states in slots.
func (l *Ledger) states(slots []uint32, each func(i int, k Known) error) error {
	w := valueReader{shelf: l.shelf}
	for i, n := range slots {
		s := l.index.at(n)
		value, err := w.read(s.state)
		if err != nil {
			return err
		}
		k, err := l.decodeState(s.key, value)
		if err != nil {
			return err
		}
		if a, ok := l.index.absent[n]; ok {
			k.Absences, k.AbsentSince, k.absentLast = a.count, a.since.time(), a.last.time()
		}
		if err := each(i, k); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) homeOf(n uint32) home { return l.index.homes.all[l.index.at(n).home] }

// put takes over a state that is known or new, with the sum of the bytes of its row and its digest, both zero where they are not known.
func (l *Ledger) put(b *batch, k *Known, raw rawSum, d digest) {
	n, known := l.index.find(k.Key)
	if !known {
		n = l.index.add(k.Key)
	}
	l.replace(b, n, k, raw, d)
}

// replace takes over the state of a slot.
func (l *Ledger) replace(b *batch, n uint32, k *Known, raw rawSum, d digest) {
	s := l.index.at(n)
	s.home, s.simple, s.digest = l.index.homes.id(home{k.Scope, k.group}), k.settled(), digest{}
	if s.simple {
		if s.digest = d; d == (digest{}) {
			s.digest = digestOf(k.Row)
		}
	}
	l.index.setRaw(n, raw)
	delete(l.index.retired, n)
	if k.Retired {
		l.index.retired[n] = believedUntil(k.Belief)
	}
	value := l.encodeState(n, k, raw)
	l.live += int64(len(value) - s.state.size())
	b.putState(n, k.Key, value)
	l.putAbsence(b, n, absence{k.Absences, toInstant(k.AbsentSince), toInstant(k.absentLast)})
}

// believedUntil returns when a belief ends, late for an open one and never for none.
func believedUntil(belief []Span) instant {
	switch n := len(belief); {
	case n == 0:
		return never
	case belief[n-1].To.IsZero():
		return math.MaxInt64
	default:
		return toInstant(belief[n-1].To)
	}
}

// putAbsence takes over how an identity is missing, or that it is not.
func (l *Ledger) putAbsence(b *batch, n uint32, a absence) {
	key := keyed(absencePrefix, l.index.at(n).key)
	if a.count > 0 {
		l.index.absent[n] = a
		b.put(key, encodeAbsence(a))
	} else if _, was := l.index.absent[n]; was {
		delete(l.index.absent, n)
		b.put(key, nil)
	}
}

// remember takes over that a scope made an observation.
func (l *Ledger) remember(b *batch, name string, p past) {
	s := l.scope(name)
	if s.begun != never {
		s.begun = never
		b.put([]byte(begunPrefix+name), nil)
	}
	if len(s.pasts) > 0 && s.last() == p.at {
		p.whole = false // shards of the crawl before it, which were accepted later: they are no measure of the next
	}
	s.pasts = append(s.pasts, p)
	l.version++
	b.put(encodePast(name, p), []byte{})
}

// begin takes over that some parts of a crawl were taken.
func (l *Ledger) begin(b *batch, name string, at instant) {
	s := l.scope(name)
	if s.begun == at {
		return
	}
	s.begun = at
	var e encoder
	e.instant(at)
	b.put([]byte(begunPrefix+name), e.buf)
}

// scope returns what is known of a scope, for being added to.
func (l *Ledger) scope(name string) *scope {
	s := l.scopes[name]
	if s == nil {
		s = &scope{begun: never}
		l.scopes[name] = s
	}
	return s
}

// last returns the time of the scope's last observation, never when it made none.
func (s *scope) last() instant {
	if s == nil || len(s.pasts) == 0 {
		return never
	}
	return s.pasts[len(s.pasts)-1].at
}

// made returns the observation of the given time and content, nil when there is none.
func (s *scope) made(at instant, content [32]byte) *past {
	if s == nil {
		return nil
	}
	for i := s.from(at); i < len(s.pasts) && s.pasts[i].at == at; i++ {
		if s.pasts[i].content == content {
			return &s.pasts[i]
		}
	}
	return nil
}

// base returns the last whole observation before the given time, nil when there is none.
func (s *scope) base(at instant) *past {
	if s == nil {
		return nil
	}
	for i := s.from(at) - 1; i >= 0; i-- {
		if s.pasts[i].whole {
			return &s.pasts[i]
		}
	}
	return nil
}

// from returns the index of the first observation at or after the given time.
func (s *scope) from(at instant) int {
	return sort.Search(len(s.pasts), func(i int) bool { return s.pasts[i].at >= at })
}

// contentOf reads the content hash of a record.
func contentOf(r *Record) (sum [32]byte, err error) {
	b, err := hex.DecodeString(r.Content)
	if err != nil || len(b) != len(sum) {
		return sum, fault.New(fault.Invalid, "read record of crawl %s: content %q is not a SHA-256", r.ID, clip(r.Content))
	}
	return [32]byte(b), nil
}

// flush writes a batch with other entries. Names come first, because states refer to them.
func (l *Ledger) flush(b *batch, notes []Entry, durable bool) error {
	if l.broken != nil {
		return fmt.Errorf("an earlier write failed: %w", l.broken)
	}
	if l.names.fresh < len(l.names.texts) {
		first := newBatch()
		l.putNames(first)
		if l.broken = l.shelf.write(first, false, l.placed); l.broken != nil {
			return l.broken
		}
	}
	b.entries(notes)
	if l.broken = l.shelf.write(b, durable, l.placed); l.broken != nil {
		return l.broken
	}
	for _, e := range notes {
		l.note(e.Key, e.Value)
	}
	return nil
}

func (l *Ledger) placed(n uint32, at spot) { l.index.at(n).state = at }

func (l *Ledger) putNames(b *batch) {
	for ; l.names.fresh < len(l.names.texts); l.names.fresh++ {
		b.put(binary.BigEndian.AppendUint32([]byte(namePrefix), uint32(l.names.fresh)), []byte(l.names.texts[l.names.fresh]))
	}
}

// note takes over what the owner keeps.
func (l *Ledger) note(key string, value []byte) {
	if value == nil {
		delete(l.notes, key)
		return
	}
	l.notes[key] = bytes.Clone(value)
}

// Err returns why nothing may be written any more, nil while all is well: the ledger is to be opened anew then.
func (l *Ledger) Err() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.broken
}

// Note returns what the ledger's owner keeps in it under a key, nil when there is nothing. Keys begin with NotePrefix.
func (l *Ledger) Note(key string) []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.notes[key]
}

// Notes returns the keys that begin with the prefix, in order.
func (l *Ledger) Notes(prefix string) []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var keys []string
	for key := range l.notes {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Keep writes notes; durable ones survive any crash, and so does all that was written before them.
func (l *Ledger) Keep(durable bool, notes ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flush(newBatch(), notes, durable)
}
