// Package memory keeps webhooks in memory, for tests. What it stores ends with the process.
package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// Store is a webhook.Store.
type Store struct {
	mu        sync.Mutex
	endpoints map[string]webhook.Endpoint
	progress  map[string]webhook.Progress
	version   uint64
	watchers  []chan struct{}
}

var _ webhook.Store = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{endpoints: map[string]webhook.Endpoint{}, progress: map[string]webhook.Progress{}}
}

// check compares versions as the promises have it.
func check(there bool, has, wanted uint64, what, name string) error {
	switch {
	case !there && wanted != 0:
		return fault.New(fault.NotFound, "there is no %s %s", what, name)
	case there && has != wanted:
		return fault.New(fault.Conflict, "%s %s has been changed by somebody else", what, name)
	}
	return nil
}

// Put implements webhook.Store.
func (s *Store) Put(_ context.Context, e webhook.Endpoint) (webhook.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	has, there := s.endpoints[e.Name]
	if err := check(there, has.Version, e.Version, "webhook", e.Name); err != nil {
		return webhook.Endpoint{}, err
	}
	s.version++
	e.Version = s.version
	s.endpoints[e.Name] = cloneEndpoint(e)
	s.tell()
	return e, nil
}

func (s *Store) tell() {
	for _, w := range s.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Get implements webhook.Store.
func (s *Store) Get(_ context.Context, name string) (webhook.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, there := s.endpoints[name]
	if !there {
		return e, fault.New(fault.NotFound, "there is no webhook %s", name)
	}
	return cloneEndpoint(e), nil
}

// List implements webhook.Store.
func (s *Store) List(context.Context) ([]webhook.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []webhook.Endpoint
	for _, e := range s.endpoints {
		all = append(all, cloneEndpoint(e))
	}
	slices.SortFunc(all, func(a, b webhook.Endpoint) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Delete implements webhook.Store.
func (s *Store) Delete(_ context.Context, name string, version uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	has, there := s.endpoints[name]
	if !there {
		return fault.New(fault.NotFound, "there is no webhook %s", name)
	}
	if err := check(there, has.Version, version, "webhook", name); err != nil {
		return err
	}
	delete(s.endpoints, name)
	delete(s.progress, name)
	s.tell()
	return nil
}

// Watch implements webhook.Store.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	s.mu.Lock()
	s.watchers = append(s.watchers, changed)
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = slices.DeleteFunc(s.watchers, func(w chan struct{}) bool { return w == changed })
		close(changed)
	})
	return changed, nil
}

// PutProgress implements webhook.Store.
func (s *Store) PutProgress(_ context.Context, p webhook.Progress) (webhook.Progress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	has, there := s.progress[p.Name]
	if err := check(there, has.Version, p.Version, "progress of webhook", p.Name); err != nil {
		return webhook.Progress{}, err
	}
	s.version++
	p.Version = s.version
	s.progress[p.Name] = cloneProgress(p)
	return p, nil
}

// Progress implements webhook.Store.
func (s *Store) Progress(_ context.Context, name string) (webhook.Progress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, there := s.progress[name]
	if !there {
		return p, fault.New(fault.NotFound, "there is no progress of webhook %s", name)
	}
	return cloneProgress(p), nil
}

func cloneEndpoint(e webhook.Endpoint) webhook.Endpoint {
	e.Secrets, e.Requests = slices.Clone(e.Secrets), slices.Clone(e.Requests)
	e.Filter.Subjects, e.Filter.Types = slices.Clone(e.Filter.Subjects), slices.Clone(e.Filter.Types)
	return e
}

func cloneProgress(p webhook.Progress) webhook.Progress {
	p.Held, p.Log = slices.Clone(p.Held), slices.Clone(p.Log)
	return p
}
