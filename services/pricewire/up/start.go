package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

// start runs the parts in order and returns when all of them are ready: the tables hold what the streams held at start, and what was being
// published when the last process ended is published.
func (p *process) start(ctx context.Context, group *daemon.Group, listener net.Listener, say func(string, ...any)) error {
	group.Start(ctx, daemon.Part{Name: "materializer", Run: p.materializer.Run})
	tell := func(behind uint64) { say("writing %d messages that are not in the tables yet …", behind) }
	if err := p.base.CatchUp(ctx, group, tell); err != nil {
		return err
	}
	newest, err := p.newestEvent(ctx)
	if err != nil {
		return err
	}
	if err := p.clock.notBehind(newest); err != nil {
		return err
	}
	group.Start(ctx, daemon.Part{Name: "scheduler", Run: p.scheduler.Run})
	p.ingester.Start(ctx, group)
	group.Start(ctx, daemon.Part{Name: "feeder", Run: p.feeder.Run})
	group.Start(ctx, daemon.Part{Name: "door", Run: p.feeder.Open})
	group.Start(ctx, daemon.Part{Name: "current", Run: p.current.Run})
	group.Start(ctx, daemon.Part{Name: "notifier", Run: p.notifier.Run})
	group.Start(ctx, daemon.Part{Name: "api", Run: func(ctx context.Context) error { return p.api.Run(ctx, listener) }})
	if err := p.clock.awaitAlarms(ctx, p.alarmOwners()); err != nil {
		return err
	}
	p.api.Ready(true)
	group.Start(ctx, daemon.Part{Name: "clock", Run: p.clock.run})
	if p.cfg.Crawls.Source == part.SourceSample {
		group.Start(ctx, daemon.Part{Name: "sample lists", Run: p.keepSample})
	}
	return nil
}

// alarmOwners counts the parts that always have an alarm set: the scheduler, and the ingester where it has a source.
func (p *process) alarmOwners() int {
	if p.cfg.Crawls.Source == part.SourceNone {
		return 1
	}
	return 2
}

// newestEvent returns the time of the newest event of all streams, zero when there is none.
func (p *process) newestEvent(ctx context.Context) (time.Time, error) {
	infos, err := p.base.Streams.Streams(ctx)
	if err != nil {
		return time.Time{}, err
	}
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name.Name
	}
	return p.base.Newest(ctx, names...)
}

// narrator tells a person what takes time.
func narrator(out io.Writer) func(string, ...any) {
	return func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
}

// summary says what runs where.
func summary(out io.Writer, cfg Config, http string, s *servers, folder *daemon.Folder, took time.Duration) {
	lines := []string{
		"", "Pricewire is ready after " + took.Round(10*time.Millisecond).String() + ".", "",
		"  page and API   " + http,
		"  NATS           " + s.NATSShown(),
		"  ClickHouse     " + s.clickHouseShown(),
		"  usage rates    " + cfg.Crawls.Source,
		"  data           " + folder.Path + "  (addresses with passwords: " + endpointsFile + ")",
	}
	if cfg.Simulated() {
		lines = append(lines, fmt.Sprintf("  time           simulated, %g seconds a second", cfg.rate()))
	}
	lines = append(lines, "", "  Ctrl-C stops it; whatever is stored stays.", "")
	_, _ = fmt.Fprintln(out, strings.Join(lines, "\n"))
}

// badFlag is an error about the value of a flag.
func badFlag(flag string, err error) error {
	return fault.New(fault.Invalid, "%w", err).WithPlaces(fault.Place{Where: "flag." + flag, Problem: err.Error()})
}

// badListener says why an address cannot be listened on.
func badListener(flag, address string, err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return fault.New(fault.Unavailable, "listen on %s: %w", address, err).WithHint("choose another with --%s, such as 127.0.0.1:0 for any free port", flag)
}
