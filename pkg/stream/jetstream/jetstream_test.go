package jetstream_test

import (
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/pkg/stream/streamtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestJetStreamKeepsThePromises(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) streamtest.Bed {
		nc := connect(t, natstest.Serve(t))
		js, err := natsjs.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		return streamtest.Bed{Port: adapt(t, nc), Delete: func(t *testing.T, name string) {
			if err := js.DeleteStream(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}}
	})
}

func connect(t testing.TB, srv *nats.Server) *natsgo.Conn {
	t.Helper()
	return natstest.Connect(t, srv, natsgo.MaxReconnects(-1), natsgo.ReconnectWait(50*time.Millisecond)).Conn()
}

func adapt(t testing.TB, nc *natsgo.Conn) *jetstream.Adapter {
	t.Helper()
	a, err := jetstream.New(nc, jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Several patterns make the server walk through the subjects of a block for each message that it looks for.
func TestASubscriptionToAllThatAStreamHoldsFiltersNothing(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a := adapt(t, nc)
	declaration := stream.RatesDeclaration("USD")
	if _, err := a.Declare(t.Context(), declaration); err != nil {
		t.Fatal(err)
	}
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), declaration.Name)
	if err != nil {
		t.Fatal(err)
	}
	for patterns, want := range map[int]int{len(declaration.Subjects): 0, 2: 2} {
		sub, err := a.Subscribe(t.Context(), stream.Query{Stream: declaration.Name, Subjects: declaration.Subjects[:patterns]})
		if err != nil {
			t.Fatal(err)
		}
		sub.Stop()
		for consumer := range s.ListConsumers(t.Context()).Info() {
			if got := len(consumer.Config.FilterSubjects); got != want {
				t.Errorf("%d patterns are %d filters, want %d", patterns, got, want)
			}
			if err := s.DeleteConsumer(t.Context(), consumer.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
}
