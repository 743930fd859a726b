package release_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	t.Fatalf("%q is not an instant", s)
	return time.Time{}
}

func must(t testing.TB) func(release.Release, error) release.Release {
	return func(r release.Release, err error) release.Release {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// in returns a release for 2026-12 in a state, brought there by the transitions.
func in(t testing.TB, state release.State) release.Release {
	t.Helper()
	ok := must(t)
	due, effective := at(t, "2026-11-01"), at(t, "2026-12-01")
	r := releasetest.Draft(t, "US", "2026-12", 1)
	steps := []struct {
		state release.State
		step  func() (release.Release, error)
	}{
		{release.Draft, func() (release.Release, error) { return r, nil }},
		{release.InReview, func() (release.Release, error) {
			return r.Submit(release.Act{Who: "alice", At: releasetest.Instant}, releasetest.Same(r))
		}},
		{release.Approved, func() (release.Release, error) {
			return r.Approve(release.Act{Who: "bob", At: releasetest.Instant}, releasetest.Same(r))
		}},
		{release.Publishing, func() (release.Release, error) { return r.BeginPublishing(due, release.Circumstances{After: 7}) }},
		{release.Published, func() (release.Release, error) { return r.Publish(due, r.Manifest(12)) }},
		{release.Effective, func() (release.Release, error) { return r.TakeEffect(effective, "") }},
		{release.Superseded, func() (release.Release, error) { return r.Supersede(effective, "license-us-2027-01-r1") }},
	}
	if state == release.Rejected {
		return ok(in(t, release.InReview).Reject(release.Act{Who: "bob", At: due, Reason: "wrong list"}))
	}
	if state == release.Withdrawn {
		r = in(t, release.Effective)
		r.State = release.Withdrawn
		return r
	}
	for _, s := range steps {
		r = ok(s.step())
		if r.State != s.state {
			t.Fatalf("the way to %s led to %s", s.state, r.State)
		}
		if s.state == state {
			return r
		}
	}
	t.Fatalf("no way leads to %s", state)
	return r
}

var states = []release.State{
	release.Draft, release.InReview, release.Approved, release.Publishing, release.Published, release.Effective, release.Superseded,
	release.Rejected, release.Withdrawn,
}

func TestEveryTransitionLeadsWhereItShouldOrNowhere(t *testing.T) {
	much := at(t, "2027-06-01")
	moves := []struct {
		name string
		move func(release.Release) (release.Release, error)
		to   map[release.State]release.State
	}{
		{
			"submit", func(r release.Release) (release.Release, error) {
				v := releasetest.Same(r)
				v.Predecessor = "license-us-2026-11-r1"
				return r.Submit(release.Act{Who: "alice", At: much}, v)
			},
			map[release.State]release.State{release.Draft: release.InReview, release.InReview: release.InReview},
		},
		{
			"approve", func(r release.Release) (release.Release, error) {
				return r.Approve(release.Act{Who: "bob", At: much, Reason: "late"}, releasetest.Same(r))
			},
			map[release.State]release.State{release.InReview: release.Approved},
		},
		{
			"reject", func(r release.Release) (release.Release, error) {
				return r.Reject(release.Act{Who: "bob", At: much, Reason: "wrong"})
			},
			map[release.State]release.State{release.Draft: release.Rejected, release.InReview: release.Rejected, release.Approved: release.Rejected},
		},
		{
			"begin publishing", func(r release.Release) (release.Release, error) {
				return r.BeginPublishing(much, release.Circumstances{Predecessor: r.Predecessor})
			},
			map[release.State]release.State{release.Approved: release.Publishing},
		},
		{
			"refreeze", func(r release.Release) (release.Release, error) {
				next, _, err := r.Refreeze(much)
				return next, err
			},
			map[release.State]release.State{release.Publishing: release.Publishing},
		},
		{
			"postpone", func(r release.Release) (release.Release, error) { return r.Postpone(much, "why") },
			map[release.State]release.State{release.Publishing: release.Approved},
		},
		{
			"publish", func(r release.Release) (release.Release, error) { return r.Publish(much, r.Manifest(12)) },
			map[release.State]release.State{release.Publishing: release.Published},
		},
		{
			"take effect", func(r release.Release) (release.Release, error) { return r.TakeEffect(much, "") },
			map[release.State]release.State{release.Published: release.Effective},
		},
		{
			"supersede", func(r release.Release) (release.Release, error) { return r.Supersede(much, "license-us-2027-01-r1") },
			map[release.State]release.State{release.Published: release.Superseded, release.Effective: release.Superseded},
		},
		{
			"hold", func(r release.Release) (release.Release, error) { return r.Hold(much, "why") },
			map[release.State]release.State{release.Approved: release.Approved},
		},
	}
	for _, m := range moves {
		for _, from := range states {
			r := in(t, from)
			before := len(r.Log)
			next, err := m.move(r)
			want, allowed := m.to[from]
			switch {
			case allowed && (err != nil || next.State != want || len(next.Log) != before+1):
				t.Errorf("%s from %s: %s with %d new entries in the log, %v; want %s", m.name, from, next.State, len(next.Log)-before, err, want)
			case !allowed && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Refused):
				t.Errorf("%s from %s: %s, %v; want it forbidden", m.name, from, next.State, err)
			case !allowed:
				if d := cmp.Diff(r, next); d != "" {
					t.Errorf("%s from %s is forbidden but changed:\n%s", m.name, from, d)
				}
			}
			if len(r.Log) != before {
				t.Errorf("%s from %s changed the log of the record it was made from", m.name, from)
			}
		}
	}
}

func TestApprovingADraftIsRefusedAndApprovingTwiceIsAConflict(t *testing.T) {
	act := release.Act{Who: "bob", At: releasetest.Instant}
	draft := in(t, release.Draft)
	if _, err := draft.Approve(act, releasetest.Same(draft)); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "release submit") {
		t.Errorf("a draft: %v, hint %q", err, fault.HintOf(err))
	}
	approved := in(t, release.Approved)
	if _, err := approved.Approve(act, releasetest.Same(approved)); !fault.Is(err, fault.Conflict) {
		t.Errorf("an approved one: %v", err)
	}
	publishing := in(t, release.Publishing)
	if _, err := publishing.Reject(release.Act{Who: "bob", At: releasetest.Instant, Reason: "r"}); err == nil || !strings.Contains(err.Error(), "approved") {
		t.Errorf("one being published must look approved to people: %v", err)
	}
}

func TestApprovalNeedsAnotherPersonThanAuthorAndSubmitter(t *testing.T) {
	r := releasetest.Draft(t, "US", "2026-12", 1)
	r = must(t)(r.Submit(release.Act{Who: "dave", At: releasetest.Instant}, releasetest.Same(r)))
	for _, who := range []string{"alice", "ALICE", " alice ", "dave", "Dave"} {
		if _, err := r.Approve(release.Act{Who: who, At: releasetest.Instant}, releasetest.Same(r)); !fault.Is(err, fault.Refused) {
			t.Errorf("%q: %v", who, err)
		}
	}
	got := must(t)(r.Approve(release.Act{Who: " bob ", At: releasetest.Instant}, releasetest.Same(r)))
	if got.ApprovedBy != "bob" || !got.ApprovedAt.Equal(releasetest.Instant) {
		t.Errorf("approved by %q at %s", got.ApprovedBy, got.ApprovedAt)
	}
}

func TestActsWithoutAProperNameOrWithEndlessWordsAreInvalid(t *testing.T) {
	r := in(t, release.InReview)
	for name, act := range map[string]release.Act{
		"nobody":          {Who: "  ", At: releasetest.Instant},
		"long name":       {Who: strings.Repeat("ä", release.MaxName+1), At: releasetest.Instant},
		"line break":      {Who: "bob\nalice", At: releasetest.Instant},
		"not UTF-8":       {Who: "bob\xff", At: releasetest.Instant},
		"the product":     {Who: "Scheduler", At: releasetest.Instant},
		"long reason":     {Who: "bob", At: releasetest.Instant, Reason: strings.Repeat("x", release.MaxReason+1)},
		"unusable reason": {Who: "bob", At: releasetest.Instant, Reason: "\xff"},
		"no instant":      {Who: "bob"},
	} {
		if _, err := r.Approve(act, releasetest.Same(r)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Approve(release.Act{Who: strings.Repeat("ä", release.MaxName), At: releasetest.Instant}, releasetest.Same(r)); err != nil {
		t.Errorf("a name of the greatest length: %v", err)
	}
	if _, err := r.Reject(release.Act{Who: "bob", At: releasetest.Instant, Reason: " "}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a rejection without reason: %v", err)
	}
}

func TestAnActOnAnotherVersionThanTheOneSeenIsAConflict(t *testing.T) {
	r := in(t, release.InReview)
	r.Version = 5
	if _, err := r.Approve(release.Act{Who: "bob", At: releasetest.Instant, Version: 4}, releasetest.Same(r)); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Approve(release.Act{Who: "bob", At: releasetest.Instant, Version: 5}, releasetest.Same(r)); err != nil {
		t.Error(err)
	}
}

func TestPublicationIsPlannedByThePolicy(t *testing.T) {
	for _, c := range []struct {
		policy, effective, ask, want string
		days                         int
	}{
		{"days:30", "2026-12-01", "", "2026-11-01", 30},
		{"days:30", "2026-03-01", "", "2026-01-30", 30},
		{"days:30", "2027-03-01", "", "2027-01-30", 30},
		{"first-of-month", "2026-03-01", "", "2026-01-30", 30},
		{"first-of-month", "2026-12-01", "", "2026-11-01", 30},
		{"none", "2026-12-01", "", "2026-12-01", 0},
		{"days:30", "2026-12-01", "2026-10-31", "2026-10-31", 31},
		{"days:30", "2026-12-01", "2026-11-01", "2026-11-01", 30},
		{"days:30", "2026-12-01", "2026-11-01T00:00:00.001Z", "", 0},
	} {
		s := sheetFor(t, c.policy, c.effective)
		if c.ask != "" {
			s.PublishAt = at(t, c.ask)
		}
		r, err := release.New(s, release.Act{Who: "alice", At: at(t, "2025-12-01")})
		if c.want == "" {
			if !fault.Is(err, fault.Refused) {
				t.Errorf("%+v: %v, want it refused", c, err)
			}
			continue
		}
		if err != nil || !r.PublishAt.Equal(at(t, c.want)) || r.Notice.Days != c.days || r.Notice.Short || r.Notice.Policy != c.policy {
			t.Errorf("%+v: publish at %s, notice %+v, %v", c, r.PublishAt, r.Notice, err)
		}
	}
}

func sheetFor(t testing.TB, policy, effectiveAt string) release.Sheet {
	t.Helper()
	p, err := effective.ParseNotice(policy)
	if err != nil {
		t.Fatal(err)
	}
	when := at(t, effectiveAt)
	return release.Sheet{
		Slot:     release.Slot{List: release.License, Market: "US", Month: effective.MonthOf(when)},
		Revision: 1, Kind: release.Full, EffectiveAt: when, Policy: p,
	}
}

func TestSheetsThatCannotBeReleasedAreInvalid(t *testing.T) {
	for name, spoil := range map[string]func(*release.Sheet){
		"lower-case market": func(s *release.Sheet) { s.Slot.Market = "us" },
		"no market":         func(s *release.Sheet) { s.Slot.Market = "" },
		"no list":           func(s *release.Sheet) { s.Slot.List = "" },
		"another month":     func(s *release.Sheet) { s.Slot.Month = effective.Month{Year: 2026, Month: 11} },
		"no revision":       func(s *release.Sheet) { s.Revision = 0 },
		"no kind":           func(s *release.Sheet) { s.Kind = "" },
		"nanoseconds":       func(s *release.Sheet) { s.EffectiveAt = s.EffectiveAt.Add(1) },
		"errors": func(s *release.Sheet) {
			s.Review.Problems = []listing.Problem{{Severity: listing.Error, Rule: "x", Row: 7, Column: "UnitPrice", Text: "not a number"}}
		},
	} {
		s := sheetFor(t, "days:30", "2026-12-01")
		spoil(&s)
		if _, err := release.New(s, release.Act{Who: "alice", At: releasetest.Instant}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := sheetFor(t, "days:30", "2026-12-01")
	s.Review.Problems = []listing.Problem{{Severity: listing.Error, Sheet: "May", Row: 7, Column: "UnitPrice", Text: "not a number"}}
	_, err := release.New(s, release.Act{Who: "alice", At: releasetest.Instant})
	want := []fault.Place{{Where: `sheet "May", row 7, column UnitPrice`, Problem: "not a number"}}
	if d := cmp.Diff(want, fault.PlacesOf(err)); d != "" {
		t.Errorf("places (-want +got):\n%s", d)
	}
}

func TestApprovingLateNeedsAReasonAndMarksTheTrueNotice(t *testing.T) {
	r := in(t, release.InReview)
	for _, c := range []struct {
		at     string
		reason string
		days   int
		short  bool
		ok     bool
	}{
		{"2026-11-01", "", 30, false, true},
		{"2026-11-01T00:00:00.001Z", "", 0, false, false},
		{"2026-11-01T00:00:00.001Z", "forgot", 29, true, true},
		{"2026-11-21T12:00:00Z", "forgot", 9, true, true},
		{"2026-12-03", "forgot", -2, true, true},
		{"2026-10-01", "not needed", 30, false, true},
	} {
		got, err := r.Approve(release.Act{Who: "bob", At: at(t, c.at), Reason: c.reason}, releasetest.Same(r))
		if !c.ok {
			if !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "--short-notice") {
				t.Errorf("%+v: %v, hint %q", c, err, fault.HintOf(err))
			}
			continue
		}
		want := release.Notice{Policy: "days:30", Days: c.days, Short: c.short}
		if c.short {
			want.Reason = c.reason
		}
		if err != nil || got.Notice != want {
			t.Errorf("%+v: %+v, %v", c, got.Notice, err)
		}
	}
}

func TestALostPublicationDateNeedsAReasonEvenWhenTheNoticeIsStillLong(t *testing.T) {
	s := sheetFor(t, "days:30", "2026-12-01")
	s.PublishAt = at(t, "2026-10-01")
	act := release.Act{Who: "alice", At: releasetest.Instant}
	r := must(t)(release.New(s, act))
	r = must(t)(r.Submit(act, releasetest.Same(r)))
	late := release.Act{Who: "bob", At: at(t, "2026-10-11")}
	if _, err := r.Approve(late, releasetest.Same(r)); !fault.Is(err, fault.Refused) {
		t.Errorf("without a reason: %v", err)
	}
	late.Reason = "was on leave"
	r = must(t)(r.Approve(late, releasetest.Same(r)))
	if r.Notice.Days != 51 || r.Notice.Short {
		t.Errorf("notice %+v", r.Notice)
	}
}

func TestWarningsStopApprovalUntilSomebodyAcknowledgesThem(t *testing.T) {
	act := release.Act{Who: "alice", At: releasetest.Instant}
	s := sheetFor(t, "days:30", "2026-12-01")
	s.Review.Problems = []listing.Problem{
		{Severity: listing.Warning, Rule: pricelist.RuleLinesGone, Text: "40 of 100 lines are gone"},
		{Severity: listing.Warning, Rule: pricelist.RuleERPBelowUnit, Text: "swapped?"},
		{Severity: listing.Note, Rule: pricelist.RuleFlagMismatch, Text: "the sheet says otherwise"},
	}
	s.Review.Acknowledged = []string{pricelist.RuleERPBelowUnit} // by the author
	r := must(t)(release.New(s, act))
	r = must(t)(r.Submit(act, releasetest.Same(r)))
	bob := release.Act{Who: "bob", At: releasetest.Instant}
	if _, err := r.Approve(bob, releasetest.Same(r)); !fault.Is(err, fault.Refused) || !strings.HasSuffix(fault.HintOf(err), "--acknowledge lines-gone") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
	v := releasetest.Same(r)
	v.Acknowledged = []string{pricelist.RuleLinesGone}
	got := must(t)(r.Approve(bob, v))
	want := []release.Acknowledgement{{Rule: pricelist.RuleERPBelowUnit, By: "alice", At: act.At}, {Rule: pricelist.RuleLinesGone, By: "bob", At: bob.At}}
	if d := cmp.Diff(want, got.Acknowledged); d != "" {
		t.Errorf("acknowledged (-want +got):\n%s", d)
	}
	if last := got.Log[len(got.Log)-1]; last.What != release.DidAccept && last.What != release.DidApprove {
		t.Errorf("the log ends with %+v", last)
	}
}

func TestALogHasAnEnd(t *testing.T) {
	r := in(t, release.InReview)
	for len(r.Log) < release.MaxLog {
		r.Log = append(r.Log, release.Entry{})
	}
	if _, err := r.Approve(release.Act{Who: "bob", At: releasetest.Instant}, releasetest.Same(r)); !fault.Is(err, fault.Refused) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyPublishingLooksOtherwiseToPeople(t *testing.T) {
	for _, s := range states {
		want := s
		if s == release.Publishing {
			want = release.Approved
		}
		if got := s.ForPeople(); got != want {
			t.Errorf("%s shows as %s", s, got)
		}
	}
}
