package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.uber.org/zap"
)

// Part is something a process runs. Run blocks until its context ends, then finishes what it has begun and returns nil.
type Part struct {
	Name string
	Run  func(ctx context.Context) error
}

// Group runs parts in the order they were started and stops them in reverse, each only when those that depend on it have stopped.
type Group struct {
	log    *zap.Logger
	failed chan error
	mu     sync.Mutex
	parts  []*running
}

type running struct {
	name string
	stop context.CancelFunc
	done chan struct{}
}

// NewGroup returns a group without parts.
func NewGroup(log *zap.Logger) *Group {
	return &Group{log: log, failed: make(chan error, 1)}
}

// Start runs a part. Values of ctx reach it, its end does not: parts end by Stop, in order.
func (g *Group) Start(ctx context.Context, part Part) {
	partCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{name: part.Name, stop: stop, done: make(chan struct{})}
	g.mu.Lock()
	g.parts = append(g.parts, r)
	g.mu.Unlock()
	go func() {
		defer close(r.done)
		err := part.Run(partCtx)
		if partCtx.Err() == nil {
			g.fail(part.Name, err)
			return
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			g.log.Error("part ended with an error", zap.String("part", part.Name), zap.Error(err))
		}
	}()
}

// fail reports a part that ended although nobody stopped it; the first one counts.
func (g *Group) fail(name string, err error) {
	if err == nil {
		err = errors.New("ended by itself")
	}
	select {
	case g.failed <- fmt.Errorf("run %s: %w", name, err):
	default:
	}
}

// Failed delivers the error of the first part that ended by itself.
func (g *Group) Failed() <-chan error { return g.failed }

// Stop ends all parts in reverse order and waits for each, at most until ctx ends. Stopping twice is fine.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	parts := g.parts
	g.parts = nil
	g.mu.Unlock()
	var late []error
	for i := len(parts) - 1; i >= 0; i-- {
		parts[i].stop()
		select {
		case <-parts[i].done:
		case <-ctx.Done():
			late = append(late, fmt.Errorf("stop %s: %w", parts[i].name, ctx.Err()))
		}
	}
	return errors.Join(late...)
}
