package materializer

import (
	"context"
	"sync"

	"github.com/pricewire/pricewire/pkg/stream"
)

// gate lets writers insert, chunk by chunk, except while somebody holds it. The zero value is open.
type gate struct {
	mu     sync.Mutex
	inside int
	held   bool
	free   func(stream.Name) bool // who may enter while it is held; nil: nobody
	swaps  uint64                 // how often tables were swapped
	change chan struct{}          // closed when inside or held changes
}

// changed returns a channel that closes at the next change. The lock is held.
func (g *gate) changed() <-chan struct{} {
	if g.change == nil {
		g.change = make(chan struct{})
	}
	return g.change
}

// tell says that something has changed. The lock is held.
func (g *gate) tell() {
	if g.change != nil {
		close(g.change)
		g.change = nil
	}
}

// await waits until ready says so, which it is asked with the lock held.
func (g *gate) await(ctx context.Context, ready func() bool) error {
	for {
		g.mu.Lock()
		if ready() {
			g.mu.Unlock()
			return nil
		}
		change := g.changed()
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-change:
		}
	}
}

// enter waits until nobody holds the gate against the writer of a stream, and returns how often tables were swapped. Leave it.
func (g *gate) enter(ctx context.Context, name stream.Name) (swaps uint64, err error) {
	err = g.await(ctx, func() bool {
		free := !g.held || g.free != nil && g.free(name)
		if free {
			g.inside++
			swaps = g.swaps
		}
		return free
	})
	return swaps, err
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.tell()
}

// hold lets nobody enter and waits until nobody is inside. After an error the gate is not held.
func (g *gate) hold(ctx context.Context) error {
	err := g.await(ctx, func() bool {
		free := !g.held
		g.held = true
		return free
	})
	if err != nil {
		return err
	}
	if err := g.await(ctx, func() bool { return g.inside == 0 }); err != nil {
		g.release(false)
		return err
	}
	return nil
}

// narrow lets some writers enter a gate that is held after tables were swapped. Release it without telling of them again.
func (g *gate) narrow(free func(stream.Name) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free = free
	g.swaps++
	g.tell()
}

// release opens the gate again, and says whether tables were swapped.
func (g *gate) release(swapped bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held, g.free = false, nil
	if swapped {
		g.swaps++
	}
	g.tell()
}
