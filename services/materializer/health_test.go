package materializer_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
)

func TestHealthTellsHowFarTheTablesAreBehindAndHowWritingGoes(t *testing.T) {
	streams := newStreams(t)
	open := make(chan struct{})
	var failures atomic.Int64
	store := &faulty{Store: &memory.Store{}, before: func(int, history.Table, *history.Rows) error {
		<-open
		if failures.Add(1) <= 3 {
			return fault.New(fault.Unavailable, "not now")
		}
		return nil
	}}
	m := newMaterializer(t, quick(), streams, store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	publish(t, streams, "RATES_USD", crawl(t, 0, 5)...)
	publish(t, streams, "RATES_USD", crawl(t, 1, 5)...)
	until(t, func() bool { return len(m.Health()) == 2 && m.Health()[1].Received == 14 })
	if h := m.Health()[1]; h.Lag() != 14 || !h.Oldest.Equal(day("2026-01-01")) {
		t.Errorf("%d messages behind, the oldest of %s", h.Lag(), h.Oldest)
	}
	close(open)
	until(t, func() bool { return caughtUp(t, streams, store) && m.Health()[1].Position == 14 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	h := m.Health()[1]
	if h.Lag() != 0 || !h.Oldest.IsZero() || h.Retries != 3 {
		t.Errorf("%d messages behind, the oldest of %s, %d retries", h.Lag(), h.Oldest, h.Retries)
	}
	if h.Messages.Sum != 14 || h.Rows.Count != h.Inserts.Count || h.Rows.Count < 3+5 || h.Rows.Cumulative()[1_000_000] != h.Rows.Count {
		t.Errorf("%+v %+v %+v", h.Messages, h.Rows, h.Inserts)
	}
}
