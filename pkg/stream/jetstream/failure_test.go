package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap/zaptest"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

var usd = stream.Rates("USD")

// restartable is a server that comes back on the same address and folder.
type restartable struct {
	t   *testing.T
	cfg nats.Config
	srv *nats.Server
}

func serveRestartable(t *testing.T) *restartable {
	t.Helper()
	dir := t.TempDir()
	r := &restartable{t: t, cfg: nats.Config{Dir: dir, Address: "127.0.0.1:0"}}
	r.start()
	r.cfg.Address = r.srv.URL()[len("nats://"):]
	t.Cleanup(r.stop)
	return r
}

func (r *restartable) start() {
	r.t.Helper()
	var err error
	if r.srv, err = nats.Open(r.cfg, zaptest.NewLogger(r.t)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *restartable) stop() {
	if err := r.srv.Close(); err != nil {
		r.t.Error(err)
	}
}

func limited(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func declare(t *testing.T, a *jetstream.Adapter) {
	t.Helper()
	if _, err := a.Declare(limited(t, 10*time.Second), stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
}

func batchOf(prefix string, n int) []stream.Message {
	batch := make([]stream.Message, n)
	for i := range batch {
		id := fmt.Sprintf("%s-%d", prefix, i)
		batch[i] = stream.Message{Subject: "pw.rate.usd." + id, ID: id, Data: []byte("rate")}
	}
	return batch
}

func publish(t *testing.T, a *jetstream.Adapter, batch []stream.Message) {
	t.Helper()
	if _, err := a.Publish(limited(t, 10*time.Second), usd, batch, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// insist publishes until it is known to be stored, as writers do.
func insist(t *testing.T, a *jetstream.Adapter, batch []stream.Message, expected uint64) uint64 {
	t.Helper()
	ctx := limited(t, 30*time.Second)
	last := batch[len(batch)-1]
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		seq, err := a.Publish(attempt, usd, batch, stream.Expectation{Subject: "pw.*.usd.>", Sequence: expected})
		if err == nil {
			cancel()
			return seq
		}
		r, err := a.Last(attempt, usd, "pw.*.usd.>")
		cancel()
		if err == nil && r.ID == last.ID {
			return r.Sequence
		}
	}
	t.Fatal("never stored")
	return 0
}

func TestASubscriptionOutlivesRestartsOfTheServer(t *testing.T) {
	r := serveRestartable(t)
	writer, reader := adapt(t, connect(t, r.srv)), adapt(t, connect(t, r.srv))
	declare(t, writer)
	sub, err := reader.Subscribe(t.Context(), stream.Query{Stream: usd, Start: stream.Start{New: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	const batches, size = 30, 20
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		last := uint64(0)
		for i := range batches {
			if i%10 == 0 {
				r.stop()
				r.start()
			}
			last = insist(t, writer, batchOf(fmt.Sprint(i), size), last)
		}
	}()
	ctx := limited(t, time.Minute)
	for i := range batches * size {
		rec, err := sub.Next(ctx)
		if err != nil || rec.Sequence != uint64(i+1) || rec.ID != fmt.Sprintf("%d-%d", i/size, i%size) {
			t.Fatalf("record %d: %d %s, %v", i, rec.Sequence, rec.ID, err)
		}
	}
	<-wrote
}

func TestASnapshotInterruptedByARestartHasNoRecordTwiceAndNoneThatIsSuperseded(t *testing.T) {
	r := serveRestartable(t)
	a := adapt(t, connect(t, r.srv))
	declare(t, a)
	for range 3 { // each subject three times
		for i := range 10 {
			publish(t, a, batchOf(fmt.Sprint(i), 1000))
		}
	}
	sub, err := a.Subscribe(t.Context(), stream.Query{Stream: usd, Start: stream.Start{LastPerSubject: true}})
	if err != nil || sub.Pending() != 10_000 {
		t.Fatalf("%d pending: %v", sub.Pending(), err)
	}
	defer sub.Stop()
	ctx := limited(t, time.Minute)
	for i := range 10_000 {
		if i == 5000 {
			r.stop()
			r.start()
		}
		if rec, err := sub.Next(ctx); err != nil || rec.Sequence != uint64(20_000+i+1) {
			t.Fatalf("record %d has sequence %d: %v", i, rec.Sequence, err)
		}
	}
	publish(t, a, batchOf("0", 2))
	for i := range 2 {
		if rec, err := sub.Next(ctx); err != nil || rec.Sequence != uint64(30_000+i+1) {
			t.Fatalf("record %d after the snapshot has sequence %d: %v", i, rec.Sequence, err)
		}
	}
}

func TestNextHonoursItsContextWhileTheServerIsDown(t *testing.T) {
	r := serveRestartable(t)
	a := adapt(t, connect(t, r.srv))
	declare(t, a)
	sub, err := a.Subscribe(t.Context(), stream.Query{Stream: usd})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	r.stop()
	began := time.Now()
	if _, err := sub.Next(limited(t, 200*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 3*time.Second {
		t.Fatalf("after %s: %v", time.Since(began), err)
	}
	if _, err := a.Publish(limited(t, 200*time.Millisecond), usd, batchOf("x", 2), stream.Expectation{}); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
	r.start()
	publish(t, a, batchOf("y", 1))
	for { // the first may have been stored after all: it is on its way until the connection is given up
		rec, err := sub.Next(limited(t, 20*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if rec.ID == "y-0" {
			return
		}
	}
}

func TestASubscriptionEndsWithItsConnection(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a := adapt(t, nc)
	declare(t, a)
	sub, err := a.Subscribe(t.Context(), stream.Query{Stream: usd})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	time.AfterFunc(50*time.Millisecond, nc.Close)
	if _, err := sub.Next(limited(t, 20*time.Second)); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
	if _, err := a.Publish(t.Context(), usd, batchOf("x", 2), stream.Expectation{}); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
}

func TestAServerWithItsOwnBatchLimitSaysSo(t *testing.T) {
	srv := startRaw(t, &natsserver.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir()})
	nc, err := natsgo.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a := adapt(t, nc)
	declare(t, a)
	publish(t, a, batchOf("a", 1000))
	_, err = a.Publish(limited(t, 10*time.Second), usd, batchOf("b", 2600), stream.Expectation{})
	if !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
		t.Fatalf("got %v, hint %q", err, fault.HintOf(err))
	}
	if info, err := a.Info(t.Context(), usd); err != nil || info.Last != 1000 {
		t.Fatalf("%+v, %v", info, err)
	}
}

func TestABatchBeyondTheBoundIsRefusedBeforeItBegins(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a, err := jetstream.New(nc, jetstream.Config{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	declare(t, a)
	publish(t, a, batchOf("a", 1000))
	_, err = a.Publish(limited(t, 10*time.Second), usd, batchOf("b", 3000), stream.Expectation{})
	if !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Fatalf("got %v, hint %q", err, fault.HintOf(err))
	}
	if info, err := a.Info(t.Context(), usd); err != nil || info.Last != 1000 {
		t.Fatalf("%+v, %v", info, err)
	}
}

func TestADeclarationKeepsHistoryForEver(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	declare(t, adapt(t, nc))
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), usd)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	if c.MaxAge != 0 || c.MaxMsgs != -1 || c.MaxBytes != -1 || c.MaxMsgsPerSubject != -1 || !c.DenyDelete || !c.DenyPurge ||
		c.Discard != natsjs.DiscardNew || c.Storage != natsjs.FileStorage || c.Compression != natsjs.S2Compression || !c.AllowAtomicPublish ||
		!c.AllowDirect || c.Replicas != 1 || c.Retention != natsjs.LimitsPolicy {
		t.Fatalf("%+v", c)
	}
	if err := s.Purge(t.Context()); err == nil {
		t.Fatal("purged")
	}
}

func TestABadConfigurationIsRefused(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	for _, cfg := range []jetstream.Config{{Replicas: 2}, {Replicas: -1}, {Timeout: -1}} {
		if _, err := jetstream.New(nc, cfg); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// A server with a bound of its own, and one replica, fails in the middle of committing a batch. What it keeps of it is not delivered
// until a server with more room has completed it.
func TestAPieceOfABatchIsNotDeliveredUntilItIsWhole(t *testing.T) {
	const size = 5
	opts := &natsserver.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, JetStreamMaxStore: 1 << 20,
	}
	srv := startRaw(t, opts)
	nc, err := natsgo.Connect(srv.ClientURL(), natsgo.MaxReconnects(-1), natsgo.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a, err := jetstream.New(nc, jetstream.Config{Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	declare(t, a)
	batch := batchOf("x", size)
	for i := range batch {
		batch[i].Data = make([]byte, 65_000)
	}
	stored := 0
	for ; err == nil; stored++ {
		_, err = a.Publish(t.Context(), usd, batch, stream.Expectation{})
	}
	stored--
	info, err := a.Info(t.Context(), usd)
	if err != nil || info.Last%size == 0 {
		t.Fatalf("the server kept %d messages of batches of 5, and no piece: %v", info.Last, err)
	}
	sub, err := a.Subscribe(t.Context(), stream.Query{Stream: usd})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	ctx := limited(t, 30*time.Second)
	for i := range size * stored {
		if rec, err := sub.Next(ctx); err != nil || rec.Sequence != uint64(i+1) {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	if rec, err := sub.Next(limited(t, 300*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("record %d of %s, %v", rec.Sequence, rec.Batch, err)
	}
	opts.Port = srv.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	srv.Shutdown()
	srv.WaitForShutdown()
	opts.JetStreamMaxStore = 1 << 30
	startRaw(t, opts)
	for i := range size {
		rec, err := sub.Next(ctx)
		if err != nil || rec.Sequence != uint64(size*stored+i+1) || rec.Commit != (i == size-1) {
			t.Fatalf("record %d of the completed batch: %+v, %v", i, rec.Sequence, err)
		}
	}
}

func startRaw(t *testing.T, opts *natsserver.Options) *natsserver.Server {
	t.Helper()
	srv, err := natsserver.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("not ready")
	}
	return srv
}
