package keyvalue

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
)

// TestAWatchWhoseBeginningIsLostIsGivenUp cuts the connection behind the request that begins a watch.
func TestAWatchWhoseBeginningIsLostIsGivenUp(t *testing.T) {
	cut := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.CONSUMER.CREATE.KV_b")}}
	b, err := Open(t.Context(), natstest.Connect(t, natstest.Serve(t), nats.SetCustomDialer(&cut), nats.ReconnectWait(time.Millisecond)), Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 10})
	if err != nil {
		t.Fatal(err)
	}
	cut.Behind(1)
	failed := make(chan error, 1)
	long, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	go func() {
		_, err := b.Watch(long)
		failed <- err
	}()
	select {
	case err := <-failed:
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("the watch ended with %v", err)
		}
	case <-time.After(6 * RequestTime):
		t.Fatal("the watch still waits for an answer")
	}
	changed, err := b.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "k", []byte("v"), 0); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(6 * RequestTime):
		t.Error("a change is not told")
	}
}

// TestAListWhoseAnswerIsLostIsNotEmpty cuts the connection behind the request for a page of a list.
func TestAListWhoseAnswerIsLostIsNotEmpty(t *testing.T) {
	cut := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.DIRECT.GET.KV_b")}}
	b, err := Open(t.Context(), natstest.Connect(t, natstest.Serve(t), nats.SetCustomDialer(&cut), nats.ReconnectWait(time.Millisecond)), Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "k", []byte("v"), 0); err != nil {
		t.Fatal(err)
	}
	cut.Behind(1)
	if all, err := b.List(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%d records, %v", len(all), err)
	}
	if all, err := b.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("asked again: %d records, %v", len(all), err)
	}
}

// TestARequestWhoseAnswerIsLostIsNotWaitedFor cuts the connection behind a write, which was done, and behind a read.
func TestARequestWhoseAnswerIsLostIsNotWaitedFor(t *testing.T) {
	write := natstest.Cutter{Says: [][]byte{[]byte("PUB $KV.b.k ")}, After: func() { time.Sleep(100 * time.Millisecond) }} // the server stores it
	read := natstest.Cutter{Says: [][]byte{[]byte("$JS.API.DIRECT.GET.KV_b")}}
	server := natstest.Serve(t)
	open := func(cut *natstest.Cutter) *Bucket {
		b, err := Open(t.Context(), natstest.Connect(t, server, nats.SetCustomDialer(cut), nats.ReconnectWait(time.Millisecond)), Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 10})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	writing, reading := open(&write), open(&read)
	long, cancel := context.WithTimeout(t.Context(), 4*RequestTime) // as long as a client's request may have, only shorter
	defer cancel()
	write.Behind(1)
	version, err := writing.Put(long, "k", []byte("v"), 0)
	if err != nil || version != 1 {
		t.Errorf("a write that was done: version %d, %v", version, err)
	}
	read.Behind(1)
	if _, err := reading.Get(long, "k"); !fault.Is(err, fault.Unavailable) || long.Err() != nil {
		t.Errorf("a read: %v, %v", err, long.Err())
	}
	if e, err := reading.Get(long, "k"); err != nil || string(e.Value) != "v" {
		t.Errorf("read again: %s, %v", e.Value, err)
	}
}

func TestCopiesAreNeverTakenAway(t *testing.T) {
	want := Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 10, Replicas: 1}
	has := jetstream.StreamConfig{Name: "KV_b", Description: "P.", Replicas: 3, MaxMsgSize: 10 + headers}
	if _, err := keeps(has, want); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" || !fault.Is(failure(err, "open"), fault.Refused) {
		t.Errorf("fewer copies: %v", err)
	}
	want.Replicas = 3
	if kept, err := keeps(has, want); !kept || err != nil {
		t.Errorf("as configured: %t, %v", kept, err)
	}
	want.Replicas = 5
	if kept, err := keeps(has, want); kept || err != nil {
		t.Errorf("more copies: %t, %v", kept, err)
	}
}

func TestABucketThatIsAsConfiguredIsOpenedAsItIs(t *testing.T) {
	js := natstest.Connect(t, natstest.Serve(t))
	cfg := Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 10}
	b, err := Open(t.Context(), js, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "k", []byte("v"), 0); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), js, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := again.Get(t.Context(), "k"); err != nil || string(e.Value) != "v" {
		t.Errorf("%s, %v", e.Value, err)
	}
	cfg.Replicas = 3
	if _, err := Open(t.Context(), js, cfg); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Errorf("more copies than servers: %v", err)
	}
	for _, wrong := range []Config{{}, {Bucket: "b", Noun: "n"}, {Bucket: "b", Noun: "n", Largest: 1, Replicas: 6}} {
		if _, err := Open(t.Context(), js, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestARecordThatIsTooLargeIsInvalidAndAWriteCanBeRepeated(t *testing.T) {
	b, err := Open(t.Context(), natstest.Connect(t, natstest.Serve(t)), Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "k", []byte("12345"), 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("too large: %v", err)
	}
	first, err := b.Put(t.Context(), "k", []byte("1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Put(t.Context(), "k", []byte("1"), 0); err != nil || again != first {
		t.Errorf("repeated: version %d after %d, %v", again, first, err)
	}
	if _, err := b.Put(t.Context(), "k", []byte("2"), 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("another: %v", err)
	}
	if _, err := b.Get(t.Context(), "a key"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a key that cannot be: %v", err)
	}
}

func TestAWatcherHearsOfChangesUntilItEnds(t *testing.T) {
	b, err := Open(t.Context(), natstest.Connect(t, natstest.Serve(t)), Config{Bucket: "b", Purpose: "P.", Noun: "thing", Largest: 4})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := b.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() error{
		func() error { _, err := b.Put(t.Context(), "k", []byte("1"), 0); return err },
		func() error { return b.Delete(t.Context(), "k", 0) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, open := <-changed; !open {
			t.Fatal("closed")
		}
	}
}
