package scheduler

import (
	"cmp"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"

	"go.uber.org/zap"
)

// Defaults of Config.
const (
	DefaultLook      = "0 */6 * * *"
	DefaultReminders = "0 8 * * *"
	DefaultTolerance = time.Second
	DefaultRetry     = time.Second
)

// maxRetry is the longest wait between two tries of something that fails.
const maxRetry = time.Minute

// Config of a Scheduler. The zero value will do.
type Config struct {
	// Look is when to look for what is due, beside due instants and changes: a cron expression in UTC. It is a safety net; nothing waits
	// for it. Default: every six hours.
	Look string
	// Reminders is when to log which releases wait for a person: a cron expression in UTC. Default: every day at 8.
	Reminders string
	// Tolerance is how late, by the clock, a publication still counts as on time and bears the instant it was due. Default 1 s; a clock
	// that runs N times as fast needs N times as much for releases that are approved just before they are due.
	Tolerance time.Duration
	// Policies say which lists are expected every month, and how long before they take effect. Default: none is expected.
	Policies release.Policies
	// Retry is the first wait, in real time, after something failed; it doubles up to a minute. Default 1 s.
	Retry time.Duration
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	c = c.withDefaults()
	for _, spec := range []string{c.Look, c.Reminders} {
		schedule, err := cron.ParseStandard(spec)
		if err != nil {
			return fault.New(fault.Invalid, "read cron expression %q: %w", spec, err)
		}
		if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return fault.New(fault.Invalid, "cron expression %q never comes", spec)
		}
	}
	if c.Tolerance < 0 || c.Retry < 0 {
		return fault.New(fault.Invalid, "tolerance %s or retry %s is negative", c.Tolerance, c.Retry)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Look, c.Reminders = cmp.Or(c.Look, DefaultLook), cmp.Or(c.Reminders, DefaultReminders)
	c.Tolerance, c.Retry = cmp.Or(c.Tolerance, DefaultTolerance), cmp.Or(c.Retry, DefaultRetry)
	return c
}

// Deps are what a Scheduler works with; all are needed.
type Deps struct {
	Releases  release.Store
	Lists     *release.Lists
	Publisher stream.Publisher
	Reader    stream.Reader
	Clock     clock.Clock
	Log       *zap.Logger
}

func (d Deps) validate() error {
	if d.Releases == nil || d.Lists == nil || d.Publisher == nil || d.Reader == nil || d.Clock == nil || d.Log == nil {
		return fault.New(fault.Invalid, "a scheduler needs releases, lists, a publisher, a reader, a clock and a log")
	}
	return nil
}
