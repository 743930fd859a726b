package part

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/sample"
	"github.com/pricewire/pricewire/services/materializer"
	"github.com/pricewire/pricewire/services/scheduler"
)

// Desk makes the desk of releases.
func (b *Base) Desk(l Lists) (*release.Desk, error) {
	policies, err := l.Policies()
	if err != nil {
		return nil, err
	}
	return release.NewDesk(release.DeskConfig{Policies: policies, BatchLimit: stream.BatchLimit, MovePercent: l.MovePercent}, b.Records, b.Lists)
}

// Scheduler makes a scheduler, which publishes what is due. A release is one batch, so it makes sure that NATS takes long ones.
func (b *Base) Scheduler(ctx context.Context, l Lists, c clock.Clock, log *zap.Logger) (*scheduler.Scheduler, error) {
	if err := b.Streams.CheckBatches(ctx, stream.Prices); err != nil {
		return nil, err
	}
	policies, err := l.Policies()
	if err != nil {
		return nil, err
	}
	return scheduler.New(scheduler.Config{Policies: policies}, scheduler.Deps{
		Releases: b.Records, Lists: b.Lists, Publisher: b.Streams, Reader: b.Streams, Clock: c, Log: log,
	})
}

// Materializer makes a materializer, which writes the streams into the tables.
func (b *Base) Materializer(log *zap.Logger) (*materializer.Materializer, error) {
	return materializer.New(materializer.Config{}, materializer.Deps{
		Reader: b.Streams, Appender: b.History, Auditor: b.History, Rebuilder: b.History, Log: log,
	})
}

// Ingester is an ingester, and the bundled feed if that is its source.
type Ingester struct {
	*ingester.Ingester
	source string
	clock  clock.Clock
	beat   time.Duration
	feed   net.Listener // nil without the sample
}

// Timing is how time goes for an ingester.
type Timing struct {
	Clock clock.Clock
	Rate  float64 // simulated seconds a second; 0: the clock is real
}

// DeclareRates declares the streams of the currencies that are to be crawled, makes sure that NATS takes their batches, and returns their
// names. Nothing is crawled: nothing is declared.
func (b *Base) DeclareRates(ctx context.Context, c Crawls) ([]string, error) {
	if c.Source == SourceNone {
		return nil, nil
	}
	var names []string
	for _, currency := range c.currencies() {
		if _, err := b.Streams.Declare(ctx, stream.RatesDeclaration(currency)); err != nil {
			return nil, err
		}
		if err := b.Streams.CheckBatches(ctx, stream.Rates(currency)); err != nil {
			return nil, err
		}
		names = append(names, stream.Rates(currency))
	}
	return names, nil
}

// Ingester makes an ingester, which watches a source. It keeps its state below a folder that this process has locked.
func (b *Base) Ingester(ctx context.Context, c Crawls, folder *daemon.Folder, t Timing, log *zap.Logger) (*Ingester, error) {
	made := &Ingester{source: c.Source, clock: t.Clock}
	cfg := c.ingester()
	cfg.Folder = filepath.Join(folder.Path, "ingester")
	rate := t.Rate
	if rate == 0 {
		rate, made.beat = 1, sample.LivelyBeat
	}
	if cfg.Cadence == "" {
		cfg.Cadence = ingester.DefaultCadence(c.Source, rate)
	}
	var err error
	if c.Source == SourceSample {
		if made.feed, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
		cfg.SampleURL = sample.BaseURL(made.feed.Addr().String())
	}
	made.Ingester, err = ingester.New(cfg, ingester.Deps{Clock: t.Clock, Publisher: b.Streams, Reader: b.Streams, Declarer: b.Streams, Log: log})
	if err != nil {
		made.closeFeed()
		return nil, err
	}
	return made, nil
}

func (i *Ingester) closeFeed() {
	if i.feed != nil {
		_ = i.feed.Close() // closed already by a server that ran
	}
}

// Start runs the ingester in a group, and the feed before it.
func (i *Ingester) Start(ctx context.Context, group *daemon.Group) {
	if i.feed != nil {
		group.Start(ctx, daemon.Part{Name: "sample", Run: i.serveSample})
	}
	group.Start(ctx, daemon.Part{Name: "ingester", Run: i.Run})
}

// Close waits for what is being committed, but not longer than ctx, once the ingester has stopped.
func (i *Ingester) Close(ctx context.Context) error {
	i.closeFeed()
	return i.Ingester.Close(ctx)
}

// Watcher lets an API of the same process ask the ingester.
func (i *Ingester) Watcher() Watcher { return Watcher{i.Ingester, i.source} }

// serveSample answers as the bundled feed until ctx ends.
func (i *Ingester) serveSample(ctx context.Context) error {
	server := &http.Server{Handler: sample.New(sample.Config{Beat: i.beat}, i.clock), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(i.feed); ctx.Err() == nil {
		return err
	}
	return nil
}

// Door says what an API shows, and whom it asks.
type Door struct {
	Config  api.Config
	Watcher api.Watcher
	Keeper  api.Keeper       // nil: audits and rebuilds are unavailable
	Current *current.Current // nil: every question goes to the tables
	Metrics *prometheus.Registry
	Alarms  func() []string
	Access  Access // who may ask
	// Subscribers are those of a NATS of this process; nil: they are in its own configuration.
	Subscribers api.Subscribers
}

// API makes an API.
func (b *Base) API(desk *release.Desk, d Door, c clock.Clock, log *zap.Logger) (*api.Server, error) {
	known, err := b.access(d.Access)
	if err != nil {
		return nil, err
	}
	if d.Config.TLS, err = d.Access.TLS(log); err != nil {
		return nil, err
	}
	return api.New(d.Config, api.Deps{
		Desk: desk, Files: b.Lists, History: b.History, Streams: b.Streams, Watcher: d.Watcher, Clock: c, Metrics: d.Metrics, Log: log, Alarms: d.Alarms,
		Keeper: d.Keeper, Current: d.Current, Requests: b.Requests, Watchlists: b.Watched, Webhooks: b.Hooks, Access: known, Subscribers: d.Subscribers,
	})
}

// Current makes what keeps present prices in memory; it is to be run beside the API.
func (b *Base) Current(c clock.Clock, log *zap.Logger) (*current.Current, error) {
	return current.New(current.Config{}, current.Deps{Streams: b.Streams, History: b.History, Clock: c, Log: log})
}
