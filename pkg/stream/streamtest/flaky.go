package streamtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Chances of each failure, from 0 to 1; together at most 1.
type Chances struct {
	Before float64 // fail, and store nothing
	After  float64 // store, and fail
	Late   float64 // fail, and store just before the next publication, as a server does that was only slow
}

// Flaky publishes through another publisher and fails by chance, always with an unavailable fault. The same seed fails at the same
// calls.
type Flaky struct {
	next    stream.Publisher
	chances Chances
	mu      sync.Mutex
	random  *rand.Rand
	late    []func(context.Context)
}

// NewFlaky wraps a publisher.
func NewFlaky(next stream.Publisher, chances Chances, seed uint64) *Flaky {
	return &Flaky{next: next, chances: chances, random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // chance, not secrecy
}

// Publish publishes, or fails before, after or instead of it.
func (f *Flaky) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, publish := range f.late {
		publish(ctx)
	}
	f.late = nil
	roll := f.random.Float64()
	switch c := f.chances; {
	case roll < c.Before:
		return 0, fault.New(fault.Unavailable, "publish to %s: refused by chance", name)
	case roll < c.Before+c.After:
		seq, err := f.next.Publish(ctx, name, batch, expect)
		if err != nil {
			return 0, err
		}
		return 0, fault.New(fault.Unavailable, "publish to %s: acknowledgement of %d lost by chance", name, seq)
	case roll < c.Before+c.After+c.Late:
		batch = slices.Clone(batch)
		f.late = append(f.late, func(ctx context.Context) {
			_, _ = f.next.Publish(ctx, name, batch, expect) // nobody waits for the outcome any more
		})
		return 0, fault.New(fault.Unavailable, "publish to %s: delayed by chance", name)
	}
	return f.next.Publish(ctx, name, batch, expect)
}
