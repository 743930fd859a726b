package jetstream_test

import (
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

func TestAStreamIsComparedWithItsDeclaration(t *testing.T) {
	nc := connect(t, natstest.Serve(t))
	a := adapt(t, nc)
	usd, eur := stream.RatesDeclaration("USD"), stream.RatesDeclaration("EUR")
	if _, err := a.Deviations(t.Context(), usd); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stream that is not there: %v", err)
	}
	if _, err := a.Declare(t.Context(), usd); err != nil {
		t.Fatal(err)
	}
	if found, err := a.Deviations(t.Context(), usd); err != nil || len(found) > 0 {
		t.Errorf("one that was just declared: %v, %v", found, err)
	}
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), natsjs.StreamConfig{Name: eur.Name, Subjects: eur.Subjects, MaxMsgs: 1000, MaxAge: time.Hour, MaxMsgsPerSubject: 1, Storage: natsjs.MemoryStorage})
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.Deviations(t.Context(), eur)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{
		"discard": {"DiscardOld", "DiscardNew"}, "storage": {"Memory", "File"}, "max_age": {"1h0m0s", "0s"}, "max_msgs": {"1000", "none"},
		"max_msgs_per_subject": {"1", "none"}, "deny_delete": {"false", "true"}, "deny_purge": {"false", "true"}, "allow_atomic": {"false", "true"},
	}
	for _, f := range found {
		if f.Setting == "allow_direct" { // servers differ in what they take by default
			continue
		}
		if w, ok := want[f.Setting]; !ok || w != [2]string{f.Has, f.Wants} {
			t.Errorf("%+v", f)
		}
		delete(want, f.Setting)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

func TestAServerSaysItsVersionAndHowMuchItHolds(t *testing.T) {
	a := adapt(t, connect(t, natstest.Serve(t)))
	declare(t, a)
	publish(t, a, batchOf("a", 10))
	if room, err := a.Room(t.Context()); err != nil || room.Used == 0 {
		t.Errorf("%+v, %v", room, err)
	}
	if a.Version() == "" {
		t.Error("it has no version")
	}
}
