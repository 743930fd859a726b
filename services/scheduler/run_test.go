package scheduler_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	records "github.com/pricewire/pricewire/pkg/release/memory"
	"github.com/pricewire/pricewire/pkg/release/natskv"
	"github.com/pricewire/pricewire/pkg/stream"
	streamnats "github.com/pricewire/pricewire/pkg/stream/jetstream"
	streams "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/scheduler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait.
const patience = 60 * time.Second

// stage is everything a scheduler runs with, on a simulated clock.
type stage struct {
	t     *testing.T
	deps  scheduler.Deps
	desk  *release.Desk
	clock *clock.Simulated
}

type backend interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
}

func newStage(t *testing.T, store release.Store, content release.Content, streams backend, rate float64) *stage {
	t.Helper()
	if _, err := streams.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	simulated, err := clock.NewSimulated(clock.SimulatedConfig{File: filepath.Join(t.TempDir(), "clock"), Start: day("2026-09-20"), Rate: rate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = simulated.Close() })
	lists, err := release.NewLists(content, codec)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := release.NewDesk(release.DeskConfig{
		Policies: policies, BatchLimit: stream.BatchLimit,
	}, store, lists)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{t: t, desk: desk, clock: simulated, deps: scheduler.Deps{
		Releases: store, Lists: lists, Publisher: streams, Reader: streams, Clock: simulated, Log: zap.NewNop(),
	}}
}

func onMemory(t *testing.T, rate float64) *stage {
	t.Helper()
	return newStage(t, records.NewStore(), records.NewContent(), streams.New(time.Now), rate)
}

func onNATS(t *testing.T, rate float64) *stage {
	t.Helper()
	js := natstest.Connect(t, natstest.Serve(t))
	store, err := natskv.OpenStore(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := natskv.OpenContent(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := streamnats.New(js.Conn(), streamnats.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return newStage(t, store, content, adapter, rate)
}

// run starts a scheduler and returns what stops it and waits for it.
func (s *stage) run() (stop func()) {
	s.t.Helper()
	sched, err := scheduler.New(scheduler.Config{Look: "0 3 * * *", Retry: time.Millisecond}, s.deps)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sched.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("run: %v", err)
		}
	}
	s.t.Cleanup(stop)
	return stop
}

func (s *stage) approve(in release.CreateInput, reason string) release.Release {
	s.t.Helper()
	ctx := s.t.Context()
	act := func(who string) release.Act { return release.Act{Who: who, At: s.clock.Now(), Reason: reason} }
	r, err := s.desk.Create(ctx, in, act("alice"))
	if err == nil {
		r, err = s.desk.Submit(ctx, r.ID, act("alice"))
	}
	if err == nil {
		r, err = s.desk.Approve(ctx, r.ID, act("bob"))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// await waits until a release is in a state.
func (s *stage) await(id string, state release.State) release.Release {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	changed, err := s.deps.Releases.Watch(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for {
		r, err := s.desk.Show(ctx, id)
		if err != nil {
			s.t.Fatal(err)
		}
		if r.State == state {
			return r
		}
		if _, open := <-changed; !open {
			s.t.Fatalf("%s is %s, not %s, held %q", id, r.State, state, r.Held)
		}
	}
}

func (s *stage) history() []string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	var said []string
	for _, line := range tell(readAll(ctx, s.t, s.deps.Reader)) {
		said = append(said, line[9:])
	}
	return said
}

// playWinter lets a simulated winter pass in which lists approved in September go out and take effect.
func playWinter(t *testing.T, s *stage, schedulers int) {
	s.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10, "b": 20}), "")
	s.approve(input("US", "2027-03", release.Delta, map[string]int{"b": 21}), "")
	for range schedulers {
		s.run()
	}
	s.clock.Begin()
	march := s.await("license-us-2027-03-r1", release.Effective)
	december := s.await("license-us-2026-12-r1", release.Superseded)
	want := []string{
		"added a of license-us-2026-12-r1", "added b of license-us-2026-12-r1",
		`published license-us-2026-12-r1 at 2026-11-01, 2 changed, follows ""`,
		`effective license-us-2026-12-r1 at 2026-12-01 after ""`,
		"price_changed b of license-us-2027-03-r1",
		`published license-us-2027-03-r1 at 2027-01-30, 1 changed, follows "license-us-2026-12-r1"`,
		`effective license-us-2027-03-r1 at 2027-03-01 after "license-us-2026-12-r1"`,
	}
	if d := cmp.Diff(want, s.history()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, c := range []struct {
		r  release.Release
		at map[string]string
	}{
		{december, map[string]string{release.DidBegin: "2026-11-01", release.DidPublish: "2026-11-01", release.DidEffect: "2026-12-01"}},
		{march, map[string]string{release.DidBegin: "2027-01-30", release.DidPublish: "2027-01-30", release.DidEffect: "2027-03-01"}},
	} {
		for _, e := range c.r.Log {
			if want, ok := c.at[e.What]; ok && !e.At.Equal(day(want)) {
				t.Errorf("%s: %s at %s, want %s", c.r.ID, e.What, e.At, want)
			}
		}
		if c.r.Notice.Days != 30 || c.r.Notice.Short {
			t.Errorf("%s: notice %+v", c.r.ID, c.r.Notice)
		}
	}
}

func TestAWinterPassesInSecondsAndEverythingIsExact(t *testing.T) {
	playWinter(t, onMemory(t, 86400*60), 1)
}

func TestTwoSchedulersShareAWinter(t *testing.T) {
	playWinter(t, onMemory(t, 86400*60), 2)
}

func TestTwoSchedulersShareAWinterOnNATS(t *testing.T) {
	playWinter(t, onNATS(t, 86400*60), 2)
}

func TestAWinterWithRestartsTellsTheSame(t *testing.T) {
	s := onNATS(t, 86400*60)
	s.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10, "b": 20}), "")
	s.approve(input("US", "2027-03", release.Delta, map[string]int{"b": 21}), "")
	s.clock.Begin()
	deadline := time.Now().Add(patience)
	for s.desk != nil && time.Now().Before(deadline) { // each scheduler is stopped as soon as anything has changed
		changed, err := s.deps.Releases.Watch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stop := s.run()
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal("nothing happens")
		}
		stop()
		if r, err := s.desk.Show(t.Context(), "license-us-2027-03-r1"); err != nil || r.State == release.Effective {
			break
		}
	}
	s.run()
	s.await("license-us-2026-12-r1", release.Superseded)
	got := s.history()
	if len(got) != 7 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 7 {
		t.Errorf("%d events:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func TestAShortNoticeReleaseGoesOutAtOnce(t *testing.T) {
	s := onNATS(t, 1)
	s.run()
	s.clock.Begin()
	approved := s.approve(input("US", "2026-10", release.Full, map[string]int{"a": 10}), "forgotten")
	r := s.await("license-us-2026-10-r1", release.Published)
	if late := r.PublishedAt.Sub(approved.ApprovedAt); late < 0 || late > time.Second {
		t.Errorf("published %s after it was approved", late)
	}
	if r.Notice.Days != 10 || !r.Notice.Short || r.Notice.Reason != "forgotten" {
		t.Errorf("notice %+v", r.Notice)
	}
}

// deaf is a publisher that fails for a while.
type deaf struct {
	stream.Publisher
	failures int
}

func (d *deaf) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	if d.failures--; d.failures >= 0 {
		return 0, fault.New(fault.Unavailable, "no server")
	}
	return d.Publisher.Publish(ctx, name, batch, expect)
}

func TestASimulatedClockStandsStillUntilWhatIsDueIsDone(t *testing.T) {
	s := onMemory(t, 86400*60)
	s.deps.Publisher = &deaf{s.deps.Publisher, 5}
	core, logs := observer.New(zap.ErrorLevel)
	s.deps.Log = zap.New(core)
	s.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}), "")
	s.run()
	s.clock.Begin()
	r := s.await("license-us-2026-12-r1", release.Published)
	if !r.PublishedAt.Equal(day("2026-11-01")) || r.Notice.Short {
		t.Errorf("published at %s, notice %+v", r.PublishedAt, r.Notice)
	}
	if n := logs.FilterMessage("due releases not done").Len(); n != 5 {
		t.Errorf("%d failures were logged", n)
	}
}

func TestPeopleAreRemindedWhenTheScheduleSaysSo(t *testing.T) {
	s := onMemory(t, 86400*60)
	core, logs := observer.New(zap.WarnLevel)
	s.deps.Log = zap.New(core)
	act := release.Act{Who: "alice", At: s.clock.Now()}
	for _, month := range []string{"2026-12", "2027-06"} {
		if _, err := s.desk.Create(t.Context(), input("US", month, release.Full, map[string]int{"a": 10}), act); err != nil {
			t.Fatal(err)
		}
	}
	s.approve(input("CA", "2026-12", release.Full, map[string]int{"a": 10}), "")
	s.run()
	s.clock.Begin()
	s.await("license-ca-2026-12-r1", release.Published)
	reminders := logs.FilterMessage("release waits for a person").All()
	if len(reminders) != 7 { // at 8 in the morning from 25 to 31 October
		t.Errorf("%d reminders", len(reminders))
	}
	for _, r := range reminders {
		if id := r.ContextMap()["release"]; id != "license-us-2026-12-r1" {
			t.Errorf("reminded of %v", id)
		}
	}
}

func TestStoppingBeforeStartAndConfigurationsThatCannotWork(t *testing.T) {
	s := onMemory(t, 1)
	sched, err := scheduler.New(scheduler.Config{}, s.deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sched.Run(ctx); err != nil {
		t.Errorf("a run that was stopped before it started: %v", err)
	}
	for name, cfg := range map[string]scheduler.Config{
		"no cron": {Look: "now and then"}, "never": {Look: "0 0 30 2 *"}, "reminders": {Reminders: "x"}, "negative": {Retry: -1},
	} {
		if _, err := scheduler.New(cfg, s.deps); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := scheduler.New(scheduler.Config{}, scheduler.Deps{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without anything: %v", err)
	}
	if !strings.HasPrefix(event.ReleaseSubject(release.Slot{List: "license", Market: "US", Month: effective.Month{Year: 2026, Month: 12}}, 1, event.WhatPublished), "pw.release.license.us.") {
		t.Error("the pattern of a market's releases does not match them")
	}
}
