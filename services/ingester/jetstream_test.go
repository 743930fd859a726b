package ingester_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/ingester"
)

// onJetStream puts the bundle on a real server.
func (b *bundle) onJetStream(t *testing.T) {
	t.Helper()
	adapter, err := jetstream.New(natstest.Connect(t, natstest.Serve(t)).Conn(), jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	b.port = adapter
	b.publ.Publisher = adapter
}

// On a real server: two ingesters take turns, one of which loses its state every day, and every change is published once.
func TestARealServerTellsTheSameStory(t *testing.T) {
	want := undisturbed(t)
	b := newBundle(t)
	b.onJetStream(t)
	steady := b.ingester(t)
	b.play(t, func(day int) *ingester.Ingester {
		if day%2 == 0 {
			return steady
		}
		b.cfg.Folder = t.TempDir()
		return b.ingester(t)
	})
	if diff := cmp.Diff(want, b.story(t)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}
