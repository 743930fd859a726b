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
	for deadline := time.Now().Add(30 * time.Second); !servers[0].JetStreamIsCurrent(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no leader")
		}
	}
	return addresses[1:]
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
