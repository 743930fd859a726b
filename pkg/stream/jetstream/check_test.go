package jetstream_test

import (
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

func dial(t *testing.T, url string) *natsgo.Conn {
	t.Helper()
	nc, err := natsgo.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestAServerThatCanDoEverythingIsFoundWell(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a := adapt(t, nc)
	declare(t, a)
	if err := a.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := a.CheckBatches(t.Context(), usd); err != nil {
		t.Error(err)
	}
	publish(t, a, batchOf("a", 10))
	if info, err := a.Info(t.Context(), usd); err != nil || info.Last != 10 {
		t.Errorf("the check left something: %+v, %v", info, err)
	}
	if err := a.Well(t.Context()); err != nil {
		t.Error(err)
	}
	nc.Close()
	if err := a.Well(t.Context()); err == nil {
		t.Error("a closed connection is well")
	}
}

func TestAServerIsToldWhatItLacks(t *testing.T) {
	options := func() *natsserver.Options {
		return &natsserver.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir()}
	}
	t.Run("JetStream", func(t *testing.T) {
		opts := options()
		opts.JetStream = false
		err := adapt(t, dial(t, startRaw(t, opts).ClientURL())).Check(limited(t, 20*time.Second))
		if !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("got %v, hint %q", err, fault.HintOf(err))
		}
	})
	t.Run("payload", func(t *testing.T) {
		opts := options()
		opts.MaxPayload = 64 << 10
		err := adapt(t, dial(t, startRaw(t, opts).ClientURL())).Check(t.Context())
		if !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
			t.Errorf("got %v, hint %q", err, fault.HintOf(err))
		}
	})
	t.Run("long batches", func(t *testing.T) {
		a := adapt(t, dial(t, startRaw(t, options()).ClientURL()))
		declare(t, a)
		err := a.CheckBatches(t.Context(), usd)
		if !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
			t.Errorf("got %v, hint %q", err, fault.HintOf(err))
		}
	})
}

func TestReplicasThatAServerCannotKeepAreRefusedWithAHint(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a, err := jetstream.New(nc, jetstream.Config{Replicas: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.Declare(t.Context(), stream.RatesDeclaration("USD")); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Fatalf("got %v, hint %q", err, fault.HintOf(err))
	}
}

func TestADeclaredStreamIsTouchedOnlyWhereItIsOtherwise(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a := adapt(t, nc)
	declare(t, a)
	updates, err := nc.SubscribeSync("$JS.API.STREAM.UPDATE.>")
	if err != nil {
		t.Fatal(err)
	}
	declare(t, a)
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := updates.Pending(); err != nil || n != 0 {
		t.Errorf("declaring again asked for %d updates, %v", n, err)
	}
	s, err := js.Stream(t.Context(), usd)
	if err != nil {
		t.Fatal(err)
	}
	changed := s.CachedInfo().Config
	changed.MaxAge, changed.Metadata = 1e18, map[string]string{"owner": "prices"}
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	declare(t, a)
	info, err := s.Info(t.Context())
	if err != nil || info.Config.MaxAge != 0 || info.Config.Metadata["owner"] != "prices" {
		t.Errorf("%+v, %v", info.Config, err)
	}
}
