package api

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// A command that wrote answers when what it wrote can be queried. These are real time: the pauses between looks, and how long it looks.
const (
	firstLook = 5 * time.Millisecond
	lastLook  = 100 * time.Millisecond
	patience  = 2 * time.Minute
	// readPatience is how long a question waits for what it would otherwise contradict.
	readPatience = 3 * time.Second
)

// await looks until done says so, less and less often.
func (s *server) await(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		ok, err := done(ctx)
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
		case <-s.stopping.Done():
		case <-time.After(pause):
			continue
		}
		return fault.New(fault.Unavailable, "%s is recorded, but cannot be queried yet", what).WithHint("nothing is lost; see how far the tables are: pricewire status")
	}
}

// awaitStream waits until everything that a stream holds now, or up to a sequence, can be queried.
func (s *server) awaitStream(ctx context.Context, name string, sequence uint64) error {
	info, err := s.deps.Streams.Info(ctx, name)
	if err != nil {
		return err
	}
	if sequence == 0 {
		sequence = info.Last
	}
	return s.await(ctx, "what was published", func(ctx context.Context) (bool, error) {
		written, err := s.deps.History.Position(ctx, info.Name.String())
		return written >= sequence, err
	})
}

// awaitRates waits until what a currency's stream holds now can be queried; a currency without a stream has nothing to wait for.
func (s *server) awaitRates(ctx context.Context, currency string) error {
	err := s.awaitStream(ctx, stream.Rates(currency), 0)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// awaitRelease waits, when a release goes out at once, until it is public and can be queried.
func (s *server) awaitRelease(ctx context.Context, r release.Release) (release.Release, error) {
	if !r.AtOnce(s.deps.Clock.Now()) {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	settled, err := s.deps.Desk.Settled(ctx, r.ID)
	if err != nil {
		return r, err
	}
	return settled, s.awaitStream(ctx, stream.Prices, settled.Sequence)
}

// queryable waits a moment for the tables where a release says that it is public and they do not hold it yet: whoever reads that a release
// is published finds its prices. It gives up silently; the record is true all the same.
func (s *server) queryable(ctx context.Context, releases ...release.Release) {
	var newest uint64
	for _, r := range releases {
		newest = max(newest, r.Sequence)
	}
	if newest <= s.written.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	if err := s.awaitStream(ctx, stream.Prices, newest); err != nil {
		s.log.Debug("release is not queryable yet", zap.Uint64("seq", newest), zap.Error(err))
		return
	}
	s.written.Store(newest)
}
