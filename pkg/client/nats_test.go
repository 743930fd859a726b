package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	natsgo "github.com/nats-io/nats.go"
	"go.uber.org/zap/zaptest"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

// serve runs a server on a folder, under an address that stays.
func serve(t *testing.T, dir, address string) *nats.Server {
	t.Helper()
	server, err := nats.Open(nats.Config{Dir: dir, Address: address}, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// TestASubscriberOverNATSOutlivesTheServer follows JetStream while the server is stopped and started again under batches.
func TestASubscriberOverNATSOutlivesTheServer(t *testing.T) {
	dir := t.TempDir()
	server := serve(t, dir, "127.0.0.1:0")
	defer func() { _ = server.Close() }()
	url := server.URL()
	nc, err := natsgo.Connect(url, natsgo.MaxReconnects(-1), natsgo.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	streams, err := jetstream.New(nc, jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	batch := func(n int) {
		t.Helper()
		messages := []stream.Message{
			{Subject: fmt.Sprintf("pw.price.us.usd.p%d.0001.p1m.monthly.0", n%5), ID: fmt.Sprint("a", n), Data: []byte("{}")},
			{Subject: fmt.Sprintf("pw.price.us.usd.p%d.0002.p1m.monthly.0", n), ID: fmt.Sprint("b", n), Data: []byte("{}")},
			{Subject: fmt.Sprintf("pw.release.license.us.2026-12.r%d.published", n), ID: fmt.Sprint("c", n), Data: []byte("{}")},
		}
		if _, err := streams.Publish(t.Context(), stream.Prices, messages, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 20 {
		batch(n)
	}
	const restartedAt, last = 90, 150
	c := &copyOf{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	came := make(chan uint64, 1000)
	reached := errors.New("reached")
	c.after = func(b client.Batch) error {
		at := b.Position[stream.Prices].Sequence
		came <- at
		if at >= last {
			return reached
		}
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- client.Follow(ctx, client.Streams(streams), client.Options{}, c) }()
	for n := 20; n < restartedAt/3; n++ {
		batch(n)
	}
	for at := uint64(0); at < restartedAt; {
		select {
		case at = <-came:
		case <-ctx.Done():
			t.Fatal("nothing came")
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	server = serve(t, dir, url[len("nats://"):])
	for n := restartedAt / 3; n < last/3; n++ {
		batch(n)
	}
	if err := <-ended; !errors.Is(err, reached) {
		t.Fatal(err)
	}
	snapshot := c.pieces[0].Position[stream.Prices].Sequence
	for i, sequence := range c.changes {
		if sequence != snapshot+uint64(i)+1 {
			t.Fatalf("change %d is at %d behind a snapshot up to %d", i, sequence, snapshot)
		}
	}
	want := map[string]uint64{}
	for n := range last / 3 {
		want[fmt.Sprintf("pw.price.us.usd.p%d.0001.p1m.monthly.0", n%5)] = uint64(3*n + 1)
		want[fmt.Sprintf("pw.price.us.usd.p%d.0002.p1m.monthly.0", n)] = uint64(3*n + 2)
		want[fmt.Sprintf("pw.release.license.us.2026-12.r%d.published", n)] = uint64(3*n + 3)
	}
	if diff := cmp.Diff(want, c.state); diff != "" {
		t.Error(diff)
	}
}
