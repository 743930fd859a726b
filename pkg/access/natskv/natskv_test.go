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

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/accesstest"
	"github.com/pricewire/pricewire/pkg/access/natskv"
	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t *testing.T) (*embedded.Server, jetstream.JetStream) {
	t.Helper()
	server := natstest.Serve(t)
	return server, natstest.Connect(t, server)
}

func TestTheStoreKeepsThePromises(t *testing.T) {
	_, js := serve(t)
	var count atomic.Int32
	accesstest.Store(t, func(t *testing.T) access.Store {
		store, err := natskv.OpenStore(t.Context(), js, natskv.Config{Tokens: fmt.Sprintf("tokens%d", count.Add(1))})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func TestTheLogKeepsThePromises(t *testing.T) {
	_, js := serve(t)
	var count atomic.Int32
	accesstest.Log(t, func(t *testing.T) access.Log {
		log, err := natskv.OpenLog(t.Context(), js, natskv.Config{Log: fmt.Sprintf("log%d", count.Add(1))})
		if err != nil {
			t.Fatal(err)
		}
		return log
	})
}

func TestARecordOfAnotherFormatIsNotGuessedAt(t *testing.T) {
	_, js := serve(t)
	store, err := natskv.OpenStore(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := js.KeyValue(t.Context(), natskv.DefaultTokens)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{`{"format":2}`, `not JSON`, `{"format":1,"roles":["king"]}`, `{"format":1,"roles":["reader"],"sha256":"ab"}`} {
		if _, err := bucket.PutString(t.Context(), "token.abcdefghijkl", value); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get(t.Context(), "abcdefghijkl"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestTheLogCanBeNeitherDeletedNorPurged(t *testing.T) {
	_, js := serve(t)
	log, err := natskv.OpenLog(t.Context(), js, natskv.Config{})
	if err == nil {
		err = log.Append(t.Context(), access.Record{Who: "alice"})
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), natskv.DefaultLog)
	if err != nil {
		t.Fatal(err)
	}
	if s.DeleteMsg(t.Context(), 1) == nil || s.Purge(t.Context()) == nil {
		t.Error("a record could be taken away")
	}
	if page, err := log.List(t.Context(), 0, 1); err != nil || len(page) != 1 || page[0].Who != "alice" {
		t.Errorf("%v, %v", page, err)
	}
}

func TestOpeningAgainTouchesNothing(t *testing.T) {
	_, js := serve(t)
	open := func(replicas int) error {
		if _, err := natskv.OpenStore(t.Context(), js, natskv.Config{Replicas: replicas}); err != nil {
			return err
		}
		_, err := natskv.OpenLog(t.Context(), js, natskv.Config{Replicas: replicas})
		return err
	}
	if err := open(1); err != nil {
		t.Fatal(err)
	}
	asked, err := js.Conn().SubscribeSync("$JS.API.STREAM.*.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := open(0); err != nil {
		t.Fatal(err)
	}
	for n, _, _ := asked.Pending(); n > 0; n-- {
		m, err := asked.NextMsgWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.Subject, "UPDATE") || strings.Contains(m.Subject, "CREATE") {
			t.Errorf("opening again asked for %s", m.Subject)
		}
	}
	if err := open(3); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Errorf("more copies than servers: %v", err)
	}
	if err := open(7); !fault.Is(err, fault.Invalid) {
		t.Errorf("seven copies: %v", err)
	}
}

// TestListsWhoseAnswerIsLostAreNotEmpty cuts the connection behind the request for what is listed.
func TestListsWhoseAnswerIsLostAreNotEmpty(t *testing.T) {
	t.Parallel()
	server := natstest.Serve(t)
	tokens := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.DIRECT.GET.KV_" + natskv.DefaultTokens)}}
	records := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.DIRECT.GET." + natskv.DefaultLog)}}
	store, err := natskv.OpenStore(t.Context(), natstest.Connect(t, server, nats.SetCustomDialer(&tokens), nats.ReconnectWait(time.Millisecond)), natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	log, err := natskv.OpenLog(t.Context(), natstest.Connect(t, server, nats.SetCustomDialer(&records), nats.ReconnectWait(time.Millisecond)), natskv.Config{})
	if err == nil {
		err = log.Append(t.Context(), access.Record{Who: "alice"})
	}
	if err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		cut  *natstest.Cutter
		list func() (int, error)
	}{
		"tokens":           {&tokens, func() (int, error) { all, err := store.List(t.Context()); return len(all), err }},
		"what was written": {&records, func() (int, error) { all, err := log.List(t.Context(), 0, 10); return len(all), err }},
	} {
		before, err := test.list()
		if err != nil {
			t.Fatal(err)
		}
		test.cut.Behind(1)
		if n, err := test.list(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		if n, err := test.list(); err != nil || n != before {
			t.Errorf("%s, asked again: %d, %v", what, n, err)
		}
	}
}

func TestWhatCannotBeReachedIsUnavailable(t *testing.T) {
	server, js := serve(t)
	store, err := natskv.OpenStore(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	log, err := natskv.OpenLog(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	js.Conn().Close()
	if _, err := store.Get(t.Context(), "abcdefghijkl"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("get: %v", err)
	}
	if _, err := store.List(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("list: %v", err)
	}
	if err := log.Append(t.Context(), access.Record{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("append: %v", err)
	}
}
