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
	from, err := serve(ctx, changes)
	if err != nil {
		return err
	}
	defer from.close()
	i, err := s.up(ctx, filepath.Join(s.folder, "sse"))
	if err != nil {
		return err
	}
	defer func() { _ = i.stop() }()
	if err := i.crawl(ctx, from); err != nil {
		return err
	}
	clients, err := i.mostClients(s.size(10_000))
	if err != nil {
		return err
	}
	b, err := i.join(ctx, clients)
	if err != nil {
		return err
	}
	defer b.close()
	s.report.say("%d clients follow, %d of them slow", clients, clients-b.fast)
	rounds := min(s.rounds, 3)
	var p50, p99, last []float64
	for round := range rounds {
		from.show(round + 1)
		waits, err := b.burst(ctx, from, changes)
		if err != nil {
			return err
		}
		p50, p99, last = append(p50, quantile(waits, 0.5)), append(p99, quantile(waits, 0.99)), append(last, slices.Max(waits))
	}
	if err := b.settled(); err != nil {
		return err
	}
	s.report.say("%d slow clients were cut off", b.gone.Load())
	peak, err := i.peak()
	if err != nil {
		return err
	}
	env := environment{Rounds: rounds, Of: fmt.Sprintf("%d changes to each of n clients, %d of them slow", changes, clients-b.fast)}
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
	server  *instance
	streams *jetstream.Adapter
	conn    *natsclient.Conn
	stop    context.CancelFunc
	fast    int
	end     uint64        // of the stream, at the last burst
	due     atomic.Uint64 // the end of the burst that is under way
	arrived chan time.Time
	failed  chan error
	gone    atomic.Int32 // slow ones that were cut off
	reading sync.WaitGroup
}

// join lets clients join, and returns when each was told where it begins.
func (i *instance) join(ctx context.Context, clients int) (*audience, error) {
	ctx, stop := context.WithCancel(ctx)
	b := &audience{server: i, stop: stop, fast: clients - clients/slowShare, arrived: make(chan time.Time, clients), failed: make(chan error, clients)}
	var err error
	if b.conn, err = natsclient.Connect(i.NATS); err != nil {
		stop()
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	if b.streams, err = jetstream.New(b.conn, jetstream.Config{}); err != nil {
		b.close()
		return nil, err
	}
	info, err := b.streams.Info(ctx, stream.Rates(string(usd)))
	if err != nil {
		b.close()
		return nil, err
	}
	b.end = info.Last
	joined := make(chan struct{}, clients)
	took := stopwatch()
	for n := range clients {
		time.Sleep(time.Duration(n)*time.Second/joinsPerSecond - took())
		l := &listener{audience: b, next: b.end + 1}
		switch {
		case n%slowShare != slowShare-1:
			b.reading.Go(func() { l.follow(ctx, joined) })
		case n/slowShare%2 == 0:
			b.reading.Go(func() { l.dawdle(ctx, 64, joined) })
		default:
			b.reading.Go(func() { l.dawdle(ctx, 0, joined) })
		}
	}
	for range clients {
		select {
		case <-joined:
		case err := <-b.failed:
			b.close()
			return nil, err
		case <-time.After(time.Minute):
			b.close()
			return nil, fault.New(fault.Internal, "a client that joins is not told where it begins")
		}
	}
	return b, nil
}

func (b *audience) close() {
	b.stop()
	b.reading.Wait()
	if b.conn != nil {
		b.conn.Close()
	}
}

// burst has changes published, and returns how long after the last of them was stored each of the fast clients had all, in milliseconds.
func (b *audience) burst(ctx context.Context, from *source, changes int) ([]float64, error) {
	end := b.end + uint64(changes) + 1 // the record of the crawl is an event too
	b.due.Store(end)
	if err := b.server.crawl(ctx, from); err != nil {
		return nil, err
	}
	last, err := b.streams.Last(ctx, stream.Rates(string(usd)), ">")
	if err != nil {
		return nil, err
	}
	if last.Sequence != end {
		return nil, fault.New(fault.Internal, "the stream ends at %d after %d changes, not at %d", last.Sequence, changes, end)
	}
	b.end = end
	late := time.NewTimer(2 * time.Minute)
	defer late.Stop()
	waits := make([]float64, 0, b.fast)
	for len(waits) < b.fast {
		select {
		case at := <-b.arrived:
			waits = append(waits, milliseconds(at.Sub(last.Stored)))
		case err := <-b.failed:
			return nil, err
		case <-late.C:
			return nil, fault.New(fault.Internal, "%d of %d clients have all changes after two minutes", len(waits), b.fast)
		}
	}
	return waits, nil
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
