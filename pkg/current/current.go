package current

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Config bounds what is kept and how long anything waits. The zero value of every field is a usable default.
type Config struct {
	Identities int           // most answers that are kept, rates and licence lines together; 0: 2,000,000
	Backlog    int           // most changes of a stream that wait until they can be queried; when there are more, all is loaded anew; 0: 20,000
	Patience   time.Duration // how long a question waits for proof that memory is up to date before it goes to history, where not too many are, real time; 0: 5 ms
	Poll       time.Duration // how often new streams are looked for, how long a repair may go unnoticed, and how long it rests after a failure, real time; 0: 1 s
}

// Validate reports everything that is out of its range, as an invalid fault.
func (c Config) Validate() error {
	var places []fault.Place
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"identities", c.Identities >= 0}, {"backlog", c.Backlog >= 0}, {"patience", c.Patience >= 0}, {"poll", c.Poll >= 0},
	} {
		if !f.ok {
			places = append(places, fault.Place{Where: f.name, Problem: "it must not be negative"})
		}
	}
	if len(places) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "configure current prices: %s: %s", places[0].Where, places[0].Problem).WithPlaces(places...)
}

func (c Config) withDefaults() Config {
	c.Identities = orDefault(c.Identities, 2_000_000)
	c.Backlog = orDefault(c.Backlog, 20_000)
	c.Patience = orDefault(c.Patience, 5*time.Millisecond)
	c.Poll = orDefault(c.Poll, time.Second)
	return c
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// History is what answers are loaded from, and what is asked where memory cannot tell.
type History interface {
	history.Reader
	history.PresentReader
}

// Deps are what it follows and asks.
type Deps struct {
	Streams stream.Reader
	History History
	Clock   clock.Clock
	Log     *zap.Logger
}

// Current keeps present answers. It answers before it runs, and after, from history alone. It is safe for concurrent use. Make one with New.
type Current struct {
	cfg  Config
	deps Deps

	held   atomic.Int64  // answers kept, of all streams
	left   atomic.Uint64 // answers that there was no room for
	late   chan struct{} // questions that are at history because a proof was late
	hits   atomic.Uint64
	misses atomic.Uint64

	revision revision

	mu        sync.RWMutex
	followers map[string]*follower // by the name of the stream
}

// New checks the configuration; nothing runs yet.
func New(cfg Config, deps Deps) (*Current, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Streams == nil || deps.History == nil || deps.Clock == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "make current prices: streams, history, clock and log are needed")
	}
	return &Current{cfg: cfg.withDefaults(), deps: deps, late: make(chan struct{}, lateAtOnce), followers: map[string]*follower{}}, nil
}

// Run loads and follows every stream of the product, those too that appear meanwhile or are made again, until ctx ends; then it forgets
// what it kept and returns nil. Failures are logged and tried again: questions go to history meanwhile. It is for one call at a time.
func (c *Current) Run(ctx context.Context) error {
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() { c.watch(ctx) })
	poll := time.NewTicker(c.cfg.Poll)
	defer poll.Stop()
	for {
		infos, err := c.deps.Streams.Streams(ctx)
		if err != nil && ctx.Err() == nil {
			c.deps.Log.Warn("list streams failed", zap.Error(err))
		}
		for _, info := range infos {
			if f := c.adopt(info.Name); f != nil {
				following.Go(func() {
					defer c.leave(f)
					f.run(ctx)
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		}
	}
}

// adopt makes a follower of a stream; nil when it has one. A stream that was made again is adopted when the follower of its former life
// has ended.
func (c *Current) adopt(name stream.Name) *follower {
	if !stream.IsOurs(name.Name) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.followers[name.Name] != nil {
		return nil
	}
	f := newFollower(c, name)
	c.followers[name.Name] = f
	return f
}

// leave forgets a follower that has ended, and what it kept.
func (c *Current) leave(f *follower) {
	c.mu.Lock()
	delete(c.followers, f.name.Name)
	c.mu.Unlock()
	f.mu.Lock()
	f.keeper.forget()
	f.mu.Unlock()
}

// follower returns who follows a stream; nil when nobody does.
func (c *Current) follower(name string) *follower {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.followers[name]
}

// all returns every follower.
func (c *Current) all() []*follower {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Values(c.followers))
}

// room takes a place for one more answer; false when there is none.
func (c *Current) room() bool {
	if c.held.Add(1) <= int64(c.cfg.Identities) {
		return true
	}
	c.held.Add(-1)
	c.left.Add(1)
	return false
}
