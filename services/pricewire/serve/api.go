package serve

import (
	"context"
	"net/http"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/keep"
	"github.com/pricewire/pricewire/services/pricewire/part"
	"github.com/pricewire/pricewire/services/pricewire/watch"
)

const apiName = "api"

// answering answers people and programs over HTTP.
type answering struct {
	lists        part.Lists
	access       part.Access
	reach        part.Reach
	ingester     asked
	materializer asked
}

// API is the process that answers people and programs over HTTP. Any number may run at once.
func API() *Process {
	return newProcess(apiName, "Answer over HTTP: releases, prices, rates, events and the page", "127.0.0.1:8080",
		&answering{lists: part.DefaultLists(), access: part.DefaultAccess(), ingester: asked{name: ingesterName}, materializer: asked{name: materializerName}})
}

func (a *answering) flags(flags *pflag.FlagSet) {
	a.lists.Flags(flags)
	a.access.Flags(flags)
	a.reach.Flags(flags)
	a.ingester.flags(flags, "crawls, takes snapshots and says how crawls go")
	a.materializer.flags(flags, "audits and rebuilds the tables and says how writing them goes")
}

func (a *answering) validate(c *common, wrong *command.Wrong) error {
	a.lists.Validate(wrong)
	a.access.Validate(wrong)
	a.reach.Validate(wrong)
	c.secure = a.access.TLS
	for _, other := range []*asked{&a.ingester, &a.materializer} {
		if err := other.validate(wrong); err != nil {
			return err
		}
	}
	return a.access.Exposed(c.address)
}

func (a *answering) start(ctx context.Context, h *host) error {
	watcher, err := a.watcher(h.log)
	if err != nil {
		return err
	}
	keeper, err := a.keeper()
	if err != nil {
		return err
	}
	if err := h.open(ctx, part.Needs{Name: "pricewire api", Releases: true, Requests: true, Access: true, Subscribe: true, History: true}); err != nil {
		return err
	}
	desk, err := h.base.Desk(a.lists)
	if err != nil {
		return err
	}
	follower := part.NewFollower(h.base.Streams, h.base.History, keeper)
	present, err := h.base.Current(h.clock, h.log.Named("current"))
	if err != nil {
		return err
	}
	server, err := h.base.API(desk, part.Door{
		Config: api.Config{Version: h.version, Source: "not known", Reach: a.reach.Rule()}, Watcher: watcher, Keeper: keeper, Current: present, Metrics: part.NewMetrics(), Alarms: follower.Alarms,
		Access: a.access,
	}, h.clock, h.log)
	if err != nil {
		return err
	}
	h.group.Start(ctx, daemon.Part{Name: "follower", Run: follower.Run})
	h.group.Start(ctx, daemon.Part{Name: "current", Run: present.Run})
	server.Ready(true)
	h.answerReadiness(server)
	return nil
}

// answerReadiness opens the door to an API whose readiness is also that of the servers it stands on.
func (h *host) answerReadiness(server *api.Server) {
	health := daemon.NewHealth(http.NotFoundHandler(), h.base.Checks()...)
	health.Ready(true)
	ready := http.NewServeMux()
	health.Register(ready)
	h.door.answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			ready.ServeHTTP(w, r)
			return
		}
		server.ServeHTTP(w, r)
	}), func() {
		health.Ready(false)
		server.Stopping()
	})
}

// watcher is the ingester, or none.
func (a *answering) watcher(log *zap.Logger) (api.Watcher, error) {
	if a.ingester.url == "" {
		return watch.None{}, nil
	}
	secret, err := a.ingester.secret()
	if err != nil {
		return nil, err
	}
	if exposed := watch.Exposed(a.ingester.url); exposed != "" && secret != "" {
		log.Warn("a secret can be read on its way", zap.String("hint", exposed))
	}
	return watch.NewClient(a.ingester.url, secret), nil
}

// keeper is the materializer, nil when there is none.
func (a *answering) keeper() (keep.Keeper, error) {
	if a.materializer.url == "" {
		return nil, nil //nolint:nilnil // audits and rebuilds are unavailable then
	}
	secret, err := a.materializer.secret()
	if err != nil {
		return nil, err
	}
	return keep.NewClient(a.materializer.url, secret), nil
}

func (*answering) close(context.Context, *host) {}
