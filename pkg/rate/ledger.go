package rate

import (
	"encoding/hex"
	"slices"
	"sort"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Ledger is all that the watcher of one currency knows: the state of every identity, and the observations each scope made. It is kept
// small for millions of identities: about 160 bytes each beside their texts, without pointers.
//
// A Ledger may be asked and may Judge from several goroutines at once, but not while Apply, a replay or Save runs.
type Ledger struct {
	version uint64 // counts modifications, so that an outcome is applied to the state it was judged on
	store   store
	scopes  map[string]*scope
	keyOf   func(Identity) Key // Identity.Key
}

// scope is what a ledger knows of the observations of one scope.
type scope struct {
	name  string
	pasts []past // in order of time
}

// past is an observation that was made.
type past struct {
	at         instant
	content    [32]byte
	identities int
	whole      bool // complete and not partial: a base for the shrink guard
	accepted   bool // by a person
}

// NewLedger returns the ledger of a currency of which nothing is known yet. An unknown currency is an error of kind fault.Invalid.
func NewLedger(currency string) (*Ledger, error) {
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open ledger: %w", err)
	}
	return &Ledger{store: newStore(string(c)), scopes: map[string]*scope{}, keyOf: Identity.Key}, nil
}

// Currency returns the ledger's currency.
func (l *Ledger) Currency() string { return l.store.currency }

// Len returns how many identities are known, retired ones included.
func (l *Ledger) Len() int { return len(l.store.index) }

// Scopes returns the names of the scopes that made an observation, in order.
func (l *Ledger) Scopes() []string {
	names := make([]string, 0, len(l.scopes))
	for name := range l.scopes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Last returns the time of the scope's last observation, and false when it made none. Refused crawls are no observations.
func (l *Ledger) Last(scope string) (time.Time, bool) {
	s := l.scopes[scope]
	if s == nil {
		return time.Time{}, false
	}
	return s.last().time(), true
}

// Known returns the state of an identity, and false when it was never seen.
func (l *Ledger) Known(key Key) (Known, bool) {
	n, ok := l.store.index[key]
	if !ok {
		return Known{}, false
	}
	return l.store.unpack(n), true
}

// Apply takes over what was judged, once it is published. An outcome that was refused or repeated changes nothing. An outcome that was
// judged on another state than the present one is an error of kind fault.Conflict and changes nothing: judge again.
func (l *Ledger) Apply(o Outcome) error {
	if o.next == nil {
		return nil
	}
	if o.next.ledger != l || o.next.version != l.version {
		return fault.New(fault.Conflict, "apply crawl %s: the ledger has moved since it was judged", o.Record.ID)
	}
	for i := range o.next.known {
		l.store.put(&o.next.known[i])
	}
	l.remember(o.Record.Scope, o.next.past)
	return nil
}

func (l *Ledger) remember(name string, p past) {
	s := l.scopes[name]
	if s == nil {
		s = &scope{name: name}
		l.scopes[name] = s
	}
	s.pasts = append(s.pasts, p)
	l.version++
}

func (s *scope) last() instant { return s.pasts[len(s.pasts)-1].at }

// made returns the observation of the given time, nil when there is none.
func (s *scope) made(at instant) *past {
	if s == nil {
		return nil
	}
	i := s.from(at)
	if i == len(s.pasts) || s.pasts[i].at != at {
		return nil
	}
	return &s.pasts[i]
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
