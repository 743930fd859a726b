package daemon

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Pauses of Await between two attempts: they double from the first to the last.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Await does something that needs what may not be up yet, again and again with growing pauses, until it succeeds, fails in a way that waiting
// does not mend (any fault but unavailable), limit has passed or ctx ends. Each failure is logged as a wait for what. The error is the last
// one, that of ctx when it ended. limit is real time and bounds when the last attempt begins, not how long it takes; 0 is one attempt.
func Await(ctx context.Context, limit time.Duration, log *zap.Logger, what string, do func(context.Context) error) error {
	over := time.NewTimer(limit)
	defer over.Stop()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := do(ctx)
		if err == nil || !fault.Is(err, fault.Unavailable) || limit <= 0 {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.Info("waiting", zap.String("for", what), zap.Duration("pause", pause), zap.Error(err))
		next := time.NewTimer(pause)
		select {
		case <-next.C:
			continue
		case <-ctx.Done():
			err = ctx.Err()
		case <-over.C:
			err = fault.Wrap(err, "waited %s for %s", limit.Round(time.Millisecond), what)
		}
		next.Stop()
		return err
	}
}
