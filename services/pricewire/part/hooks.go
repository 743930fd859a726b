package part

import (
	"crypto/rand"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/webhook"
	"github.com/pricewire/pricewire/services/notifier"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Reach says where webhooks may be: who makes them and who sends to them are to be told the same.
type Reach struct {
	Allow []string // networks of the inside that may be reached after all, as CIDR
}

// Flags adds the flags that set it; what it says before is their default.
func (r *Reach) Flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&r.Allow, "webhook-allow", r.Allow, "networks of the inside that webhooks may reach, over http too, such as 10.1.0.0/16; none: only addresses of the internet, over https")
}

// Validate notes what is wrong.
func (r Reach) Validate(wrong *command.Wrong) {
	if _, bad := r.networks(); bad != "" {
		wrong.Flag("webhook-allow", strconv.Quote(bad)+" is not a network such as 10.1.0.0/16")
	}
}

// networks reads the networks, and returns the first that is none.
func (r Reach) networks() (all []netip.Prefix, bad string) {
	for _, text := range r.Allow {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, text
		}
		all = append(all, prefix.Masked())
	}
	return all, ""
}

// Rule is what addresses of webhooks are judged by.
func (r Reach) Rule() webhook.Reach {
	allow, _ := r.networks()
	return webhook.NewReach(allow...)
}

// Hooks says how events are sent to webhooks.
type Hooks struct {
	Reach
	GivesUp time.Duration // after so long an endpoint that fails is disabled
}

// DefaultHooks is how events are sent unless the configuration says otherwise.
func DefaultHooks() Hooks { return Hooks{GivesUp: webhook.GivesUp} }

// Flags adds the flags that set it; what it says before is their default.
func (h *Hooks) Flags(flags *pflag.FlagSet) {
	h.Reach.Flags(flags)
	flags.DurationVar(&h.GivesUp, "webhook-gives-up", h.GivesUp, "how long a webhook may fail before it is disabled, at least an hour")
}

// Validate notes what is wrong.
func (h Hooks) Validate(wrong *command.Wrong) {
	h.Reach.Validate(wrong)
	if h.GivesUp < time.Hour {
		wrong.Flag("webhook-gives-up", "must be an hour or more")
	}
}

// Notifier makes a notifier, which sends events to webhooks. What it counts goes to a registry.
func (b *Base) Notifier(h Hooks, version string, c clock.Clock, metrics *prometheus.Registry, log *zap.Logger) (*notifier.Notifier, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return notifier.New(notifier.Config{Owner: host + "/" + strconv.Itoa(os.Getpid()) + "/" + rand.Text()[:8], Reach: h.Rule(), GivesUp: h.GivesUp, Version: version}, notifier.Deps{
		Streams: b.Streams, Hooks: b.Hooks, Watchlists: b.Watched, Clock: c, Metrics: metrics, Log: log,
	})
}
