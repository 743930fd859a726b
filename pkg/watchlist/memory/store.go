// Package memory keeps watchlists in memory, for tests. What it stores ends with the process.
package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// Store is a watchlist.Store.
type Store struct {
	mu      sync.Mutex
	lists   map[string]watchlist.Watchlist
	version uint64
}

var _ watchlist.Store = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store { return &Store{lists: map[string]watchlist.Watchlist{}} }

// Put implements watchlist.Store.
func (s *Store) Put(_ context.Context, w watchlist.Watchlist) (watchlist.Watchlist, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch has, there := s.lists[w.Name]; {
	case !there && w.Version != 0:
		return watchlist.Watchlist{}, missing(w.Name)
	case there && has.Version != w.Version:
		return watchlist.Watchlist{}, fault.New(fault.Conflict, "watchlist %s has been changed by somebody else", w.Name)
	}
	s.version++
	w.Version = s.version
	s.lists[w.Name] = clone(w)
	return w, nil
}

// Get implements watchlist.Store.
func (s *Store) Get(_ context.Context, name string) (watchlist.Watchlist, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, there := s.lists[name]
	if !there {
		return watchlist.Watchlist{}, missing(name)
	}
	return clone(w), nil
}

// List implements watchlist.Store.
func (s *Store) List(context.Context) ([]watchlist.Watchlist, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []watchlist.Watchlist
	for _, w := range s.lists {
		all = append(all, clone(w))
	}
	slices.SortFunc(all, func(a, b watchlist.Watchlist) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Delete implements watchlist.Store.
func (s *Store) Delete(_ context.Context, name string, version uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch has, there := s.lists[name]; {
	case !there:
		return missing(name)
	case has.Version != version:
		return fault.New(fault.Conflict, "watchlist %s has been changed by somebody else", name)
	}
	delete(s.lists, name)
	return nil
}

func missing(name string) error { return fault.New(fault.NotFound, "there is no watchlist %s", name) }

func clone(w watchlist.Watchlist) watchlist.Watchlist {
	w.Lines, w.Meters = slices.Clone(w.Lines), slices.Clone(w.Meters)
	return w
}
