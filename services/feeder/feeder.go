package feeder

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Config says how patient a feeder is. The zero value of every field is a usable default.
type Config struct {
	// Poll is how often new streams are looked for where no news of them comes. 0: 1 s.
	Poll time.Duration
	// Retry is the pause before what failed is tried again; it doubles up to RetryMost. 0: 100 ms and 5 s.
	Retry, RetryMost time.Duration
	// Report is how often a long way to go is told of. 0: 10 s.
	Report time.Duration
}

// Deps are what a feeder works with.
type Deps struct {
	Reader    stream.Reader // when it is a stream.Watcher too, new streams are found at once
	Publisher stream.Publisher
	Declarer  stream.Declarer
	Log       *zap.Logger
}

// Feeder tells one stream without cost for every stream of the product. Make one with New.
type Feeder struct {
	cfg   Config
	deps  Deps
	board board
}

// New checks the configuration; nothing runs yet.
func New(cfg Config, deps Deps) (*Feeder, error) {
	if deps.Reader == nil || deps.Publisher == nil || deps.Declarer == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "make feeder: reader, publisher, declarer and log are needed")
	}
	if cfg.Poll < 0 || cfg.Retry < 0 || cfg.RetryMost < 0 || cfg.Report < 0 {
		return nil, fault.New(fault.Invalid, "check feeder configuration: a duration is negative")
	}
	return &Feeder{cfg: cfg.withDefaults(), deps: deps}, nil
}

func (c Config) withDefaults() Config {
	for value, usual := range map[*time.Duration]time.Duration{
		&c.Poll: time.Second, &c.Retry: 100 * time.Millisecond, &c.RetryMost: 5 * time.Second, &c.Report: 10 * time.Second,
	} {
		if *value == 0 {
			*value = usual
		}
	}
	return c
}

// Run tells every stream of the product, those too that appear meanwhile, until ctx ends; then it returns nil. What is being stored at that
// moment is stored whole or not at all, and found by the next start. A stream that cannot be told is tried again, and said by Health.
func (f *Feeder) Run(ctx context.Context) error {
	var tellers sync.WaitGroup
	defer tellers.Wait()
	news := f.watch(ctx)
	poll := time.NewTicker(f.cfg.Poll)
	defer poll.Stop()
	known := map[string]bool{}
	for {
		infos, err := f.deps.Reader.Streams(ctx)
		if err != nil && ctx.Err() == nil {
			f.deps.Log.Warn("list streams failed", zap.Error(err))
		}
		for _, info := range infos {
			if name := info.Name.Name; !known[name] {
				known[name] = true
				tellers.Go(func() { f.teller(name).run(ctx) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-poll.C:
		}
	}
}

// watch returns news of streams, or a channel that never says anything.
func (f *Feeder) watch(ctx context.Context) <-chan struct{} {
	watcher, can := f.deps.Reader.(stream.Watcher)
	if !can {
		return nil
	}
	news, err := watcher.Watch(ctx)
	if err != nil {
		f.deps.Log.Warn("watch streams failed; they are looked for now and then", zap.Error(err))
		return nil
	}
	return news
}

func (f *Feeder) teller(name string) *teller {
	return &teller{
		feeder: f, of: name, to: stream.WithoutCost(name), log: f.deps.Log.With(zap.String("stream", stream.WithoutCost(name))), desk: f.board.desk(name),
	}
}
