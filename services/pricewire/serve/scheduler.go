package serve

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

const schedulerName = "scheduler"

// scheduling publishes releases when they are due.
type scheduling struct {
	lists part.Lists
}

// Scheduler is the process that publishes releases when they are due. Any number may run at once.
func Scheduler() *Process {
	return newProcess(schedulerName, "Publish releases of price lists when they are due", "127.0.0.1:8081", &scheduling{part.DefaultLists()})
}

func (s *scheduling) flags(flags *pflag.FlagSet) { s.lists.NoticeFlag(flags) }

func (s *scheduling) validate(_ *common, wrong *command.Wrong) error {
	s.lists.Validate(wrong)
	return nil
}

func (s *scheduling) start(ctx context.Context, h *host) error {
	if err := h.open(ctx, part.Needs{Name: "pricewire scheduler", Publishes: true, Releases: true}); err != nil {
		return err
	}
	if err := h.base.NotBehind(ctx, h.clock.Now, stream.Prices); err != nil {
		return err
	}
	made, err := h.base.Scheduler(ctx, s.lists, h.clock, h.log)
	if err != nil {
		return err
	}
	policies, err := s.lists.Policies()
	if err != nil {
		return err
	}
	h.group.Start(ctx, daemon.Part{Name: schedulerName, Run: made.Run})
	h.answer(part.NewMetrics(part.ReleaseMetrics(h.base.Records, policies, h.clock.Now)), nil).Ready(true)
	return nil
}

func (*scheduling) close(context.Context, *host) {}
