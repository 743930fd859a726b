package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/scheduler"
)

// eve has the list of January due half a minute before that of December takes effect.
func eve(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	january := input("US", "2027-01", release.Full, map[string]int{"a": 11})
	january.PublishAt = day("2026-12-01").Add(-30 * time.Second)
	p.approve(january)
	w.clock.now = day("2026-11-01")
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	w.clock.now = january.PublishAt
	return w
}

func TestAnEffectiveMomentBetweenFreezingAndPublishingPostponesThePublication(t *testing.T) {
	postponed := 0
	for n := range 8 {
		for _, after := range []bool{false, true} {
			w := eve(t)
			_, _ = w.startAndDie(n, after).pass()
			w.clock.now = day("2026-12-01")
			w.settle()
			if _, err := w.start().pass(); err != nil {
				t.Fatal(err)
			}
			checkLaws(t, w)
			r, err := w.records.Get(context.Background(), "license-us-2027-01-r1")
			if err != nil || r.State != release.Published {
				t.Fatalf("%s, %v", r.State, err)
			}
			for _, e := range r.Log {
				if e.What == release.DidPostpone {
					postponed++
				}
			}
			if r.PublishedAt.Equal(day("2026-12-01")) && !strings.Contains(tell(w.history())[2], "effective license-us-2026-12-r1") {
				t.Errorf("the effective moment does not come first: %v", tell(w.history()))
			}
		}
	}
	if postponed == 0 {
		t.Error("no publication was postponed: the test does not test what it says")
	}
}

func TestASlowPublicationThatArrivesAfterItWasFrozenAnewIsTheOne(t *testing.T) {
	for n := range 8 {
		w := eve(t)
		dying := w.startAndDie(n, false)
		dying.slow = true
		_, _ = dying.pass()
		w.clock.now = w.clock.now.Add(20 * time.Second)
		for m := range 8 { // it arrives just before any call of the next process
			next := w.start()
			next.visit[m] = w.settle
			if _, err := next.pass(); err != nil {
				t.Fatal(err)
			}
		}
		checkLaws(t, w)
	}
	for n := range 8 { // and after more than a minute, when what was frozen is no longer true
		w := newWorld(t, day("2026-09-20"))
		w.start().approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
		w.clock.now = day("2026-11-01")
		dying := w.startAndDie(n, false)
		dying.slow = true
		_, _ = dying.pass()
		w.clock.now = w.clock.now.Add(26 * time.Hour)
		for m := range 10 {
			next := w.start()
			next.visit[m] = w.settle
			if _, err := next.pass(); err != nil {
				t.Fatal(err)
			}
			checkLaws(t, w)
		}
		if r := w.show("license-us-2026-12-r1"); r.State != release.Published {
			t.Errorf("%s", r.State)
		}
	}
}

// refusing is a publisher whose server takes no batches.
type refusing struct{ stream.Publisher }

func (refusing) Publish(context.Context, string, []stream.Message, stream.Expectation) (uint64, error) {
	return 0, fault.New(fault.Invalid, "too many messages")
}

func TestWhatCanNeverBePublishedIsHeldWithTheReason(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	w.clock.now = day("2026-11-01")
	lists, err := release.NewLists(w.content, codec)
	if err != nil {
		t.Fatal(err)
	}
	sched, err := scheduler.New(scheduler.Config{}, scheduler.Deps{
		Releases: w.records, Lists: lists, Publisher: refusing{}, Reader: w.streams, Clock: w.clock, Log: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sched.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.show("license-us-2026-12-r1"); r.State != release.Approved || !strings.Contains(r.Held, "too many messages") || !r.PublishedAt.IsZero() {
		t.Errorf("%s, held %q, published at %s", r.State, r.Held, r.PublishedAt)
	}
	r, err := p.desk.Approve(t.Context(), "license-us-2026-12-r1", p.act("bob"))
	if err != nil || r.Held != "" {
		t.Fatalf("approved anew: held %q, %v", r.Held, err)
	}
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	if r := w.show("license-us-2026-12-r1"); r.State != release.Published || r.Notice.Short {
		t.Errorf("%s, %+v", r.State, r.Notice)
	}
}

func TestAManifestOfAnotherListIsNeverTakenForTheReleases(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	r := w.start().approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	w.clock.now = day("2026-11-01")
	if _, err := w.start().pass(); err != nil {
		t.Fatal(err)
	}
	r, err := w.records.Get(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.State, r.Content = release.Publishing, strings.Repeat("0", 64) // as a restored backup might have it
	if _, err := w.records.Update(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := w.start().sched.Pass(t.Context()); err == nil || !strings.Contains(err.Error(), "another list") {
		t.Errorf("got %v", err)
	}
}
