package up

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// catchUpLook is how often a start looks whether the tables have caught up with the streams.
	catchUpLook = 20 * time.Millisecond
	// catchUpWord is how often it says how far they are.
	catchUpWord = 2 * time.Second
)

// start runs the parts in order and returns when all of them are ready: the tables hold what the streams held at start, and what was being
// published when the last process ended is published.
func (p *process) start(ctx context.Context, group *daemon.Group, listener net.Listener, say func(string, ...any)) error {
	group.Start(ctx, daemon.Part{Name: "materializer", Run: p.materializer.Run})
	if err := p.catchUp(ctx, group, say); err != nil {
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
	if p.sampleFeed != nil {
		group.Start(ctx, daemon.Part{Name: "sample", Run: p.serveSample})
	}
	group.Start(ctx, daemon.Part{Name: "ingester", Run: p.ingester.Run})
	group.Start(ctx, daemon.Part{Name: "api", Run: func(ctx context.Context) error { return p.api.Run(ctx, listener) }})
	if err := p.clock.awaitAlarms(ctx, p.alarmOwners()); err != nil {
		return err
	}
	p.api.Ready(true)
	group.Start(ctx, daemon.Part{Name: "clock", Run: p.clock.run})
	if p.cfg.Source == SourceSample {
		group.Start(ctx, daemon.Part{Name: "sample lists", Run: p.keepSample})
	}
	return nil
}

// alarmOwners counts the parts that always have an alarm set: the scheduler, and the ingester where it has a source.
func (p *process) alarmOwners() int {
	if p.cfg.Source == SourceNone {
		return 1
	}
	return 2
}

// catchUp waits until the tables hold what the streams hold.
func (p *process) catchUp(ctx context.Context, group *daemon.Group, say func(string, ...any)) error {
	infos, err := p.streams.Streams(ctx)
	if err != nil {
		return err
	}
	look, word := time.NewTicker(catchUpLook), time.NewTicker(catchUpWord)
	defer look.Stop()
	defer word.Stop()
	for {
		behind := uint64(0)
		for _, info := range infos {
			written, err := p.history.Position(ctx, info.Name.String())
			if err != nil {
				return err
			}
			behind += info.Last - min(written, info.Last)
		}
		if behind == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-word.C:
			say("writing %d messages that are not in the tables yet …", behind)
		case err := <-group.Failed():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// newestEvent returns the time of the newest event of all streams, zero when there is none.
func (p *process) newestEvent(ctx context.Context) (time.Time, error) {
	infos, err := p.streams.Streams(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var newest time.Time
	for _, info := range infos {
		last, err := p.streams.Last(ctx, info.Name.Name, ">")
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		var envelope event.Envelope
		if json.Unmarshal(last.Data, &envelope) == nil && envelope.Time.After(newest) { // what is no event is in the rejects
			newest = envelope.Time
		}
	}
	return newest, nil
}

// narrator tells a person what takes time.
func narrator(out io.Writer) func(string, ...any) {
	return func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
}

// summary says what runs where.
func summary(out io.Writer, cfg Config, e Endpoints, folder *daemon.Folder, took time.Duration) {
	lines := []string{
		"", "Pricewire is ready after " + took.Round(10*time.Millisecond).String() + ".", "",
		"  page and API   " + e.HTTP,
		"  NATS           " + withoutSecrets(e.NATS),
		"  ClickHouse     " + withoutSecrets(e.ClickHouse),
		"  usage rates    " + cfg.Source,
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
