package materializer

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Materializer runs one writer a stream, and audits and rebuilds what they write. Make one with New.
type Materializer struct {
	cfg   Config
	deps  Deps
	board board
	gate  gate
	jobs  jobs
}

// New checks the configuration; nothing runs yet.
func New(cfg Config, deps Deps) (*Materializer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Reader == nil || deps.Appender == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "make materializer: reader, appender and log are needed")
	}
	return &Materializer{cfg: cfg.withDefaults(), deps: deps}, nil
}

// Run writes every stream of the product, those too that appear meanwhile, until ctx ends; then it inserts what was received and returns
// nil. It returns an error when a stream cannot be written at all: when the stream is behind its tables, or another life of it was
// written before.
func (m *Materializer) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	var writers sync.WaitGroup
	defer writers.Wait()
	defer stop(nil)
	if m.deps.Auditor != nil {
		writers.Go(func() { m.keep(ctx) })
	}
	news := m.watch(ctx)
	poll := time.NewTicker(m.cfg.Poll)
	defer poll.Stop()
	known := map[stream.Name]bool{}
	for {
		infos, err := m.deps.Reader.Streams(ctx)
		if err != nil && ctx.Err() == nil {
			m.deps.Log.Warn("list streams failed", zap.Error(err))
		}
		for _, info := range infos {
			if known[info.Name] {
				continue
			}
			known[info.Name] = true
			writers.Go(func() {
				if err := m.write(ctx, info); err != nil {
					stop(err)
				}
			})
		}
		select {
		case <-ctx.Done():
			return failure(ctx)
		case _, ok := <-news:
			if !ok {
				news = nil
			}
		case <-poll.C:
		}
	}
}

// watch returns news of streams; nil, which never has any, when there is no way to get them.
func (m *Materializer) watch(ctx context.Context) <-chan struct{} {
	watcher, ok := m.deps.Reader.(stream.Watcher)
	if !ok {
		return nil
	}
	news, err := watcher.Watch(ctx)
	if err != nil {
		m.deps.Log.Warn("watch streams failed", zap.Error(err))
		return nil
	}
	return news
}

// failure returns why a context ended, nil when that was asked for.
func failure(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return nil
	}
	return cause
}

func (m *Materializer) write(ctx context.Context, info stream.Info) error {
	w := &writer{
		cfg: m.cfg, deps: m.deps, gate: &m.gate, name: info.Name, stream: info.Name.String(),
		log: m.deps.Log.With(zap.String("stream", info.Name.String())), desk: m.board.desk(info.Name.String()),
	}
	return w.run(ctx)
}
