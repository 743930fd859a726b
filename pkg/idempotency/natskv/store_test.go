package natskv_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/idempotency"
	"github.com/pricewire/pricewire/pkg/idempotency/idempotencytest"
	"github.com/pricewire/pricewire/pkg/idempotency/natskv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheStoreKeepsThePromises(t *testing.T) {
	server, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	connection, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
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
