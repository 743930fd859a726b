package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	natsclient "github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

const (
	// slowShare is how many clients there are for each slow one.
	slowShare = 100
	// joinsPerSecond is how fast clients join: the API takes 2,000 requests a second of one client.
	joinsPerSecond = 1_500
	// spareFiles are what a process opens besides its connections.
	spareFiles = 1_000
	// settling is how long an event that came twice may take to come.
	settling = 2 * time.Second
)

// benchSSE measures how long a burst of changes takes to reach every one of many clients that follow the events over HTTP, of whom some are
// slow or read nothing, and the most memory that the server ever has resident.
func benchSSE(ctx context.Context, s settings) error {
	changes := s.size(200)
	from, err := serve(ctx, s.size(4_000)) // more than a connection holds on its way to a slow client
	if err != nil {
		return err
	}
	defer from.close()
	i, err := s.up(ctx, filepath.Join(s.folder, "sse"))
	if err != nil {
		return err
	}
	defer func() { _ = i.stop() }()
	clients, err := i.mostClients(s.size(10_000))
	if err != nil {
		return err
	}
	slow := clients / slowShare
	b := i.audience(ctx, from)
	defer b.close()
	if err := b.join(slow, (*listener).dawdle); err != nil {
		return err
	}
	if _, err := b.publish(ctx, from.rows); err != nil { // the stream appears while the slow ones follow
		return err
	}
	if err := b.join(clients-slow, (*listener).follow); err != nil {
		return err
	}
	s.report.say("%d clients follow, %d of them slow", clients, slow)
	rounds := min(s.rounds, 3)
	var p50, p99, last []float64
	for round := range rounds {
		from.showFirst(changes, round+1)
		waits, err := b.burst(ctx, changes)
		if err != nil {
			return err
		}
		p50, p99, last = append(p50, quantile(waits, 0.5)), append(p99, quantile(waits, 0.99)), append(last, slices.Max(waits))
	}
	if err := b.settled(); err != nil {
		return err
	}
	peak, err := i.peak()
	if err != nil {
		return err
	}
	env := environment{Rounds: rounds, Of: fmt.Sprintf("%d changes to each of n clients, %d of them slow", changes, slow)}
	for _, f := range []figure{
		{Name: "sse_p50", Value: quantile(p50, 0.5), Unit: "ms"},
		{Name: "sse_p99", Value: quantile(p99, 0.5), Unit: "ms"},
		{Name: "sse_last", Value: quantile(last, 0.5), Unit: "ms"},
		{Name: "peak_memory", Value: peak, Unit: "MiB"},
	} {
		f.N, f.Env = clients, env
		if err := s.report.alone(f); err != nil {
			return err
		}
	}
	return nil
}

// mostClients is how many clients there can be, as many as are wanted at most: each takes a file of both processes.
func (i *instance) mostClients(wanted int) (int, error) {
	var own syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &own); err != nil {
		return 0, fmt.Errorf("read limit of files: %w", err)
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(i.PID) + "/limits")
	if err != nil {
		return 0, fault.New(fault.Unavailable, "read limit of files: %w", err).WithHint("measure it on Linux")
	}
	_, rest, _ := strings.Cut(string(text), "Max open files")
	soft, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	server, err := strconv.Atoi(soft)
	if err != nil {
		return 0, fault.New(fault.Unavailable, "read limit of files: %q is no number", soft)
	}
	most := min(wanted, server-spareFiles, int(min(own.Cur, 1<<30))-spareFiles)
	if most < 1 {
		return 0, fault.New(fault.Unavailable, "files allow no client: %d here, %d of the server", own.Cur, server).WithHint("raise the limit of open files: ulimit -n")
	}
	return most, nil
}

// audience is clients that follow all of a currency's stream.
type audience struct {
	server *instance
	from   *source

	ctx     context.Context //nolint:containedctx // the clients' life
	stop    context.CancelFunc
	end     uint64        // of the stream
	due     atomic.Uint64 // the end of the burst that is under way
	fast    int
	joined  chan struct{}
	arrived chan time.Time
	failed  chan error
	reading sync.WaitGroup
}

// audience is nobody yet.
func (i *instance) audience(ctx context.Context, from *source) *audience {
	b := &audience{server: i, from: from, joined: make(chan struct{}), arrived: make(chan time.Time), failed: make(chan error)}
	b.ctx, b.stop = context.WithCancel(ctx)
	return b
}

func (b *audience) close() {
	b.stop()
	b.reading.Wait()
}

// join lets clients join, and returns when each is answered.
func (b *audience) join(clients int, follow func(*listener, context.Context) error) error {
	took := stopwatch()
	for n := range clients {
		time.Sleep(time.Duration(n)*time.Second/joinsPerSecond - took())
		l := &listener{audience: b, number: n, next: b.end + 1}
		b.reading.Go(func() {
			if err := follow(l, b.ctx); err != nil {
				tell(b.ctx, b.failed, err)
			}
		})
	}
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for range clients {
		select {
		case <-b.joined:
		case err := <-b.failed:
			return err
		case <-late.C:
			return fault.New(fault.Internal, "a client that joins is not told where it begins")
		}
	}
	b.fast = clients
	return nil
}

// tell hands something over, unless the benchmark has ended.
func tell[T any](ctx context.Context, to chan<- T, what T) {
	select {
	case to <- what:
	case <-ctx.Done():
	}
}

// publish has what the source shows crawled, which is so many changes, and returns when the last of them was stored.
func (b *audience) publish(ctx context.Context, changes int) (time.Time, error) {
	b.end += uint64(changes) + 1 // the record of the crawl is an event too
	b.due.Store(b.end)
	if err := b.server.crawl(ctx, b.from); err != nil {
		return time.Time{}, err
	}
	last, err := b.server.lastRate(ctx)
	if err == nil && last.Sequence != b.end {
		err = fault.New(fault.Internal, "the stream ends at %d after %d changes, not at %d", last.Sequence, changes, b.end)
	}
	return last.Stored, err
}

// lastRate is the last record of the stream of rates.
func (i *instance) lastRate(ctx context.Context) (stream.Record, error) {
	conn, err := natsclient.Connect(i.NATS, natsclient.Timeout(time.Minute))
	if err != nil {
		return stream.Record{}, fmt.Errorf("connect to nats: %w", err)
	}
	defer conn.Close()
	streams, err := jetstream.New(conn, jetstream.Config{})
	if err != nil {
		return stream.Record{}, err
	}
	return streams.Last(ctx, stream.Rates(string(usd)), ">")
}

// burst has changes published, and returns how long after the last of them was stored each of the fast clients had all, in milliseconds.
func (b *audience) burst(ctx context.Context, changes int) ([]float64, error) {
	type outcome struct {
		stored time.Time
		err    error
	}
	published := make(chan outcome, 1)
	go func() {
		stored, err := b.publish(ctx, changes)
		published <- outcome{stored, err}
	}()
	late := time.NewTimer(2 * time.Minute)
	defer late.Stop()
	all := make([]time.Time, 0, b.fast)
	for len(all) < b.fast {
		select {
		case at := <-b.arrived:
			all = append(all, at)
		case err := <-b.failed:
			return nil, err
		case <-late.C:
			return nil, fault.New(fault.Internal, "%d of %d clients have all changes after two minutes", len(all), b.fast)
		}
	}
	o := <-published
	waits := make([]float64, len(all))
	for n, at := range all {
		waits[n] = milliseconds(at.Sub(o.stored))
	}
	return waits, o.err
}

// settled waits for what may come though nothing is due.
func (b *audience) settled() error {
	select {
	case err := <-b.failed:
		return err
	case <-time.After(settling):
		return nil
	}
}
