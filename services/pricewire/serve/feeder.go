package serve

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

const feederName = "feeder"

// feeding tells streams without cost and lets subscribers read. Nothing but health and metrics is on its address.
type feeding struct{}

// Feeder is the process that serves subscribers of NATS. Several may run at once: of two that tell one batch, one is refused.
func Feeder() *Process {
	return newProcess(feederName, "Tell the streams of events without the partner's cost, and let subscribers of NATS read", "127.0.0.1:8085", feeding{})
}

func (feeding) flags(*pflag.FlagSet) {}

func (feeding) validate(*common, *command.Wrong) error { return nil }

func (feeding) start(ctx context.Context, h *host) error {
	if err := h.open(ctx, part.Needs{Name: "pricewire feeder"}); err != nil {
		return err
	}
	made, err := h.base.Feeder(part.Feeding{When: part.ERPOn}, h.log)
	if err != nil {
		return err
	}
	h.group.Start(ctx, daemon.Part{Name: feederName, Run: made.Run})
	h.group.Start(ctx, daemon.Part{Name: "door", Run: made.Open})
	health := h.answer(part.NewMetrics(made.Metrics()), nil, daemon.Check{Name: "telling", Look: func(context.Context) error {
		for _, text := range made.Feeder.Alarms(time.Now()) { //nolint:forbidigo // how long something stands still is real time
			return errors.New(text)
		}
		return nil
	}})
	health.Ready(true)
	return nil
}

func (feeding) close(context.Context, *host) {}
