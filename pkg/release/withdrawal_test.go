package release_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
	"github.com/pricewire/pricewire/pkg/trace"
)

func (o *office) withdraw(id string, what release.Taken) release.Release {
	o.Helper()
	r := must(o.T)(o.Withdraw(o.Context(), id, what, o.late("bob", "wrong list")))
	if _, pending := r.Pending(); !pending || !r.AtOnce(o.now) {
		o.Fatalf("%s was asked to be withdrawn and nothing is pending", id)
	}
	return o.settle(id)
}

func TestAWholeReleaseIsWithdrawnAndTheOneBeforeItIsInForceAgain(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.public(list("US", "2026-11", "a=10"))
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-12-10T12:00:00Z")
	o.settle(december.ID)
	if got := must(t)(o.Show(t.Context(), november.ID)); got.State != release.Superseded {
		t.Fatalf("november is %s", got.State)
	}
	r := o.withdraw(december.ID, release.Taken{})
	w := r.Withdrawals[0]
	if r.State != release.Withdrawn || !w.Whole() || !w.From.Equal(o.now) || w.By != "bob" || w.Reason != "wrong list" {
		t.Errorf("%s, %+v", r.State, w)
	}
	if got := must(t)(o.Show(t.Context(), november.ID)); got.State != release.Effective || got.SupersededBy != "" {
		t.Errorf("november is %s, superseded by %q", got.State, got.SupersededBy)
	}
	all, err := o.store.List(t.Context(), release.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	known := release.Known(december.Slot, all)
	for v, want := range map[string]string{"2026-11-20": november.ID, "2026-12-05": december.ID, "2026-12-10T12:00:00Z": november.ID, "2027-03-01": november.ID} {
		if got, _ := release.InForce(at(t, v), known); got.ID != want {
			t.Errorf("in force at %s is %q, want %s: what had been answered stays", v, got.ID, want)
		}
	}
	if _, err := o.Withdraw(t.Context(), december.ID, release.Taken{}, o.late("bob", "again")); !fault.Is(err, fault.Conflict) {
		t.Errorf("again: %v", err)
	}
}

func TestARetroactiveWithdrawalReachesBackToTheEffectiveInstant(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-12-10")
	o.settle(december.ID)
	r := o.withdraw(december.ID, release.Taken{Retroactive: true})
	if w := r.Withdrawals[0]; !w.From.Equal(december.EffectiveAt) || !w.KnownAt.Equal(o.now) {
		t.Errorf("from %s, known at %s", w.From, w.KnownAt)
	}
}

func TestLinesAreWithdrawnOneByOne(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	r := o.public(list("US", "2026-12", "a b c"))
	what := release.Taken{Lines: []pricelist.Selector{{Row: 2, Product: "b"}}}
	r = o.withdraw(r.ID, what)
	w := r.Withdrawals[0]
	if r.State != release.Published || w.Whole() || w.Count != 1 || !w.From.Equal(r.EffectiveAt) {
		t.Errorf("%s, %+v", r.State, w)
	}
	if _, err := o.Withdraw(t.Context(), r.ID, what, o.late("bob", "again")); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same line again: %v", err)
	}
	what.Lines[0].Product = "x"
	_, err := o.Withdraw(t.Context(), r.ID, what, o.late("bob", "why"))
	if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || !strings.HasPrefix(fault.PlacesOf(err)[0].Where, "row 2") {
		t.Errorf("a line that is not there: %v, %v", err, fault.PlacesOf(err))
	}
	all := release.Taken{Lines: []pricelist.Selector{{Currency: "usd"}}}
	if r = o.withdraw(r.ID, all); r.State != release.Withdrawn {
		t.Errorf("with all lines withdrawn it is %s", r.State)
	}
}

func TestWhatWasNeverPublicIsWithdrawnWithoutAWord(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	r := o.review(list("US", "2026-12", "a b"))
	r = must(t)(o.Approve(t.Context(), r.ID, o.as("bob")))
	if _, err := o.Withdraw(t.Context(), r.ID, release.Taken{Lines: []pricelist.Selector{{Product: "a"}}}, o.late("carol", "x")); !fault.Is(err, fault.Refused) {
		t.Errorf("lines of it: %v", err)
	}
	r = must(t)(o.Withdraw(t.Context(), r.ID, release.Taken{}, o.late("carol", "not this one")))
	if r.State != release.Withdrawn || len(r.Withdrawals) != 0 {
		t.Errorf("%s, %d withdrawals", r.State, len(r.Withdrawals))
	}
	if again := o.review(list("US", "2026-12", "a")); again.ID != "license-us-2026-12-r2" {
		t.Errorf("the next revision is %s", again.ID)
	}
}

func TestAWithdrawalNeedsAReasonAndAnotherPerson(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	r := o.public(list("US", "2026-12", "a"))
	if _, err := o.Withdraw(t.Context(), r.ID, release.Taken{}, o.as("bob")); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := o.Withdraw(t.Context(), r.ID, release.Taken{}, o.late("Alice", "x")); !fault.Is(err, fault.Refused) {
		t.Errorf("by its author: %v", err)
	}
	asked := must(t)(o.Withdraw(t.Context(), r.ID, release.Taken{}, o.late("bob", "x")))
	if _, err := o.Withdraw(t.Context(), r.ID, release.Taken{}, o.late("carol", "x")); !fault.Is(err, fault.Conflict) {
		t.Errorf("while one is under way: %v", err)
	}
	if asked.State != release.Published {
		t.Errorf("until the world is told it is %s", asked.State)
	}
}

func TestASupersededReleaseIsWithdrawnOnlyForTheTimeThatItAnswersFor(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.public(list("US", "2026-11", "a=10"))
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-12-02")
	o.settle(december.ID)
	if _, err := o.Withdraw(t.Context(), november.ID, release.Taken{}, o.late("bob", "x")); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "--retroactive") {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
	if r := o.withdraw(november.ID, release.Taken{Retroactive: true}); r.State != release.Withdrawn {
		t.Errorf("it is %s", r.State)
	}
}

func TestACorrectionThatIsWithdrawnGivesWayToWhatItMended(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	wrong := o.public(list("US", "2026-12", "a=10"))
	o.now = at(t, "2026-11-15")
	r := must(t)(o.Correct(t.Context(), wrong.ID, correction("a=12"), o.late("alice", "typo")))
	must(t)(o.Submit(t.Context(), r.ID, o.as("alice")))
	r = o.publish(must(t)(o.Approve(t.Context(), r.ID, o.as("bob"))))
	o.withdraw(r.ID, release.Taken{})
	if got := must(t)(o.Show(t.Context(), wrong.ID)); got.State != release.Published {
		t.Errorf("what it mended is %s", got.State)
	}
	o.now = at(t, "2026-12-01")
	if got := o.settle(wrong.ID); got.State != release.Effective {
		t.Errorf("on the day it is %s", got.State)
	}
}

func TestAWithdrawalFoundUnfinishedKeepsItsInstantForAMomentOnly(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	r := o.public(list("US", "2026-12", "a"))
	r = must(t)(o.Withdraw(t.Context(), r.ID, release.Taken{}, o.late("bob", "x")))
	frozen, anew, err := r.BeginWithdrawal(o.now, release.Circumstances{After: 7})
	if err != nil || !anew {
		t.Fatal(anew, err)
	}
	soon, anew, err := frozen.BeginWithdrawal(o.now.Add(30*time.Second), release.Circumstances{After: 9})
	if w, _ := soon.Pending(); err != nil || anew || w.After != 7 || !w.KnownAt.Equal(o.now) {
		t.Errorf("soon after: %+v, anew %t, %v", w, anew, err)
	}
	late := o.now.Add(time.Hour)
	later, anew, err := frozen.BeginWithdrawal(late, release.Circumstances{After: 9})
	if w, _ := later.Pending(); err != nil || !anew || w.After != 7 || !w.KnownAt.Equal(late) {
		t.Errorf("long after: %+v, anew %t, %v", w, anew, err)
	}
	if back, err := frozen.PostponeWithdrawal(); err != nil || !back.Withdrawals[0].KnownAt.IsZero() || back.Withdrawals[0].After != 0 {
		t.Errorf("postponed: %+v, %v", back.Withdrawals, err)
	}
}

func TestWhoeverCausesSomethingToBeToldIsKeptWithIt(t *testing.T) {
	r := releasetest.InReview(t, "US", "2026-12", 1)
	first, again, taken := trace.New(), trace.New(), trace.New()
	act := release.Act{Who: "bob", At: releasetest.Instant, Trace: first}
	r = must(t)(r.Approve(act, releasetest.Same(r)))
	if r.Trace != first {
		t.Errorf("approved because of %s, kept as %s", first, r.Trace)
	}
	r = must(t)(r.Hold(releasetest.Instant, "look at it again"))
	act.Trace = again
	if r = must(t)(r.Approve(act, releasetest.Same(r))); r.Trace != again {
		t.Errorf("approved again because of %s, kept as %s", again, r.Trace)
	}
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=11"))
	o.now = at(t, "2026-12-10")
	why := o.late("bob", "wrong list")
	why.Trace = taken
	must(t)(o.Withdraw(t.Context(), december.ID, release.Taken{}, why))
	if r := o.settle(december.ID); r.Withdrawals[0].Trace != taken || !r.Trace.IsZero() {
		t.Errorf("withdrawn because of %s, kept as %s beside %s", taken, r.Withdrawals[0].Trace, r.Trace)
	}
}
