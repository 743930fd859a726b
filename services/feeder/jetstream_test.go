package feeder_test

import (
	"net"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

// TestEachBatchIsToldOnceAlthoughTheServerGoesAwayAgainAndAgain stops the real server while a feeder tells what is there, and while it waits.
func TestEachBatchIsToldOnceAlthoughTheServerGoesAwayAgainAndAgain(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	open := func() *nats.Server {
		server, err := nats.Open(nats.Config{Dir: dir, Address: address}, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		return server
	}
	server := open()
	t.Cleanup(func() { _ = server.Close() })
	nc, err := natsgo.Connect(server.URL(), natsgo.MaxReconnects(-1), natsgo.ReconnectWait(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	p, err := jetstream.New(nc, jetstream.Config{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	declare(t, p, stream.PricesDeclaration())
	source := year(t, 24, 200)
	publish(t, p, stream.Prices, source[:40]...)
	f, stop := start(t, p)
	for round := range 4 {
		told := uint64(600 * (round + 1))
		eventually(t, "some is told", func() bool { h := f.Health(); return len(h) > 0 && h[0].Position >= told })
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		server = open()
		if round == 1 { // the process ends as well
			stop()
			f, stop = start(t, p)
		}
	}
	eventually(t, "the connection is back", nc.IsConnected)
	publish(t, p, stream.Prices, source[40:]...)
	everythingTold(t, f, p, stream.Prices)
	mustBeTold(t, p, stream.Prices, source)
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
