package up

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"time"

	natsclient "github.com/nats-io/nats.go"
	natsjetstream "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	historyclickhouse "github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/natskv"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/sample"
	"github.com/pricewire/pricewire/services/materializer"
	"github.com/pricewire/pricewire/services/scheduler"
)

// process is every part of a running Pricewire.
type process struct {
	cfg          Config
	log          *zap.Logger
	clock        *timepiece
	nats         *natsclient.Conn
	streams      *jetstream.Adapter
	history      *historyclickhouse.Store
	policies     release.Policies
	lists        *release.Lists
	desk         *release.Desk
	scheduler    *scheduler.Scheduler
	materializer *materializer.Materializer
	ingester     *ingester.Ingester
	api          *api.Server
	sampleFeed   net.Listener // nil without the sample
}

// assemble makes the parts; none of them runs yet.
func assemble(ctx context.Context, cfg Config, folder *daemon.Folder, s *servers, log *zap.Logger) (*process, error) {
	p := &process{cfg: cfg, log: log}
	var err error
	if p.clock, err = newClock(cfg, folder); err != nil {
		return nil, err
	}
	if p.nats, err = s.connectNATS(log); err != nil {
		return nil, err
	}
	err = p.assembleStores(ctx, s)
	if err == nil {
		err = p.assembleServices(ctx, folder)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// close ends the connections, after the parts that use them and before the servers that they go to.
func (p *process) close() {
	if p.history != nil {
		_ = p.history.Close() // nothing is under way any more
	}
	p.nats.Close()
}

func (p *process) assembleStores(ctx context.Context, s *servers) error {
	var err error
	if p.streams, err = jetstream.New(p.nats, jetstream.Config{}); err != nil {
		return err
	}
	if _, err = p.streams.Declare(ctx, stream.PricesDeclaration()); err != nil {
		return err
	}
	p.history, err = historyclickhouse.Open(ctx, historyclickhouse.Config{DSN: s.dsn})
	return fault.Wrap(err, "open history")
}

func (p *process) assembleServices(ctx context.Context, folder *daemon.Folder) error {
	js, err := natsjetstream.New(p.nats)
	if err != nil {
		return err
	}
	records, err := natskv.OpenStore(ctx, js, natskv.Config{})
	if err != nil {
		return err
	}
	contents, err := natskv.OpenContent(ctx, js, natskv.Config{})
	if err != nil {
		return err
	}
	p.lists, err = release.NewLists(contents, release.Codec{
		Encode: sheet.Encode, Decode: sheet.Decode, EncodeItems: sheet.EncodeItems, DecodeItems: sheet.DecodeItems,
	})
	if err != nil {
		return err
	}
	if p.policies, err = p.cfg.policies(); err != nil {
		return err
	}
	p.desk, err = release.NewDesk(release.DeskConfig{Policies: p.policies, BatchLimit: stream.BatchLimit, MovePercent: p.cfg.MovePercent}, records, p.lists)
	if err != nil {
		return err
	}
	p.scheduler, err = scheduler.New(scheduler.Config{Policies: p.policies}, scheduler.Deps{
		Releases: records, Lists: p.lists, Publisher: p.streams, Reader: p.streams, Clock: p.clock, Log: p.log.Named("scheduler"),
	})
	if err != nil {
		return err
	}
	p.materializer, err = materializer.New(materializer.Config{}, materializer.Deps{Reader: p.streams, Appender: p.history, Log: p.log.Named("materializer")})
	if err != nil {
		return err
	}
	if err := p.assembleIngester(ctx, folder); err != nil {
		return err
	}
	p.api, err = api.New(api.Config{Version: p.cfg.Version, Source: p.cfg.Source, Simulated: p.cfg.Simulated()}, api.Deps{
		Desk: p.desk, Files: p.lists, History: p.history, Streams: p.streams, Watcher: watcher{p.ingester}, Clock: p.clock, Metrics: newMetrics(p), Log: p.log.Named("api"), Alarms: p.alarms,
	})
	return err
}

func (p *process) assembleIngester(ctx context.Context, folder *daemon.Folder) error {
	cfg := ingester.Config{Source: p.cfg.Source, Cadence: p.cfg.Schedule, Folder: filepath.Join(folder.Path, "ingester")}
	if cfg.Cadence == "" {
		cfg.Cadence = ingester.DefaultCadence(p.cfg.Source, p.cfg.rate())
	}
	if p.cfg.Source == SourceSample {
		var err error
		if p.sampleFeed, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		cfg.SampleURL = sample.BaseURL(p.sampleFeed.Addr().String())
	}
	var err error
	p.ingester, err = ingester.New(cfg, ingester.Deps{Clock: p.clock, Publisher: p.streams, Reader: p.streams, Declarer: p.streams, Log: p.log.Named("ingester")})
	return err
}

// serveSample answers as the bundled feed until ctx ends.
func (p *process) serveSample(ctx context.Context) error {
	feed := sample.Config{}
	if !p.cfg.Simulated() {
		feed.Beat = sample.LivelyBeat
	}
	server := &http.Server{Handler: sample.New(feed, p.clock), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(p.sampleFeed); ctx.Err() == nil {
		return err
	}
	return nil
}
