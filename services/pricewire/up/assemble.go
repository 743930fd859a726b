package up

import (
	"context"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/materializer"
	"github.com/pricewire/pricewire/services/notifier"
	"github.com/pricewire/pricewire/services/pricewire/part"
	"github.com/pricewire/pricewire/services/scheduler"
)

// process is every part of a running Pricewire.
type process struct {
	cfg          Config
	log          *zap.Logger
	clock        *timepiece
	base         *part.Base
	desk         *release.Desk
	scheduler    *scheduler.Scheduler
	materializer *materializer.Materializer
	feeder       *part.Feeder
	current      *current.Current
	ingester     *part.Ingester
	api          *api.Server
	notifier     *notifier.Notifier
}

// assemble makes the parts; none of them runs yet.
func assemble(ctx context.Context, cfg Config, folder *daemon.Folder, s *servers, log *zap.Logger) (*process, error) {
	p := &process{cfg: cfg, log: log}
	var err error
	if p.clock, err = newClock(cfg, folder); err != nil {
		return nil, err
	}
	if p.base, err = part.Open(ctx, s.Servers, part.Needs{Name: "pricewire up", Publishes: true, Releases: true, Requests: true, Access: true, Subscribe: true, History: true, Writes: true}, log, s.options()...); err != nil {
		return nil, err
	}
	if err := p.assembleParts(ctx, folder, s); err != nil {
		p.close(ctx)
		return nil, err
	}
	return p, nil
}

// close ends the connections, after the parts that use them and before the servers that they go to.
func (p *process) close(ctx context.Context) {
	if p.ingester != nil {
		if err := p.ingester.Close(ctx); err != nil {
			p.log.Warn("what the ingester knows was not synced; the next start replays it", zap.Error(err))
		}
	}
	p.base.Close()
}

func (p *process) assembleParts(ctx context.Context, folder *daemon.Folder, s *servers) error {
	policies, err := p.cfg.Lists.Policies()
	if err != nil {
		return err
	}
	if p.desk, err = p.base.Desk(p.cfg.Lists); err != nil {
		return err
	}
	if p.scheduler, err = p.base.Scheduler(ctx, p.cfg.Lists, p.clock, p.log.Named("scheduler")); err != nil {
		return err
	}
	if p.materializer, err = p.base.Materializer(p.log.Named("materializer")); err != nil {
		return err
	}
	if p.feeder, err = p.base.Feeder(s.feeding(p.cfg.ERPStreams), p.log.Named("feeder")); err != nil {
		return err
	}
	timing := part.Timing{Clock: p.clock}
	if p.cfg.Simulated() {
		timing.Rate = p.cfg.rate()
	}
	if p.ingester, err = p.base.Ingester(ctx, p.cfg.Crawls, folder, timing, p.log.Named("ingester")); err != nil {
		return err
	}
	if p.current, err = p.base.Current(p.clock, p.log.Named("current")); err != nil {
		return err
	}
	metrics := part.NewMetrics(part.CrawlMetrics(p.ingester.Status, p.clock.Now), part.StreamMetrics(p.materializer.Health), p.base.SliceMetrics(),
		part.ReleaseMetrics(p.base.Records, policies, p.clock.Now), p.feeder.Metrics())
	if p.notifier, err = p.base.Notifier(p.cfg.Hooks, p.cfg.Version, p.clock, metrics, p.log.Named("notifier")); err != nil {
		return err
	}
	p.api, err = p.base.API(p.desk, part.Door{
		Config:      api.Config{Version: p.cfg.Version, Source: p.cfg.Crawls.Source, Simulated: p.cfg.Simulated(), Reach: p.cfg.Hooks.Rule()},
		Watcher:     p.ingester.Watcher(),
		Keeper:      part.NewKeeper(p.materializer),
		Access:      p.cfg.Access,
		Current:     p.current,
		Metrics:     metrics,
		Alarms:      func() []string { return append(part.WriterAlarms(p.materializer), p.feeder.Alarms()...) },
		Subscribers: s.subscribers(),
	}, p.clock, p.log.Named("api"))
	return err
}
