package natskv_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/idempotency"
	"github.com/pricewire/pricewire/pkg/idempotency/idempotencytest"
	"github.com/pricewire/pricewire/pkg/idempotency/natskv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheStoreKeepsThePromises(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	idempotencytest.Store(t, func(t *testing.T) idempotency.Store {
		t.Helper()
		s, err := natskv.Open(t.Context(), js, natskv.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
	bucket, err := js.KeyValue(t.Context(), natskv.DefaultBucket)
	if err != nil {
		t.Fatal(err)
	}
	status, err := bucket.Status(t.Context())
	if err != nil || status.TTL() != idempotency.Kept || status.Config().MaxBytes != idempotency.MaxBytes {
		t.Errorf("%v %+v", err, status.Config())
	}
}
