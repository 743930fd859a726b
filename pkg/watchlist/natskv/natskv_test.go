package natskv_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/watchlist/natskv"
	"github.com/pricewire/pricewire/pkg/watchlist/watchlisttest"
)

func serve(t *testing.T) jetstream.JetStream {
	t.Helper()
	server, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	connection, err := nats.Connect(server.URL())
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

func TestTheStoreKeepsThePromises(t *testing.T) {
	js := serve(t)
	var n atomic.Int32
	watchlisttest.Store(t, func(t *testing.T) watchlist.Store {
		store, err := natskv.Open(t.Context(), js, natskv.Config{Bucket: fmt.Sprintf("lists%d", n.Add(1))})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func TestARecordOfAnotherFormatIsNotGuessedAt(t *testing.T) {
	js := serve(t)
	store, err := natskv.Open(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), natskv.DefaultBucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{`{"format":2}`, `no JSON`} {
		if _, err := kv.PutString(t.Context(), "ours", value); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get(t.Context(), "ours"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestTheLargestListFits(t *testing.T) {
	js := serve(t)
	store, err := natskv.Open(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var meters []watchlist.Meter
	for i := range watchlist.MaxEntries {
		meters = append(meters, watchlist.Meter{ID: fmt.Sprintf("00000000-0000-0000-0000-%012d", i), SKU: "DZH318Z0BPVW/00QZ", Currency: "USD", Region: "germanywestcentral"})
	}
	w, err := watchlist.New("largest", "", nil, meters)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(t.Context(), "largest"); err != nil || len(got.Meters) != watchlist.MaxEntries {
		t.Errorf("%d, %v", len(got.Meters), err)
	}
}
