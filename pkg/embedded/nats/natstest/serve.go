package natstest

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
)

// Serve starts a server with a folder of its own, which ends with the test.
func Serve(t testing.TB) *embedded.Server {
	t.Helper()
	server, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// Connect connects to a server, until the test ends.
func Connect(t testing.TB, server *embedded.Server, options ...nats.Option) jetstream.JetStream {
	t.Helper()
	connection, err := nats.Connect(server.URL(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
