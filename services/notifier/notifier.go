package notifier

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/webhook"
)

const (
	// look is how often endpoints are looked at where no news of them came.
	look = 5 * time.Second
	// lease is how long a sender keeps an endpoint that it says nothing more about; renewal is how often it does.
	lease   = 30 * time.Second
	renewal = 10 * time.Second
	// parallel is how many events of one endpoint are under way at once, each of another subject.
	parallel = 8
)

// Config says how a notifier sends.
type Config struct {
	Owner   string        // names this sender among others; one process, one name
	Reach   webhook.Reach // where it may send to; whoever makes endpoints is to have the same
	GivesUp time.Duration // after so long an endpoint that fails is disabled; 0: webhook.GivesUp
	Version string        // of the program, for the User-Agent
}

// Deps are what it stands on.
type Deps struct {
	Streams    stream.Reader
	Hooks      webhook.Store
	Watchlists watchlist.Store
	Clock      clock.Clock          // by which secrets end
	Metrics    *prometheus.Registry // nil: nothing is counted
	Log        *zap.Logger
}

// Notifier sends. Any number may run at once: an endpoint is one sender's as long as it has the lease.
type Notifier struct {
	cfg     Config
	deps    Deps
	log     *zap.Logger
	client  *client
	shelf   *watchlist.Shelf
	counted *prometheus.CounterVec

	mu      sync.Mutex
	workers map[string]*worker
}

// New makes a notifier.
func New(cfg Config, deps Deps) (*Notifier, error) {
	if deps.Streams == nil || deps.Hooks == nil || deps.Watchlists == nil || deps.Clock == nil || deps.Log == nil {
		return nil, fault.New(fault.Invalid, "a notifier needs streams, webhooks, watchlists, a clock and a log")
	}
	if cfg.Owner == "" {
		return nil, fault.New(fault.Invalid, "a notifier needs a name of its own")
	}
	if cfg.GivesUp <= 0 {
		cfg.GivesUp = webhook.GivesUp
	}
	n := &Notifier{
		cfg: cfg, deps: deps, log: deps.Log, client: newClient(cfg.Reach, cfg.Version), shelf: watchlist.NewShelf(deps.Watchlists, now), workers: map[string]*worker{},
		counted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pricewire_webhook_attempts_total", Help: "Attempts to send an event to a webhook, by what came of them."}, []string{"webhook", "verdict"}),
	}
	if deps.Metrics != nil {
		if err := deps.Metrics.Register(n.counted); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// now is real time: networks and leases know no other.
func now() time.Time { return time.Now().UTC() } //nolint:forbidigo // see its comment

// Run sends until ctx ends. What was under way then is sent again by the next one.
func (n *Notifier) Run(ctx context.Context) error {
	defer n.client.close()
	hub := tail.NewHub(ctx, n.deps.Streams, tail.Config{})
	changed, err := n.deps.Hooks.Watch(ctx)
	if err != nil {
		changed = nil // the look now and then finds the same
		n.log.Warn("webhooks cannot be watched", zap.Error(err))
	}
	var working sync.WaitGroup
	defer working.Wait()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		if err := n.manage(ctx, hub, &working); err != nil && ctx.Err() == nil {
			n.log.Warn("webhooks cannot be read", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case _, open := <-changed:
			if !open {
				changed = nil
			}
		}
	}
}

// manage starts a worker for each endpoint that has none, and ends those whose endpoint was changed: it is begun anew as it is now.
func (n *Notifier) manage(ctx context.Context, hub *tail.Hub, working *sync.WaitGroup) error {
	endpoints, err := n.deps.Hooks.List(ctx)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, w := range n.workers {
		i := slices.IndexFunc(endpoints, func(e webhook.Endpoint) bool { return e.Name == name })
		if i < 0 || endpoints[i].Version != w.endpoint.Version {
			w.stop()
		}
	}
	for _, e := range endpoints {
		if n.workers[e.Name] != nil || !wanted(e) {
			continue
		}
		running, stop := context.WithCancel(ctx)
		w := &worker{n: n, hub: hub, endpoint: e, stop: stop, log: n.log.With(zap.String("webhook", e.Name))}
		n.workers[e.Name] = w
		working.Go(func() {
			defer stop()
			err := w.run(running)
			n.mu.Lock()
			delete(n.workers, e.Name)
			n.mu.Unlock()
			if err != nil && running.Err() == nil && !errors.Is(err, errNotOurs) {
				w.log.Warn("webhook is not served for a moment", zap.Error(err))
			}
		})
	}
	return nil
}

// wanted reports whether an endpoint has a worker: one that is active, or of which something is asked.
func wanted(e webhook.Endpoint) bool { return e.State == webhook.Active }
