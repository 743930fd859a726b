package up

import (
	"context"
	"path/filepath"
	"time"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

// clockFile is where simulated time is kept.
const clockFile = "clock"

// rate is how many seconds of the clock pass in one.
func (c Config) rate() float64 {
	if c.ClockRate == 0 {
		return 1
	}
	return c.ClockRate
}

// timepiece is the process's clock, real or simulated.
type timepiece struct {
	clock.Clock
	simulated *clock.Simulated // nil for real time
	folder    *daemon.Folder
}

// newClock returns the real clock or the folder's simulated one, which stands still until it begins.
func newClock(cfg Config, folder *daemon.Folder) (*timepiece, error) {
	real := clock.Real()
	path := filepath.Join(folder.Path, clockFile)
	if !cfg.Simulated() {
		mark, _, err := clock.ReadMark(path)
		if err != nil {
			return nil, err
		}
		t := &timepiece{Clock: real, folder: folder}
		return t, t.notBehind(mark)
	}
	start, err := cfg.clockStart(real.Now())
	if err != nil {
		return nil, err
	}
	simulated, err := clock.NewSimulated(clock.SimulatedConfig{File: path, Start: start, Rate: cfg.rate()})
	if err != nil {
		return nil, err
	}
	return &timepiece{Clock: simulated, simulated: simulated, folder: folder}, nil
}

// notBehind makes sure that nothing new is older than the newest event: simulated time goes on behind it, real time refuses a history that
// says it was written later than now.
func (t *timepiece) notBehind(newest time.Time) error {
	if t.simulated != nil {
		return t.simulated.NotBefore(newest)
	}
	now := t.Now()
	if !newest.After(now) {
		return nil
	}
	return fault.New(fault.Refused, "data folder %s has come to %s, and it is %s", t.folder.Path, newest.Format(time.RFC3339), now.Format(time.RFC3339)).
		WithHint("go on in simulated time with --clock-rate N, or give real time another folder with --data")
}

// awaitAlarms waits until so many alarms are set. Simulated time that runs earlier could pass what is due before anybody has set an alarm
// for it.
func (t *timepiece) awaitAlarms(ctx context.Context, owners int) error {
	for t.simulated != nil && len(t.simulated.Alarms()) < owners {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// run lets simulated time run until ctx ends; a clock that can no longer keep its time is an error.
func (t *timepiece) run(ctx context.Context) error {
	if t.simulated == nil {
		<-ctx.Done()
		return nil
	}
	t.simulated.Begin()
	select {
	case <-ctx.Done():
		return t.simulated.Close()
	case <-t.simulated.Failed():
		return t.simulated.Err()
	}
}
