package natskv_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/natskv"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// buckets makes buckets with names of their own on one server.
type buckets struct {
	js    jetstream.JetStream
	count atomic.Int32
}

func serve(t *testing.T) *buckets {
	t.Helper()
	return &buckets{js: natstest.Connect(t, natstest.Serve(t))}
}

func (b *buckets) next() natskv.Config {
	n := b.count.Add(1)
	return natskv.Config{Records: fmt.Sprintf("records%d", n), Contents: fmt.Sprintf("contents%d", n)}
}

func TestTheStoreKeepsThePromises(t *testing.T) {
	b := serve(t)
	releasetest.Store(t, func(t *testing.T) release.Store { return openStore(t, b.js, b.next()) })
}

func TestTheContentKeepsThePromises(t *testing.T) {
	b := serve(t)
	releasetest.Content(t, func(t *testing.T) release.Content {
		content, err := natskv.OpenContent(t.Context(), b.js, b.next())
		if err != nil {
			t.Fatal(err)
		}
		return content
	})
}

func openStore(t *testing.T, js jetstream.JetStream, cfg natskv.Config) *natskv.Store {
	t.Helper()
	store, err := natskv.OpenStore(t.Context(), js, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestRecordsOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	open := func() (*embedded.Server, release.Store) {
		server, err := embedded.Open(embedded.Config{Dir: dir, Address: "127.0.0.1:0"}, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		return server, openStore(t, natstest.Connect(t, server), natskv.Config{})
	}
	server, store := open()
	stored, err := store.Create(t.Context(), releasetest.InReview(t, "US", "2026-12", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	server, store = open()
	defer server.Close()
	got, err := store.Get(t.Context(), stored.ID)
	if err != nil || got.State != release.InReview || got.Version != stored.Version {
		t.Errorf("read %s, version %d, %v", got.State, got.Version, err)
	}
}

// TestAListWhoseAnswerIsLostIsNotEmpty cuts the connection behind the request for a page of records.
func TestAListWhoseAnswerIsLostIsNotEmpty(t *testing.T) {
	t.Parallel()
	cut := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.DIRECT.GET.KV_" + natskv.DefaultRecords)}}
	store := openStore(t, natstest.Connect(t, natstest.Serve(t), nats.SetCustomDialer(&cut), nats.ReconnectWait(time.Millisecond)), natskv.Config{})
	cut.Behind(1)
	if all, err := store.List(t.Context(), release.Filter{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%d releases, %v", len(all), err)
	}
	if all, err := store.List(t.Context(), release.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("asked again: %d releases, %v", len(all), err)
	}
}

func TestARecordOfAnotherFormatIsNotGuessedAt(t *testing.T) {
	b := serve(t)
	store := openStore(t, b.js, natskv.Config{})
	bucket, err := b.js.KeyValue(t.Context(), natskv.DefaultRecords)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{`{"format":2,"id":"license-us-2026-12-r1"}`, `{"format":1,"month":"May"}`, `not JSON`} {
		if _, err := bucket.PutString(t.Context(), "license.us.2026-12.r1", value); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get(t.Context(), "license-us-2026-12-r1"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestContentThatWasTamperedWithIsNotReturned(t *testing.T) {
	b := serve(t)
	content, err := natskv.OpenContent(t.Context(), b.js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := b.js.ObjectStore(t.Context(), natskv.DefaultContents)
	if err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	if _, err := objects.PutString(t.Context(), sum, "another list"); err != nil {
		t.Fatal(err)
	}
	if _, err := content.Get(t.Context(), sum); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "another hash") {
		t.Errorf("got %v", err)
	}
}

func TestARecordThatIsTooLargeIsInvalid(t *testing.T) {
	store := openStore(t, serve(t).js, natskv.Config{})
	r := releasetest.Draft(t, "US", "2026-12", 1)
	r.Held = strings.Repeat("x", 1<<20)
	if _, err := store.Create(t.Context(), r); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationsThatCannotWorkAreInvalid(t *testing.T) {
	if err := (natskv.Config{Replicas: 7}).Validate(); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestBucketsAreTouchedOnlyWhereTheyAreOtherwise(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	open := func(replicas int) error {
		if _, err := natskv.OpenStore(t.Context(), js, natskv.Config{Replicas: replicas}); err != nil {
			return err
		}
		_, err := natskv.OpenContent(t.Context(), js, natskv.Config{Replicas: replicas})
		return err
	}
	if err := open(1); err != nil {
		t.Fatal(err)
	}
	updates, err := js.Conn().SubscribeSync("$JS.API.STREAM.*.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := open(0); err != nil {
		t.Fatal(err)
	}
	for n, _, _ := updates.Pending(); n > 0; n-- {
		m, err := updates.NextMsgWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.Subject, "UPDATE") || strings.Contains(m.Subject, "CREATE") {
			t.Errorf("opening again asked for %s", m.Subject)
		}
	}
	if err := open(3); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Errorf("more copies than servers: %v, hint %q", err, fault.HintOf(err))
	}
	s, err := js.Stream(t.Context(), "KV_"+natskv.DefaultRecords)
	if err != nil {
		t.Fatal(err)
	}
	changed := s.CachedInfo().Config
	changed.Description = "changed"
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if err := open(1); err != nil {
		t.Fatal(err)
	}
	if info, err := s.Info(t.Context()); err != nil || info.Config.Description != "Records of releases." {
		t.Errorf("%+v, %v", info.Config, err)
	}
}
