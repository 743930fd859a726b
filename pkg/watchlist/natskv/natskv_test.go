package natskv_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/watchlist/natskv"
	"github.com/pricewire/pricewire/pkg/watchlist/watchlisttest"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
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
	js := natstest.Connect(t, natstest.Serve(t))
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
	js := natstest.Connect(t, natstest.Serve(t))
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
