package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/materializer"
)

const (
	changesPerSecond = 1_000
	beat             = 50 * time.Millisecond // changes come in crawls of a window, one a beat
	latencySeconds   = 20
)

// arrival is a batch that is on its way: when it was due, and up to where the stream has to be queryable.
type arrival struct {
	due time.Duration
	seq uint64
}

// benchLatency measures from when a change is due to be published, at a steady rate, to when it can be queried. A batch that has to wait
// for the one before it waits at the product's expense.
func benchLatency(ctx context.Context, s settings) error {
	from, err := openStreams(s.folder)
	if err != nil {
		return err
	}
	defer from.close()
	e, err := openEngine(s.folder, 0)
	if err != nil {
		return err
	}
	defer e.close()
	to, err := openTables(ctx, e.server.DSN(), "latency")
	if err != nil {
		return err
	}
	defer func() { _ = to.drop(ctx) }()
	perBeat := int(changesPerSecond * beat / time.Second)
	beats := max(s.size(latencySeconds), 2) * int(time.Second/beat)
	w, err := newWatcher(100*perBeat, perBeat)
	if err != nil {
		return err
	}
	if _, err := w.fill(ctx, from, 100); err != nil { // every rate is known before
		return err
	}
	batches, err := w.batches(beats)
	if err != nil {
		return err
	}
	waits, err := steady(ctx, from, to, batches)
	if err != nil {
		return err
	}
	f := figure{Unit: "ms", N: beats * perBeat, Env: environment{Rounds: 1}}
	for _, q := range []struct {
		name  string
		share float64
	}{{"latency_p50", 0.5}, {"latency_p99", 0.99}} {
		f.Name, f.Value = q.name, quantile(waits, q.share)
		if err := s.report.alone(f); err != nil {
			return err
		}
	}
	return nil
}

// steady publishes a batch a beat while the materializer runs, and returns how long each took to be queryable, in milliseconds.
func steady(ctx context.Context, from *streams, to positioned, batches [][]stream.Message) ([]float64, error) {
	info, err := from.Info(ctx, stream.Rates(string(usd)))
	if err != nil {
		return nil, err
	}
	m, err := materializer.New(materializer.Config{}, materializer.Deps{Reader: from, Appender: to, Log: zap.NewNop()})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- m.Run(running) }()
	if err := reach(ctx, to, info); err != nil { // what was there before is not measured
		return nil, err
	}
	begun := stopwatch()
	sent, failed := make(chan arrival, len(batches)), make(chan error, 1)
	go func() {
		defer close(sent)
		for i, batch := range batches {
			due := time.Duration(i) * beat
			time.Sleep(due - begun())
			seq, err := from.Publish(ctx, info.Name.Name, batch, stream.Expectation{})
			if err != nil {
				failed <- err
				return
			}
			sent <- arrival{due, seq}
		}
	}()
	waits, err := follow(ctx, to, info.Name.String(), sent, begun)
	stop()
	if err == nil {
		err = <-ended
	}
	if err == nil && len(waits) < len(batches) {
		err = <-failed
	}
	return waits, err
}

// follow notes when each arrival can be queried.
func follow(ctx context.Context, to history.Positions, name string, sent <-chan arrival, begun func() time.Duration) ([]float64, error) {
	var waits []float64
	for a := range sent {
		for {
			at, err := to.Position(ctx, name)
			if err != nil {
				return nil, err
			}
			if at >= a.seq {
				waits = append(waits, milliseconds(begun()-a.due))
				break
			}
			time.Sleep(look)
		}
	}
	return waits, nil
}

// reach waits until a stream can be queried up to its end.
func reach(ctx context.Context, to history.Positions, info stream.Info) error {
	took := stopwatch()
	for {
		at, err := to.Position(ctx, info.Name.String())
		if err != nil || at >= info.Last {
			return err
		}
		if took() > time.Minute {
			return fault.New(fault.Unavailable, "reach message %d of %s: still at %d after a minute", info.Last, info.Name, at)
		}
		time.Sleep(look)
	}
}
