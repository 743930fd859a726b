package watchlist

import (
	"context"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Store keeps watchlists by name. Any number of processes may use one.
type Store interface {
	// Put stores a list over the version it has and returns it with the new one; version 0 means that there must be none. A conflict fault
	// means that there is another version, a notFound fault that there is none any more. It may be repeated.
	Put(ctx context.Context, w Watchlist) (Watchlist, error)
	// Get returns a list; a notFound fault when there is none.
	Get(ctx context.Context, name string) (Watchlist, error)
	// List returns all lists in order of their names.
	List(ctx context.Context) ([]Watchlist, error)
	// Delete removes a list of a version; a conflict fault when it has another, a notFound fault when there is none.
	Delete(ctx context.Context, name string, version uint64) error
}

// Freshness is how old an answer of a Shelf may be.
const Freshness = 5 * time.Second

// Shelf hands out matchers of stored lists to many askers, and looks again whether a list has changed when what it knows is older than
// Freshness. While the store cannot be reached it answers with what it knows.
type Shelf struct {
	store Store
	now   func() time.Time
	mu    sync.Mutex
	known map[string]*shelved
}

type shelved struct {
	mu      sync.Mutex
	list    Watchlist
	matcher *Matcher
	looked  time.Time
}

// NewShelf makes a shelf over a store; now is a clock for the age of answers, and may be any that goes forward.
func NewShelf(store Store, now func() time.Time) *Shelf {
	return &Shelf{store: store, now: now, known: map[string]*shelved{}}
}

// Matcher returns what is on a list now, at most Freshness ago; a notFound fault when there is no such list.
func (s *Shelf) Matcher(ctx context.Context, name string) (*Matcher, error) {
	s.mu.Lock()
	k := s.known[name]
	if k == nil {
		if len(s.known) >= MaxLists { // of lists that are gone
			clear(s.known)
		}
		k = &shelved{}
		s.known[name] = k
	}
	s.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.now()
	if k.matcher != nil && now.Sub(k.looked) < Freshness {
		return k.matcher, nil
	}
	list, err := s.store.Get(ctx, name)
	switch {
	case err == nil:
		if k.matcher == nil || list.Version != k.list.Version {
			k.list, k.matcher = list, list.Matcher()
		}
		k.looked = now
		return k.matcher, nil
	case k.matcher != nil && !fault.Is(err, fault.NotFound) && ctx.Err() == nil:
		return k.matcher, nil
	}
	k.matcher = nil
	s.forget(name, k)
	return nil, err
}

func (s *Shelf) forget(name string, k *shelved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[name] == k {
		delete(s.known, name)
	}
}
