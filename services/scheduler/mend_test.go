package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/trace"
)

// mend lets people publish a list of the past, mend a list, and take lines and lists back. Run is called at each instant at which something
// is due.
func mend(w *world, run func()) {
	ctx := context.Background()
	p := w.start()
	must := func(_ release.Release, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatalf("at %s: %v", w.clock.now, err)
		}
	}
	act := func(who string) release.Act {
		return release.Act{Who: who, At: w.clock.now, Reason: "as agreed", Trace: because(who + stamp(w.clock.now))}
	}
	finish := func(r release.Release, err error) {
		w.t.Helper()
		must(r, err)
		must(p.desk.Submit(ctx, r.ID, act("alice")))
		must(p.desk.Approve(ctx, r.ID, act("bob"), release.RuleLaterList))
		run()
	}
	finish(p.desk.Create(ctx, input("US", "2026-11", release.Full, map[string]int{"a": 10, "b": 20, "c": 30}), act("alice")))
	w.clock.now = day("2026-10-02")
	run()
	past := input("US", "2026-10", release.Full, map[string]int{"a": 9, "b": 19, "d": 40})
	past.Backfilled, past.PublishAt = true, day("2026-09-01")
	finish(p.desk.Create(ctx, past, act("alice")))
	w.clock.now = day("2026-11-01")
	run()
	w.clock.now = day("2026-11-10")
	finish(p.desk.Correct(ctx, "license-us-2026-11-r1", release.CorrectInput{CreateInput: input("US", "2026-11", release.Full, map[string]int{"a": 11, "b": 20, "c": 30})}, act("alice")))
	w.clock.now = day("2026-11-12")
	must(p.desk.Withdraw(ctx, "license-us-2026-11-r2", release.Taken{Lines: []pricelist.Selector{{Product: "b"}}}, act("bob")))
	run()
	w.clock.now = day("2026-11-14")
	must(p.desk.Withdraw(ctx, "license-us-2026-11-r2", release.Taken{}, act("carol")))
	run()
}

func TestAWithdrawalSaysWhoseRequestCausedItAndNotWhoseApproval(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	mend(w, func() { mustPass(t, w.start()) })
	found := map[string]bool{}
	for _, s := range w.history() {
		var n int
		switch p := s.payload.(type) {
		case *event.ReleaseWithdrawn:
			n = p.Withdrawal
		case *event.PriceChanged:
			n = p.Withdrawal
		}
		want := map[int]trace.Parent{1: because("bob2026-11-12"), 2: because("carol2026-11-14")}[n]
		if n > 0 && s.Trace != want {
			t.Errorf("%s of withdrawal %d: %s", s.Subject, n, s.Trace)
		}
		found[fmt.Sprint(n, s.Trace == want)] = true
	}
	if !found["1 true"] || !found["2 true"] {
		t.Errorf("there are not two withdrawals: %v", found)
	}
}

func mended() []string {
	return []string{"license-us-2026-10-r1", "license-us-2026-11-r1", "license-us-2026-11-r2"}
}

func told(w *world) []string {
	var said []string
	for _, s := range tell(w.history()) {
		said = append(said, s[9:])
	}
	return said
}

func TestListsAreMendedTakenBackAndAddedLate(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	mend(w, func() {
		if _, err := w.start().pass(); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{
		"added a of license-us-2026-11-r1", "added b of license-us-2026-11-r1", "added c of license-us-2026-11-r1",
		`published license-us-2026-11-r1 at 2026-10-02, 3 changed, follows ""`,
		"added a of license-us-2026-10-r1", "added b of license-us-2026-10-r1", "added d of license-us-2026-10-r1", "removed d of license-us-2026-10-r1",
		`published license-us-2026-10-r1 at 2026-09-01, 4 changed, follows ""`,
		`effective license-us-2026-10-r1 at 2026-10-01 after ""`,
		`effective license-us-2026-11-r1 at 2026-11-01 after "license-us-2026-10-r1"`,
		"price_changed a of license-us-2026-11-r2",
		"corrected license-us-2026-11-r1 by license-us-2026-11-r2",
		`published license-us-2026-11-r2 at 2026-11-10, 1 changed, follows "license-us-2026-11-r1"`,
		`effective license-us-2026-11-r2 at 2026-11-10 after "license-us-2026-11-r1"`,
		`withdrawn license-us-2026-11-r2 (1) at 2026-11-12 from 2026-11-12, 0 changed, then "license-us-2026-11-r1"`,
		"price_changed a of license-us-2026-11-r2",
		`withdrawn license-us-2026-11-r2 (2) at 2026-11-14 from 2026-11-14, 1 changed, then "license-us-2026-11-r1"`,
	}
	got := told(w)
	got = deleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "missing") })
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for id, state := range map[string]release.State{
		"license-us-2026-10-r1": release.Superseded, "license-us-2026-11-r1": release.Effective, "license-us-2026-11-r2": release.Withdrawn,
	} {
		if r := w.show(id); r.State != state {
			t.Errorf("%s is %s", id, r.State)
		}
	}
}

func deleteFunc(all []string, drop func(string) bool) []string {
	var kept []string
	for _, s := range all {
		if !drop(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func TestAKillWhileListsAreMendedChangesNothing(t *testing.T) {
	for _, after := range []bool{false, true} {
		undisturbed := newWorld(t, day("2026-09-20"))
		total := 0
		mend(undisturbed, func() {
			p := undisturbed.start()
			if _, err := p.pass(); err != nil {
				t.Fatal(err)
			}
			total += p.calls
		})
		for n := range total {
			w := newWorld(t, day("2026-09-20"))
			left := n
			mend(w, func() {
				p := w.startAndDie(left, after)
				p.slow = n%2 == 0
				if _, err := p.pass(); err != nil {
					w.settle()
					if _, err := w.start().pass(); err != nil {
						t.Fatalf("kill at call %d: %v", n, err)
					}
					left = 1 << 20
				}
				left -= p.calls
			})
			if d := cmp.Diff(told(undisturbed), told(w)); d != "" {
				t.Fatalf("kill at call %d, after %t (-undisturbed +killed):\n%s", n, after, d)
			}
			if d := cmp.Diff(causes(t, undisturbed.history()), causes(t, w.history())); d != "" {
				t.Fatalf("kill at call %d, after %t (-undisturbed +killed):\n%s", n, after, d)
			}
			for _, id := range mended() {
				if d := cmp.Diff(undisturbed.show(id), w.show(id)); d != "" {
					t.Fatalf("kill at call %d, after %t (-undisturbed +killed):\n%s", n, after, d)
				}
			}
		}
	}
}

func offers(month string, titles ...string) release.CreateInput {
	m, err := effective.ParseMonth(month)
	if err != nil {
		panic(err)
	}
	in := release.CreateInput{List: release.Offers, Market: release.Worldwide, EffectiveAt: m.Start()}
	for i, title := range titles {
		key, text, _ := strings.Cut(title, "=")
		in.Items = append(in.Items, item.Row{Number: i + 2, Item: item.Item{Key: key, Values: []item.Value{{Name: "title", Text: text}}}})
	}
	return in
}

func TestListsOfItemsLiveTheSameLife(t *testing.T) {
	w := newWorld(t, day("2026-10-20"))
	ctx, p := context.Background(), w.start()
	run := func() {
		if _, err := w.start().pass(); err != nil {
			t.Fatal(err)
		}
	}
	approve := func(in release.CreateInput) {
		in.Acknowledged = []string{"lines-gone"}
		r, err := p.desk.Create(ctx, in, p.act("alice"))
		if err == nil {
			_, err = p.desk.Submit(ctx, r.ID, p.act("alice"))
		}
		if err == nil {
			_, err = p.desk.Approve(ctx, r.ID, p.act("bob"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	approve(offers("2026-11", "a=1", "b=1"))
	approve(offers("2026-12", "a=2", "c=1"))
	for _, at := range []string{"2026-11-01", "2026-12-01", "2026-12-05"} {
		w.clock.now = day(at)
		run()
	}
	if _, err := p.desk.Withdraw(ctx, "offers-ww-2026-12-r1", release.Taken{Keys: []item.Row{{Item: item.Item{Key: "a"}}}}, release.Act{Who: "bob", At: w.clock.now, Reason: "wrong"}); err != nil {
		t.Fatal(err)
	}
	run()
	want := []string{
		"added a of offers-ww-2026-11-r1", "added b of offers-ww-2026-11-r1", `published offers-ww-2026-11-r1 at 2026-11-01, 2 changed, follows ""`,
		`effective offers-ww-2026-11-r1 at 2026-11-01 after ""`,
		"changed a of offers-ww-2026-12-r1", "removed b of offers-ww-2026-12-r1", "added c of offers-ww-2026-12-r1",
		`published offers-ww-2026-12-r1 at 2026-12-01, 3 changed, follows "offers-ww-2026-11-r1"`,
		`effective offers-ww-2026-12-r1 at 2026-12-01 after "offers-ww-2026-11-r1"`,
		"changed a of offers-ww-2026-12-r1",
		`withdrawn offers-ww-2026-12-r1 (1) at 2026-12-05 from 2026-12-05, 1 changed, then "offers-ww-2026-11-r1"`,
	}
	if d := cmp.Diff(want, told(w)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, s := range w.history() {
		if c, ok := s.payload.(*event.ItemChanged); ok && c.Key == "a" && c.Withdrawal == 1 {
			spans, err := c.Spans()
			if err != nil || len(spans) != 1 || spans[0].Line.Get("title") != "1" {
				t.Errorf("withdrawn, a is %v, %v", spans, err)
			}
		}
	}
}

func TestAMissingMonthIsToldOnceWhoeverLooksAndHoweverOften(t *testing.T) {
	w := newWorld(t, day("2026-09-20"))
	w.start().approve(input("US", "2026-12", release.Full, map[string]int{"a": 10}))
	for _, at := range []string{"2026-11-01", "2026-11-25", "2026-11-25", "2026-11-26"} {
		w.clock.now = day(at)
		for range 2 {
			next, err := w.start().pass()
			if err != nil {
				t.Fatal(err)
			}
			if at == "2026-11-01" && !next.Equal(day("2026-11-25")) {
				t.Errorf("on %s it looks again at %s", at, next)
			}
		}
	}
	n := 0
	for _, s := range w.history() {
		if p, ok := s.payload.(*event.ReleaseMissing); ok {
			n++
			if p.Release != "license-us-2027-01-r1" || p.Days != 7 || !p.NoticedAt.Equal(day("2026-11-25")) || !p.PublishAt.Equal(day("2026-12-02")) {
				t.Errorf("%+v", p)
			}
		}
	}
	if n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Two lists of a market are taken back, the second after a scheduler died at any step of the first. In whichever order their withdrawals
// are planned, each is told once.
func TestAKillWhileOneOfTwoListsIsTakenBackKeepsNeither(t *testing.T) {
	taken := []string{"license-us-2026-10-r1", "license-us-2026-11-r1"}
	for _, order := range [][]string{taken, {taken[1], taken[0]}} {
		for n, more := 0, true; more; n++ {
			for _, after := range []bool{false, true} {
				w := newWorld(t, day("2026-08-20"))
				w.start().approve(input("US", "2026-10", release.Full, map[string]int{"a": 10}))
				w.start().approve(input("US", "2026-11", release.Full, map[string]int{"a": 11}))
				for _, instant := range []string{"2026-09-01", "2026-10-02"} { // each goes out at one of them
					w.clock.now = day(instant)
					mustPass(t, w.start())
				}
				takeBack(t, w, order[0])
				p := w.startAndDie(n, after)
				_, _ = p.pass()
				more = p.dead
				takeBack(t, w, order[1])
				mustPass(t, w.start())
				for _, id := range taken {
					if r := w.show(id); r.State != release.Withdrawn {
						t.Errorf("killed at %d (%t): %s is %s", n, after, id, r.State)
					}
					if said := strings.Count(strings.Join(told(w), "\n"), "withdrawn "+id); said != 1 {
						t.Errorf("killed at %d (%t): the withdrawal of %s is told %d times", n, after, id, said)
					}
				}
			}
		}
	}
}

// A revision of October starts a line only in November, so until then September answers, and not the revision of the same instant that it
// replaced: also where another line of it was taken back, and the list after it is taken back too.
func TestWhatIsTakenBackFallsBackBehindTheListsOfAnInstant(t *testing.T) {
	w := newWorld(t, day("2026-07-20"))
	ctx, p := context.Background(), w.start()
	w.start().approve(input("US", "2026-09", release.Full, map[string]int{"a": 1, "b": 2}))
	w.start().approve(input("US", "2026-10", release.Full, map[string]int{"a": 4, "b": 5}))
	for _, instant := range []string{"2026-08-02", "2026-09-01"} {
		w.clock.now = day(instant)
		mustPass(t, w.start())
	}
	correct := func(id string, prices map[string]int) {
		t.Helper()
		act := release.Act{Who: "alice", At: w.clock.now, Reason: "wrong"}
		r, err := p.desk.Correct(ctx, id, release.CorrectInput{CreateInput: input("US", "2026-10", release.Full, prices)}, act)
		if err == nil {
			_, err = p.desk.Submit(ctx, r.ID, act)
		}
		if err == nil {
			_, err = p.desk.Approve(ctx, r.ID, release.Act{Who: "bob", At: w.clock.now})
		}
		if err != nil {
			t.Fatal(err)
		}
		mustPass(t, w.start())
	}
	w.clock.now = day("2026-09-10")
	correct("license-us-2026-10-r1", map[string]int{"a": 4, "b": -2})
	takeBack(t, w, "license-us-2026-10-r2", pricelist.Selector{Product: "a"})
	mustPass(t, w.start())
	w.clock.now = day("2026-10-05")
	mustPass(t, w.start())
	correct("license-us-2026-10-r2", map[string]int{"a": 3, "b": 4})
	w.clock.now = day("2026-10-07")
	takeBack(t, w, "license-us-2026-10-r3")
	mustPass(t, w.start())
	checkLaws(t, w)
	said := told(w)
	want := []string{
		"price_changed a of license-us-2026-10-r3", "price_changed b of license-us-2026-10-r3",
		`withdrawn license-us-2026-10-r3 (1) at 2026-10-07 from 2026-10-07, 2 changed, then "license-us-2026-10-r2"`,
	}
	if d := cmp.Diff(want, said[len(said)-len(want):]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func mustPass(t *testing.T, p *process) {
	t.Helper()
	if _, err := p.pass(); err != nil {
		t.Fatal(err)
	}
}

// takeBack asks for a list to be withdrawn, or for lines of it.
func takeBack(t *testing.T, w *world, id string, lines ...pricelist.Selector) {
	t.Helper()
	act := release.Act{Who: "bob", At: w.clock.now, Reason: "wrong"}
	if _, err := w.start().desk.Withdraw(context.Background(), id, release.Taken{Lines: lines}, act); err != nil {
		t.Fatal(err)
	}
}
