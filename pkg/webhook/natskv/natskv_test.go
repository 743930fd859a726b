package natskv_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/webhook"
	"github.com/pricewire/pricewire/pkg/webhook/natskv"
	"github.com/pricewire/pricewire/pkg/webhook/webhooktest"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	var n atomic.Int32
	webhooktest.Store(t, func(t *testing.T) webhook.Store {
		i := n.Add(1)
		store, err := natskv.Open(t.Context(), js, natskv.Config{Endpoints: fmt.Sprintf("hooks%d", i), Progress: fmt.Sprintf("progress%d", i)})
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
	for _, bucket := range []string{natskv.DefaultEndpoints, natskv.DefaultProgress} {
		kv, err := js.KeyValue(t.Context(), bucket)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{`{"format":2}`, `no JSON`} {
			if _, err := kv.PutString(t.Context(), "ours", value); err != nil {
				t.Fatal(err)
			}
			if bucket == natskv.DefaultEndpoints {
				_, err = store.Get(t.Context(), "ours")
			} else {
				_, err = store.Progress(t.Context(), "ours")
			}
			if !fault.Is(err, fault.Internal) {
				t.Errorf("%s %s: %v", bucket, value, err)
			}
		}
	}
}
