package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// Store is an access.Store.
type Store struct {
	mu      sync.Mutex
	tokens  []access.Token // in the order in which they were created
	version uint64
}

var _ access.Store = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store { return &Store{} }

// Create implements access.Store.
func (s *Store) Create(_ context.Context, t access.Token) (access.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !access.ValidTokenID(t.ID) {
		return access.Token{}, fault.New(fault.Invalid, "%q cannot be the id of a token", t.ID)
	}
	if s.find(t.ID) >= 0 {
		return access.Token{}, fault.New(fault.Conflict, "token %s is there already", t.ID)
	}
	s.version++
	t.Version, t.UsedAt = s.version, time.Time{}
	s.tokens = append(s.tokens, clone(t))
	return t, nil
}

// Get implements access.Store.
func (s *Store) Get(_ context.Context, id string) (access.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(id)
	if at < 0 {
		return access.Token{}, fault.New(fault.NotFound, "there is no token %s", id)
	}
	return clone(s.tokens[at]), nil
}

// Update implements access.Store.
func (s *Store) Update(_ context.Context, t access.Token) (access.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(t.ID)
	switch {
	case at < 0:
		return access.Token{}, fault.New(fault.NotFound, "there is no token %s", t.ID)
	case s.tokens[at].Version != t.Version:
		return access.Token{}, fault.New(fault.Conflict, "token %s has been changed by somebody else", t.ID)
	}
	s.version++
	t.Version, t.UsedAt = s.version, s.tokens[at].UsedAt
	s.tokens[at] = clone(t)
	return t, nil
}

// List implements access.Store.
func (s *Store) List(context.Context) ([]access.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]access.Token, len(s.tokens))
	for i, t := range s.tokens {
		all[i] = clone(t)
	}
	return all, nil
}

// Used implements access.Store.
func (s *Store) Used(_ context.Context, id string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(id)
	if i < 0 {
		return fault.New(fault.NotFound, "there is no token %s", id)
	}
	if at = at.UTC().Truncate(time.Second); at.After(s.tokens[i].UsedAt) {
		s.tokens[i].UsedAt = at
	}
	return nil
}

func (s *Store) find(id string) int {
	return slices.IndexFunc(s.tokens, func(t access.Token) bool { return t.ID == id })
}

// clone copies what the token shares with others.
func clone(t access.Token) access.Token {
	t.Roles = slices.Clone(t.Roles)
	return t
}
