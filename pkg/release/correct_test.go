package release_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

// public takes a list through its life until the world was told of it, as the scheduler does.
func (o *office) public(in release.CreateInput) release.Release {
	o.Helper()
	r := o.review(in)
	return o.publish(o.approve(r.ID))
}

func (o *office) approve(id string) release.Release {
	o.Helper()
	return must(o.T)(o.Approve(o.Context(), id, o.late("bob", "late")))
}

// publish tells the world of an approved release and lets it take effect when its instant has come.
func (o *office) publish(r release.Release) release.Release {
	o.Helper()
	all, err := o.store.List(o.Context(), release.Filter{})
	if err != nil {
		o.Fatal(err)
	}
	predecessor, _ := release.Predecessor(r.EffectiveBy(o.now), release.Considered(r, all))
	at := o.now
	if r.PublishAt.After(at) {
		at = r.PublishAt
	}
	r = must(o.T)(r.BeginPublishing(at, release.Circumstances{Predecessor: predecessor.ID, Floor: release.LastKnown(r.Slot, all)}))
	o.sequence++
	r = must(o.T)(r.Publish(at, r.Manifest(o.sequence)))
	r = must(o.T)(o.store.Update(o.Context(), r))
	return o.settle(r.ID)
}

// settle does what is due of effects and supersessions, as the scheduler does, and returns a release.
func (o *office) settle(id string) release.Release {
	o.Helper()
	for {
		all, err := o.store.List(o.Context(), release.Filter{})
		if err != nil {
			o.Fatal(err)
		}
		plan := release.Due(o.now, all)
		if len(plan.Steps) == 0 {
			return must(o.T)(o.Show(o.Context(), id))
		}
		s := plan.Steps[0]
		next := s.Release
		switch s.Do {
		case release.DoTakeEffect:
			next = must(o.T)(next.TakeEffect(o.now, s.Other))
		case release.DoSupersede:
			next = must(o.T)(next.Supersede(o.now, s.Other))
		case release.DoReinstate:
			next = must(o.T)(next.Reinstate(o.now))
		case release.DoWithdraw:
			o.sequence++
			frozen, _, err := next.BeginWithdrawal(o.now, release.Circumstances{Floor: release.LastKnown(next.Slot, all)})
			if err != nil {
				o.Fatal(err)
			}
			w, _ := frozen.Pending()
			w.Sequence = o.sequence
			next = must(o.T)(frozen.FinishWithdrawal(o.now, w))
		default:
			o.Fatalf("%s %s", s.Do, s.Release.ID)
		}
		must(o.T)(o.store.Update(o.Context(), next))
	}
}

func correction(products string) release.CorrectInput {
	return release.CorrectInput{CreateInput: list("US", "2026-12", products)}
}

func TestACorrectionBeforeTheEffectiveDateTakesEffectWithWhatItMends(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	wrong := o.public(list("US", "2026-12", "a=10 b=20"))
	o.now = at(t, "2026-11-15")
	r := must(t)(o.Correct(t.Context(), wrong.ID, correction("a=12 b=20"), o.late("alice", "a typing error")))
	if r.ID != "license-us-2026-12-r2" || r.Corrects != wrong.ID || !r.EffectiveAt.Equal(wrong.EffectiveAt) || r.Follows || r.Reason != "a typing error" {
		t.Errorf("%+v", r)
	}
	must(t)(o.Submit(t.Context(), r.ID, o.as("alice")))
	r = must(t)(o.Approve(t.Context(), r.ID, o.as("bob")))
	if !r.Notice.Short || r.Notice.Reason != "a typing error" || r.Notice.Days != 16 {
		t.Errorf("notice %+v: the reason of the correction is that of its short notice", r.Notice)
	}
	r = o.publish(r)
	if got := must(t)(o.Show(t.Context(), wrong.ID)); got.State != release.Superseded || got.SupersededBy != r.ID {
		t.Errorf("the list it mends is %s by %q", got.State, got.SupersededBy)
	}
	if _, err := o.Correct(t.Context(), wrong.ID, correction("a=1"), o.late("alice", "x")); !fault.Is(err, fault.Conflict) {
		t.Errorf("mending what was mended: %v", err)
	}
}

func TestACorrectionAfterTheEffectiveDateTakesEffectWhenItIsPublishedAndKeepsItsMonth(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	wrong := o.public(list("US", "2026-12", "a=10"))
	o.now = at(t, "2026-12-10T14:03:00Z")
	wrong = o.settle(wrong.ID)
	r := must(t)(o.Correct(t.Context(), wrong.ID, correction("a=12"), o.late("alice", "wrong price")))
	if !r.Follows || r.Predecessor != wrong.ID || r.Diff.PriceChanged != 1 {
		t.Errorf("%+v", r)
	}
	must(t)(o.Submit(t.Context(), r.ID, o.as("alice")))
	o.now = at(t, "2026-12-11T09:00:00Z")
	r = o.publish(must(t)(o.Approve(t.Context(), r.ID, o.as("bob"))))
	if !r.EffectiveAt.Equal(o.now) || !r.PublishedAt.Equal(o.now) || r.Slot.Month.String() != "2026-12" || r.State != release.Effective {
		t.Errorf("effective %s, published %s, month %s, %s", r.EffectiveAt, r.PublishedAt, r.Slot.Month, r.State)
	}
	if got := must(t)(o.Show(t.Context(), wrong.ID)); got.State != release.Superseded {
		t.Errorf("the list it mends is %s", got.State)
	}
}

func TestACorrectionMayTakeEffectLaterOrRetroactively(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	wrong := o.public(list("US", "2026-12", "a=10"))
	o.now = at(t, "2026-12-10")
	o.settle(wrong.ID)
	in := correction("a=12")
	in.From = at(t, "2026-12-20")
	r := must(t)(o.Correct(t.Context(), wrong.ID, in, o.late("alice", "wrong")))
	if r.Follows || !r.EffectiveAt.Equal(in.From) {
		t.Errorf("from %s: effective at %s", in.From, r.EffectiveAt)
	}
	must(t)(o.Reject(t.Context(), r.ID, o.late("alice", "anew")))
	in.From, in.Retroactive = time.Time{}, true
	r = must(t)(o.Correct(t.Context(), wrong.ID, in, o.late("alice", "wrong")))
	if !r.EffectiveAt.Equal(wrong.EffectiveAt) || !r.Retroactive {
		t.Errorf("retroactive: effective at %s", r.EffectiveAt)
	}
}

func TestWhatCannotBeCorrectedIsRefusedWithTheWayOut(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	november := o.public(list("US", "2026-11", "a=10"))
	draft := must(t)(o.Create(t.Context(), list("US", "2027-02", "a=10"), o.as("alice")))
	o.now = at(t, "2026-11-10")
	december := o.public(list("US", "2026-12", "a=11"))
	try := func(name, id string, change func(*release.CorrectInput), act release.Act, kind fault.Kind, hint string) {
		in := correction("a=12")
		change(&in)
		if _, err := o.Correct(t.Context(), id, in, act); !fault.Is(err, kind) || !strings.Contains(fault.HintOf(err), hint) {
			t.Errorf("%s: %v, hint %q", name, err, fault.HintOf(err))
		}
	}
	same, act := func(*release.CorrectInput) {}, o.late("alice", "wrong")
	try("a draft", draft.ID, same, act, fault.Refused, "reject")
	try("without a reason", november.ID, same, o.as("alice"), fault.Invalid, "--reason")
	try("from a time before now", november.ID, func(in *release.CorrectInput) { in.From = at(t, "2026-11-09") }, act, fault.Invalid, "--retroactive")
	try("from when the next list is in force", november.ID, func(in *release.CorrectInput) { in.From = at(t, "2026-12-02") }, act, fault.Refused, december.ID)
	try("before it takes effect, from another time", december.ID, func(in *release.CorrectInput) { in.From = at(t, "2026-12-02") }, act, fault.Invalid, "--from")
	o.now = at(t, "2026-12-05")
	o.settle(december.ID)
	act.At = o.now
	try("a list that is not in force any more", november.ID, same, act, fault.Refused, "--retroactive")
}

func TestLaterListsThatStillHoldTheOldPriceAreNamed(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	december := o.public(list("US", "2026-12", "a=10 b=20"))
	o.public(list("US", "2027-01", "a=10 b=25"))
	r := must(t)(o.Correct(t.Context(), december.ID, correction("a=12 b=22"), o.late("alice", "wrong")))
	var said []string
	for _, p := range r.Problems {
		if p.Rule == release.RuleLaterList && p.Severity == listing.Warning {
			said = append(said, p.Value+": "+p.Text)
		}
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], "license-us-2027-01-r1") || !strings.Contains(said[0], "in 1 lines") {
		t.Fatalf("said %q", said)
	}
	must(t)(o.Submit(t.Context(), r.ID, o.as("alice")))
	if _, err := o.Approve(t.Context(), r.ID, o.as("bob")); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), release.RuleLaterList) {
		t.Errorf("approved without acknowledging it: %v", err)
	}
	must(t)(o.Approve(t.Context(), r.ID, o.as("bob"), release.RuleLaterList))
}

func TestADeltaCorrectsWhatIsWrongInTheListItMends(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.public(list("US", "2026-11", "a=1 b=2 c=3"))
	wrong := o.public(list("US", "2026-12", "a=10 b=20 c=30"))
	in := correction("b=22")
	in.Kind = release.Delta
	r := must(t)(o.Correct(t.Context(), wrong.ID, in, o.late("alice", "wrong")))
	lines, err := o.lists.Lines(t.Context(), r.Content)
	if err != nil || len(lines) != 3 || lines[0].UnitPrice.String() != "10" || lines[1].UnitPrice.String() != "22" {
		t.Errorf("%d lines, %v: a delta stands on the list it mends", len(lines), err)
	}
}
