package azure

import (
	"context"
	"sync"
	"time"

	limit "golang.org/x/time/rate"
)

// gate lets the requests of all traversals of a client pass: so many at once, so many a second, and none while the source has asked for
// a pause. It counts in real time: the source's limits are.
type gate struct {
	slots   chan struct{}
	limiter *limit.Limiter
	wait    func(ctx context.Context, d time.Duration) error
	now     func() time.Time

	mu    sync.Mutex
	until time.Time // nobody asks before
}

func newGate(cfg Config, deps Deps) *gate {
	return &gate{
		slots: make(chan struct{}, cfg.Concurrency), limiter: limit.NewLimiter(limit.Limit(cfg.RequestsPerSecond), cfg.Concurrency),
		wait: deps.Wait, now: deps.Now,
	}
}

// enter waits for its turn and returns what to call when the request has been answered. The error is ctx's.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-g.slots }
	if err := g.pass(ctx); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// pass waits until the pause is over, however often it is prolonged meanwhile, and then for the limiter's turn.
func (g *gate) pass(ctx context.Context) error {
	var waited time.Time
	for {
		until := g.pausedUntil()
		pause := until.Sub(g.now())
		if pause <= 0 || until.Equal(waited) {
			break
		}
		if err := g.wait(ctx, pause); err != nil {
			return err
		}
		waited = until
	}
	now := g.now()
	turn := g.limiter.ReserveN(now, 1)
	if delay := turn.DelayFrom(now); delay > 0 {
		if err := g.wait(ctx, delay); err != nil {
			turn.CancelAt(now)
			return err
		}
	}
	return ctx.Err()
}

func (g *gate) pausedUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// pause stops all requests that have not begun for a while; a longer pause stays.
func (g *gate) pause(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.now().Add(d); until.After(g.until) {
		g.until = until
	}
}
