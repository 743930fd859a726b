package current

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/history"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/stream"
)

// busyStreams take their time to say where a stream ends.
type busyStreams struct {
	stream.Reader
	takes time.Duration
}

func (s *busyStreams) Info(ctx context.Context, name string) (stream.Info, error) {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return stream.Info{}, ctx.Err()
	}
	return s.Reader.Info(ctx, name)
}

// busyHistory takes its time to answer, and notes how many questions there are at once.
type busyHistory struct {
	History
	asked, now, most atomic.Int32
}

func (h *busyHistory) PresentRate(ctx context.Context, q history.RatePoint) (history.PresentRate, error) {
	h.asked.Add(1)
	now := h.now.Add(1)
	defer h.now.Add(-1)
	for most := h.most.Load(); now > most && !h.most.CompareAndSwap(most, now); most = h.most.Load() {
	}
	time.Sleep(50 * time.Millisecond)
	return h.History.PresentRate(ctx, q)
}

func TestFewQuestionsGoToHistoryBecauseAProofIsLate(t *testing.T) {
	for name, takes := range map[string]time.Duration{"late": 12 * time.Millisecond, "never": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, &historymemory.Store{}, Config{})
				b.settled()
				b.changed(meterID(1), "1", "2026-01-01")
				b.write(usd)
				b.settled()
				b.halt()
				streams, store := &busyStreams{Reader: b.streams, takes: takes}, &busyHistory{History: b.history}
				c, err := New(Config{}, Deps{Streams: streams, History: store, Clock: b.clock, Log: zap.NewNop()})
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				var running, asking sync.WaitGroup
				running.Go(func() { _ = c.Run(ctx) })
				time.Sleep(2 * time.Second) // it is loaded
				var slowest atomic.Int64
				const questions = 500
				for range questions {
					time.Sleep(time.Millisecond)
					asking.Go(func() {
						begun := time.Now()
						a, _, err := c.Rate(ctx, meterID(1), b.clock.Now())
						if err != nil || a.None {
							t.Errorf("%+v, %v", a, err)
						}
						for took := int64(time.Since(begun)); ; {
							most := slowest.Load()
							if took <= most || slowest.CompareAndSwap(most, took) {
								return
							}
						}
					})
				}
				asking.Wait()
				stop()
				running.Wait()
				if took := time.Duration(slowest.Load()); takes < time.Second && (store.most.Load() > lateAtOnce || c.Totals().Hits < questions*8/10 || took > 100*time.Millisecond) {
					t.Errorf("%d at once, %d from memory, the slowest took %s", store.most.Load(), c.Totals().Hits, took)
				} else if took > 2*time.Second {
					t.Errorf("the slowest took %s", took)
				}
			})
		})
	}
}
