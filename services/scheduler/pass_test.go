package scheduler_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// winter publishes three lists as they fall due: the one of March is a delta. Run is called at each instant at which something is due.
func winter(w *world, run func()) {
	p := w.start()
	p.approve(input("US", "2026-11", release.Full, map[string]int{"a": 10, "b": 20, "c": 30}))
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 11, "b": 20, "d": -40}))
	p.approve(input("US", "2027-03", release.Delta, map[string]int{"b": 21}))
	for _, at := range []string{"2026-10-02", "2026-11-01", "2026-12-01", "2027-01-30", "2027-03-01"} {
		w.clock.now = day(at)
		run()
	}
}

func TestListsGoOutAndTakeEffectAtTheirInstants(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	winter(w, func() {
		if _, err := w.start().pass(); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{
		"added a of license-us-2026-11-r1", "added b of license-us-2026-11-r1", "added c of license-us-2026-11-r1",
		`published license-us-2026-11-r1 at 2026-10-02, 3 changed, follows ""`,
		`effective license-us-2026-11-r1 at 2026-11-01 after ""`,
		"price_changed a of license-us-2026-12-r1", "removed c of license-us-2026-12-r1", "added d of license-us-2026-12-r1",
		`published license-us-2026-12-r1 at 2026-11-01, 3 changed, follows "license-us-2026-11-r1"`,
		`effective license-us-2026-12-r1 at 2026-12-01 after "license-us-2026-11-r1"`,
		"missing license-us-2027-01-r1",
		"price_changed b of license-us-2027-03-r1",
		`published license-us-2027-03-r1 at 2027-01-30, 1 changed, follows "license-us-2026-12-r1"`,
		"missing license-us-2027-02-r1",
		`effective license-us-2027-03-r1 at 2027-03-01 after "license-us-2026-12-r1"`,
		"missing license-us-2027-04-r1",
	}
	var got []string
	for _, s := range tell(w.history()) {
		got = append(got, s[9:])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, s := range w.history() {
		var of string
		switch p := s.payload.(type) {
		case *event.PriceChanged:
			of = p.Release
		case *event.ReleasePublished:
			of = p.Release
		case *event.ReleaseEffective:
			of = p.Release
		default:
			continue
		}
		if s.Trace != because(of) {
			t.Errorf("%s says that %s caused it, and not the approval of its release", s.Subject, s.Trace)
		}
	}
	for id, state := range map[string]release.State{
		"license-us-2026-11-r1": release.Superseded, "license-us-2026-12-r1": release.Superseded, "license-us-2027-03-r1": release.Effective,
	} {
		if r := w.show(id); r.State != state || r.Notice.Short || r.Notice.Days != 30 {
			t.Errorf("%s is %s with notice %+v", id, r.State, r.Notice)
		}
	}
}

func TestAKillBetweenAnyTwoStepsChangesNothing(t *testing.T) {
	for _, slow := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			undisturbed := newWorld(t, day("2026-09-20"))
			total := 0
			winter(undisturbed, func() {
				p := undisturbed.start()
				if _, err := p.pass(); err != nil {
					t.Fatal(err)
				}
				total += p.calls
			})
			for n := range total {
				w := newWorld(t, day("2026-09-20"))
				left := n
				winter(w, func() {
					p := w.startAndDie(left, after)
					p.slow = slow
					if _, err := p.pass(); err != nil {
						w.settle()
						if _, err := w.start().pass(); err != nil {
							t.Fatalf("kill at call %d: %v", n, err)
						}
						left = 1 << 20
					}
					left -= p.calls
				})
				same(t, n, undisturbed, w)
			}
		}
	}
}

func same(t *testing.T, n int, want, got *world) {
	t.Helper()
	if d := cmp.Diff(tell(want.history()), tell(got.history())); d != "" {
		t.Fatalf("kill at call %d (-undisturbed +killed):\n%s", n, d)
	}
	if d := cmp.Diff(causes(t, want.history()), causes(t, got.history())); d != "" {
		t.Fatalf("kill at call %d (-undisturbed +killed):\n%s", n, d)
	}
	for _, id := range []string{"license-us-2026-11-r1", "license-us-2026-12-r1", "license-us-2027-03-r1"} {
		if d := cmp.Diff(want.show(id), got.show(id)); d != "" {
			t.Fatalf("kill at call %d (-undisturbed +killed):\n%s", n, d)
		}
	}
}

func TestTwoSchedulersAtOnceDoEverythingOnce(t *testing.T) {
	undisturbed := newWorld(t, day("2026-09-20"))
	total := 0
	winter(undisturbed, func() {
		p := undisturbed.start()
		if _, err := p.pass(); err != nil {
			t.Fatal(err)
		}
		total = max(total, p.calls)
	})
	for n := range total {
		w := newWorld(t, day("2026-09-20"))
		winter(w, func() {
			first, second := w.start(), w.start()
			first.visit[n] = func() {
				if _, err := second.pass(); err != nil {
					t.Errorf("second: %v", err)
				}
			}
			if _, err := first.pass(); err != nil {
				t.Fatalf("second before call %d: %v", n, err)
			}
		})
		same(t, n, undisturbed, w)
	}
}

func TestAListApprovedBetweenReadingAndPublishingIsNotOverlooked(t *testing.T) {
	// While one scheduler publishes January, somebody approves December on short notice and another scheduler publishes it.
	for n := range 12 {
		w := newWorld(t, day("2026-09-20"))
		w.start().approve(input("US", "2026-11", release.Full, map[string]int{"a": 10}))
		w.clock.now = day("2026-11-15")
		p := w.start()
		if _, err := p.pass(); err != nil {
			t.Fatal(err)
		}
		held := w.show("license-us-2026-11-r1")
		if held.Held == "" {
			t.Fatalf("the list of November is %s", held.State)
		}
		if _, err := p.desk.Approve(context.Background(), held.ID, release.Act{Who: "bob", At: w.clock.now, Reason: "outage"}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.pass(); err != nil {
			t.Fatal(err)
		}
		p.approve(input("US", "2027-01", release.Full, map[string]int{"a": 12}))
		w.clock.now = day("2026-12-02")
		first := w.start()
		first.visit[n] = func() {
			second := w.start()
			r, err := second.desk.Create(context.Background(), input("US", "2026-12", release.Full, map[string]int{"a": 11}), second.act("alice"))
			if err == nil {
				_, err = second.desk.Submit(context.Background(), r.ID, second.act("alice"))
			}
			if err == nil {
				_, err = second.desk.Approve(context.Background(), r.ID, release.Act{Who: "bob", At: w.clock.now, Reason: "forgotten"})
			}
			if err != nil {
				t.Fatalf("december: %v", err)
			}
			if _, err := second.pass(); err != nil {
				t.Fatalf("second: %v", err)
			}
		}
		if _, err := first.pass(); err != nil {
			t.Fatalf("first: %v", err)
		}
		checkLaws(t, w)
	}
}

func TestWhatBecameDueWhileNobodyLookedGoesOutWithTheTrueNotice(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	w.start().approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	w.clock.now = day("2026-11-21").Add(12 * time.Hour)
	if _, err := w.start().pass(); err != nil {
		t.Fatal(err)
	}
	r := w.show("license-us-2026-12-r1")
	if r.State != release.Published || !r.PublishedAt.Equal(w.clock.now) || r.Notice.Days != 9 || !r.Notice.Short || r.Notice.Reason == "" {
		t.Errorf("%s at %s, notice %+v", r.State, r.PublishedAt, r.Notice)
	}
}

func TestWhatIsPastItsEffectiveTimeWaitsForAnApprover(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	w.clock.now = day("2026-12-03")
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	if r := w.show("license-us-2026-12-r1"); r.State != release.Approved || r.Held == "" || len(w.history()) != 0 {
		t.Fatalf("%s, held %q, %d events", r.State, r.Held, len(w.history()))
	}
	approve := func(act release.Act) error {
		_, err := p.desk.Approve(context.Background(), "license-us-2026-12-r1", act)
		return err
	}
	if err := approve(p.act("bob")); !fault.Is(err, fault.Refused) {
		t.Errorf("without a reason: %v", err)
	}
	if err := approve(release.Act{Who: "carol", At: w.clock.now, Reason: "outage"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	r := w.show("license-us-2026-12-r1")
	if r.State != release.Effective || r.Notice.Days != -2 || !r.Notice.Short || r.ApprovedBy != "carol" {
		t.Errorf("%s by %s, notice %+v", r.State, r.ApprovedBy, r.Notice)
	}
	checkLaws(t, w)
}

func TestAListWhosePredecessorChangedAfterApprovalIsHeldAndNotPublished(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	p.approve(input("US", "2027-01", release.Full, map[string]int{"a": 12}))
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 11}))
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	if r := w.show("license-us-2027-01-r1"); r.Held == "" {
		t.Fatal("the list of January is not held as soon as it is known")
	}
	r, err := p.desk.Approve(context.Background(), "license-us-2027-01-r1", p.act("bob"))
	if err != nil || r.Predecessor != "license-us-2026-12-r1" || r.Diff.PriceChanged != 1 || r.Notice.Short {
		t.Fatalf("approved anew: follows %q, %+v, %v", r.Predecessor, r.Diff, err)
	}
	for _, at := range []string{"2026-11-01", "2026-12-02"} {
		w.clock.now = day(at)
		if _, err := p.pass(); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.show("license-us-2027-01-r1"); r.State != release.Published || r.Notice.Short {
		t.Errorf("%s, notice %+v", r.State, r.Notice)
	}
}

func TestAFailingMarketDoesNotKeepTheOthers(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	lost := p.approve(input("CA", "2026-12", release.Full, map[string]int{"a": 10}))
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	r, err := w.records.Get(context.Background(), lost.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Content = "0000"
	if _, err := w.records.Update(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	w.clock.now = day("2026-11-01")
	if _, err := w.start().sched.Pass(context.Background()); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if r := w.show("license-us-2026-12-r1"); r.State != release.Published {
		t.Errorf("the other market's is %s", r.State)
	}
	if r := w.show(lost.ID); r.State != release.Approved {
		t.Errorf("the failing one is %s", r.State)
	}
}

func TestARevisionPublishedInsteadOfAnotherSupersedesItBeforeItTakesEffect(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	p := w.start()
	p.approve(input("US", "2026-12", release.Full, map[string]int{"a": 10, "b": 20}))
	w.clock.now = day("2026-11-01")
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	w.clock.now = day("2026-11-05")
	in := input("US", "2026-12", release.Full, map[string]int{"a": 10, "b": 21})
	r, err := p.desk.Create(context.Background(), in, p.act("alice"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.desk.Submit(context.Background(), r.ID, p.act("alice")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.desk.Approve(context.Background(), r.ID, release.Act{Who: "bob", At: w.clock.now, Reason: "wrong price"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	first, second := w.show("license-us-2026-12-r1"), w.show("license-us-2026-12-r2")
	if first.State != release.Superseded || first.SupersededBy != second.ID || second.Supersedes != first.ID {
		t.Errorf("r1 is %s by %q, r2 supersedes %q", first.State, first.SupersededBy, second.Supersedes)
	}
	w.clock.now = day("2026-12-01")
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
	checkLaws(t, w)
	for _, s := range tell(w.history()) {
		if s[9:] == `effective license-us-2026-12-r1 at 2026-12-01 after ""` {
			t.Error("the superseded revision took effect")
		}
	}
}
