package releasetest

import (
	"context"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

// Fate is what becomes of one call of a store.
type Fate int

// The fates. A call that fails after has been carried out all the same.
const (
	Works Fate = iota
	FailsBefore
	FailsAfter
)

// Flaky is a store whose calls fail as its caller decides.
type Flaky struct {
	next   release.Store
	decide func(call string) Fate
}

var _ release.Store = (*Flaky)(nil)

// NewFlaky wraps a store. Decide is asked before every call, by its name: create, get, update, list or watch.
func NewFlaky(next release.Store, decide func(call string) Fate) *Flaky { return &Flaky{next, decide} }

func broken(call string) error {
	return fault.New(fault.Unavailable, "%s releases: failed on purpose", call)
}

func decided[T any](fate Fate, call string, do func() (T, error)) (T, error) {
	var none T
	if fate == FailsBefore {
		return none, broken(call)
	}
	result, err := do()
	if fate == FailsAfter && err == nil {
		return none, broken(call)
	}
	return result, err
}

// Create implements release.Store.
func (f *Flaky) Create(ctx context.Context, r release.Release) (release.Release, error) {
	return decided(f.decide("create"), "create", func() (release.Release, error) { return f.next.Create(ctx, r) })
}

// Get implements release.Store.
func (f *Flaky) Get(ctx context.Context, id string) (release.Release, error) {
	return decided(f.decide("get"), "get", func() (release.Release, error) { return f.next.Get(ctx, id) })
}

// Update implements release.Store.
func (f *Flaky) Update(ctx context.Context, r release.Release) (release.Release, error) {
	return decided(f.decide("update"), "update", func() (release.Release, error) { return f.next.Update(ctx, r) })
}

// List implements release.Store.
func (f *Flaky) List(ctx context.Context, filter release.Filter) ([]release.Release, error) {
	return decided(f.decide("list"), "list", func() ([]release.Release, error) { return f.next.List(ctx, filter) })
}

// Watch implements release.Store.
func (f *Flaky) Watch(ctx context.Context) (<-chan struct{}, error) {
	return decided(f.decide("watch"), "watch", func() (<-chan struct{}, error) { return f.next.Watch(ctx) })
}
