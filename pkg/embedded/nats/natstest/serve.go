package natstest

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
)

// Serve starts a server with a folder of its own, which ends with the test.
func Serve(tb testing.TB) *embedded.Server {
	tb.Helper()
	server, err := embedded.Open(embedded.Config{Dir: tb.TempDir(), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// Connect connects to a server, until the test ends.
func Connect(tb testing.TB, server *embedded.Server, options ...nats.Option) jetstream.JetStream {
	tb.Helper()
	connection, err := nats.Connect(server.URL(), options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		tb.Fatal(err)
	}
	return js
}
