package api

import (
	"context"
	"slices"
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

// await looks until done says so, less and less often. That the tables cannot be asked for a moment ends nothing: what is waited for is
// recorded already.
func (s *server) await(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		ok, err := done(ctx)
		if ok || (err != nil && !fault.Is(err, fault.Unavailable)) {
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

// awaitRelease waits, when something of a release goes out at once, until it is public and can be queried.
func (s *server) awaitRelease(ctx context.Context, r release.Release) (release.Release, error) {
	settled, err := s.awaitReleases(ctx, []release.Release{r})
	return settled[0], err
}

// awaitReleases waits until everything of releases that goes out at once is public and can be queried: publications and withdrawals. It
// returns the releases as they are then, in the same order. One that is held after all is an error, which comes when the others are out.
func (s *server) awaitReleases(ctx context.Context, releases []release.Release) ([]release.Release, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	settled := slices.Clone(releases)
	var failures []error
	waited := false
	for i, r := range releases {
		if !r.AtOnce(s.deps.Clock.Now()) {
			continue
		}
		now, err := s.deps.Desk.Settled(ctx, r.ID)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		settled[i], waited = s.inEffect(ctx, now), true
	}
	if waited {
		failures = append(failures, s.awaitStream(ctx, stream.Prices, 0))
	}
	for _, err := range failures {
		if err != nil {
			return settled, err
		}
	}
	return settled, nil
}

// inEffect waits a moment for a public release whose effective moment has come to be in force, or superseded. It gives up silently.
func (s *server) inEffect(ctx context.Context, r release.Release) release.Release {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	_ = s.await(ctx, r.ID, func(ctx context.Context) (bool, error) { // the record is true all the same
		if r.State != release.Published || r.EffectiveAt.After(s.deps.Clock.Now()) {
			return true, nil
		}
		now, err := s.deps.Desk.Show(ctx, r.ID)
		if err == nil {
			r = now
		}
		return false, err
	})
	return r
}

// told is the sequence of the last event that a release's record knows of it.
func told(r release.Release) uint64 {
	last := r.Sequence
	for _, w := range r.Withdrawals {
		last = max(last, w.Sequence)
	}
	return last
}

// queryable waits a moment for the tables where a release says that it is public and they do not hold it yet: whoever reads that a release
// is published finds its prices. It gives up silently; the record is true all the same.
func (s *server) queryable(ctx context.Context, releases ...release.Release) {
	var newest uint64
	for _, r := range releases {
		newest = max(newest, told(r))
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
