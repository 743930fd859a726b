package jetstream_test

import (
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/pkg/stream/streamtest"
)

func TestAClusterOfThreeKeepsThePromises(t *testing.T) {
	nc, err := natsgo.Connect(serveCluster(t), natsgo.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	remove := func(t *testing.T, name string) {
		t.Helper()
		if err := js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	streamtest.Run(t, func(t *testing.T) streamtest.Bed {
		for name := range js.StreamNames(t.Context()).Name() {
			remove(t, name)
		}
		a, err := jetstream.New(nc, jetstream.Config{Replicas: 3})
		if err != nil {
			t.Fatal(err)
		}
		return streamtest.Bed{Port: a, Delete: remove}
	})
}

func TestReplicasAreAddedAndNeverTakenAway(t *testing.T) {
	nc, err := natsgo.Connect(serveCluster(t), natsgo.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	replicas := func(n int) *jetstream.Adapter {
		a, err := jetstream.New(nc, jetstream.Config{Replicas: n})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	declaration := stream.RatesDeclaration("USD")
	for _, n := range []int{1, 3} {
		if _, err := replicas(n).Declare(t.Context(), declaration); err != nil {
			t.Fatalf("%d replicas: %v", n, err)
		}
	}
	_, err = replicas(1).Declare(t.Context(), declaration)
	if !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Errorf("fewer replicas: %v, hint %q", err, fault.HintOf(err))
	}
	if _, err = replicas(5).Declare(t.Context(), declaration); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Errorf("more replicas than servers: %v, hint %q", err, fault.HintOf(err))
	}
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), declaration.Name)
	if err != nil || s.CachedInfo().Config.Replicas != 3 {
		t.Errorf("%+v, %v", s.CachedInfo().Config, err)
	}
}

// serveCluster starts three servers and returns the addresses of all.
func serveCluster(t *testing.T) string {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		routes = append(routes, &url.URL{Scheme: "nats", Host: freeAddress(t)})
	}
	addresses := ""
	var servers []*natsserver.Server
	for i, r := range routes {
		opts := &natsserver.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
			SyncAlways: true, MaxPayload: 8 << 20, Routes: routes,
			JetStreamLimits: natsserver.JSLimitOpts{MaxBatchSize: stream.BatchLimit},
		}
		opts.Cluster.Name, opts.Cluster.Host = "test", "127.0.0.1"
		if _, err := fmt.Sscan(r.Port(), &opts.Cluster.Port); err != nil {
			t.Fatal(err)
		}
		srv, err := natsserver.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
		go srv.Start()
		servers = append(servers, srv)
	}
	for _, srv := range servers {
		if !srv.ReadyForConnections(20 * time.Second) {
			t.Fatal("not ready")
		}
		addresses += "," + srv.ClientURL()
	}
	awaitPeers(t, addresses[1:])
	return addresses[1:]
}

// awaitPeers waits until the cluster knows that all of its servers are there: until it places copies on each.
func awaitPeers(t *testing.T, addresses string) {
	t.Helper()
	nc, err := natsgo.Connect(addresses)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if _, err = js.CreateStream(t.Context(), natsjs.StreamConfig{Name: "TRIAL", Replicas: 3}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := js.DeleteStream(t.Context(), "TRIAL"); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
