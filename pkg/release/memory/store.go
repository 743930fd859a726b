package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

// Store is a release.Store.
type Store struct {
	mu       sync.Mutex
	records  map[string]release.Release
	version  uint64
	watchers map[chan struct{}]bool
}

var _ release.Store = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{records: map[string]release.Release{}, watchers: map[chan struct{}]bool{}}
}

// Create implements release.Store.
func (s *Store) Create(_ context.Context, r release.Release) (release.Release, error) {
	if _, _, err := release.ParseID(r.ID); err != nil {
		return release.Release{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.records[r.ID]; taken {
		return release.Release{}, fault.New(fault.Conflict, "release %s is there already", r.ID)
	}
	return s.put(r), nil
}

// Update implements release.Store.
func (s *Store) Update(_ context.Context, r release.Release) (release.Release, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored, found := s.records[r.ID]
	if !found {
		return release.Release{}, fault.New(fault.NotFound, "there is no release %s", r.ID)
	}
	if stored.Version != r.Version {
		return release.Release{}, fault.New(fault.Conflict, "release %s has been changed by somebody else", r.ID)
	}
	return s.put(r), nil
}

func (s *Store) put(r release.Release) release.Release {
	s.version++
	r.Version = s.version
	s.records[r.ID] = clone(r)
	for w := range s.watchers {
		select {
		case w <- struct{}{}:
		default: // one that was not taken yet stands for this one too
		}
	}
	return r
}

// Get implements release.Store.
func (s *Store) Get(_ context.Context, id string) (release.Release, error) {
	if _, _, err := release.ParseID(id); err != nil {
		return release.Release{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.records[id]
	if !found {
		return release.Release{}, fault.New(fault.NotFound, "there is no release %s", id)
	}
	return clone(r), nil
}

// List implements release.Store.
func (s *Store) List(_ context.Context, f release.Filter) ([]release.Release, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []release.Release
	for _, r := range s.records {
		if f.Matches(r) {
			found = append(found, clone(r))
		}
	}
	slices.SortFunc(found, func(a, b release.Release) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// Watch implements release.Store.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	w := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = true
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
		close(w)
	})
	return w, nil
}

// clone copies what the record shares with others.
func clone(r release.Release) release.Release {
	r.Log, r.Problems, r.Acknowledged = slices.Clone(r.Log), slices.Clone(r.Problems), slices.Clone(r.Acknowledged)
	r.Withdrawals = slices.Clone(r.Withdrawals)
	return r
}
