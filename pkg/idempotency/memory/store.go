// Package memory keeps claims in memory, for tests. What it stores ends with the process.
package memory

import (
	"context"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/idempotency"
)

// Store is an idempotency.Store. Its zero value is empty.
type Store struct {
	mu      sync.Mutex
	records map[string]record
	last    uint64
}

type record struct {
	data    []byte
	version uint64
}

var _ idempotency.Store = (*Store)(nil)

// Begin implements idempotency.Store.
func (s *Store) Begin(_ context.Context, c idempotency.Claim) (idempotency.Claim, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if has, ok := s.records[c.Key]; ok {
		there, err := idempotency.Decode(c.Key, has.version, has.data)
		return there, false, err
	}
	c, err := s.put(c)
	return c, err == nil, err
}

// Update implements idempotency.Store.
func (s *Store) Update(_ context.Context, c idempotency.Claim) (idempotency.Claim, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records[c.Key].version != c.Version || c.Version == 0 {
		return c, fault.New(fault.Conflict, "the claim has been changed by somebody else")
	}
	return s.put(c)
}

// Forget implements idempotency.Store.
func (s *Store) Forget(_ context.Context, c idempotency.Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	has, ok := s.records[c.Key]
	if ok && has.version != c.Version {
		return fault.New(fault.Conflict, "the claim has been changed by somebody else")
	}
	delete(s.records, c.Key)
	return nil
}

func (s *Store) put(c idempotency.Claim) (idempotency.Claim, error) {
	data, err := idempotency.Encode(c)
	if err != nil {
		return c, err
	}
	if s.records == nil {
		s.records = map[string]record{}
	}
	s.last++
	c.Version = s.last
	s.records[c.Key] = record{data, s.last}
	return c, nil
}
