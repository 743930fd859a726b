package serve

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

const notifierName = "notifier"

// notifying sends events to webhooks.
type notifying struct {
	hooks part.Hooks
}

// Notifier is the process that sends events to webhooks. Several may run at once; each endpoint is one's at a time.
func Notifier() *Process {
	return newProcess(notifierName, "Send events to webhooks, signed and in order", "127.0.0.1:8084", &notifying{part.DefaultHooks()})
}

func (n *notifying) flags(flags *pflag.FlagSet) { n.hooks.Flags(flags) }

func (n *notifying) validate(_ *common, wrong *command.Wrong) error {
	n.hooks.Validate(wrong)
	return nil
}

func (n *notifying) start(ctx context.Context, h *host) error {
	if err := h.open(ctx, part.Needs{Name: "pricewire notifier", Subscribe: true}); err != nil {
		return err
	}
	metrics := part.NewMetrics()
	made, err := h.base.Notifier(n.hooks, h.version, h.clock, metrics, h.log)
	if err != nil {
		return err
	}
	h.group.Start(ctx, daemon.Part{Name: notifierName, Run: made.Run})
	h.answer(metrics, nil).Ready(true)
	return nil
}

func (*notifying) close(context.Context, *host) {}
