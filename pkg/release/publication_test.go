package release_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
)

func TestAPublicationOnTimeBearsTheInstantItWasDueAndALateOneThatOfNow(t *testing.T) {
	r := in(t, release.Approved)
	due := at(t, "2026-11-01")
	for _, c := range []struct {
		now   time.Time
		floor time.Time
		want  time.Time
		days  int
	}{
		{due, time.Time{}, due, 30},
		{due.Add(time.Second), time.Time{}, due, 30},
		{due.Add(1001 * time.Millisecond), time.Time{}, due.Add(1001 * time.Millisecond), 29},
		{due.Add(5*24*time.Hour + 1500*time.Microsecond), time.Time{}, due.Add(5*24*time.Hour + time.Millisecond), 24},
		{due.Add(time.Second), due.Add(300 * time.Millisecond), due.Add(300 * time.Millisecond), 29},
	} {
		got := must(t)(r.BeginPublishing(c.now, release.Circumstances{Floor: c.floor, After: 41, Tolerance: time.Second}))
		late := !c.want.Equal(due)
		if !got.PublishedAt.Equal(c.want) || got.Notice.Days != c.days || got.Notice.Short != late || got.After != 41 {
			t.Errorf("at %s: published at %s, %+v", c.now, got.PublishedAt, got.Notice)
		}
		if late && got.Notice.Reason == "" {
			t.Errorf("at %s: nobody says why it is late", c.now)
		}
	}
}

func TestAShortNoticePublicationBearsTheInstantItHappened(t *testing.T) {
	r := in(t, release.InReview)
	approved := at(t, "2026-11-01T00:00:00.5Z")
	r = must(t)(r.Approve(release.Act{Who: "bob", At: approved, Reason: "forgot"}, releasetest.Same(r)))
	r = must(t)(r.BeginPublishing(approved.Add(20*time.Millisecond), release.Circumstances{Tolerance: time.Second}))
	if want := approved.Add(20 * time.Millisecond); !r.PublishedAt.Equal(want) || r.Notice.Reason != "forgot" {
		t.Errorf("published at %s, %+v", r.PublishedAt, r.Notice)
	}
}

func TestPublishingIsRefusedBeforeItIsDueWhileHeldAndAfterAnotherPredecessor(t *testing.T) {
	r := in(t, release.Approved)
	if _, err := r.BeginPublishing(at(t, "2026-10-31T23:59:59.999Z"), release.Circumstances{}); !fault.Is(err, fault.Refused) {
		t.Errorf("too early: %v", err)
	}
	if _, err := r.BeginPublishing(at(t, "2026-11-01"), release.Circumstances{Predecessor: "license-us-2026-11-r1"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another predecessor: %v", err)
	}
	held := must(t)(r.Hold(at(t, "2026-11-01"), "why"))
	if _, err := held.BeginPublishing(at(t, "2026-11-01"), release.Circumstances{}); !fault.Is(err, fault.Refused) {
		t.Errorf("held: %v", err)
	}
}

func TestOnlyANewApprovalLetsAHeldReleaseGo(t *testing.T) {
	r := must(t)(in(t, release.Approved).Hold(at(t, "2026-12-02"), "its effective time passed"))
	if _, err := r.Hold(at(t, "2026-12-02"), "again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("held twice: %v", err)
	}
	late := release.Act{Who: "bob", At: at(t, "2026-12-03")}
	if _, err := r.Approve(late, releasetest.Same(r)); !fault.Is(err, fault.Refused) {
		t.Errorf("without a reason: %v", err)
	}
	late.Reason = "outage"
	if _, err := r.Approve(release.Act{Who: "alice", At: late.At, Reason: "outage"}, releasetest.Same(r)); !fault.Is(err, fault.Refused) {
		t.Errorf("by the author: %v", err)
	}
	r = must(t)(r.Approve(late, releasetest.Same(r)))
	if r.Held != "" || r.Notice.Days != -2 || !r.Notice.Short {
		t.Errorf("held %q, %+v", r.Held, r.Notice)
	}
}

func TestAPublicationThatWasInterruptedForLongIsFrozenAnew(t *testing.T) {
	r := in(t, release.Publishing)
	if _, changed, err := r.Refreeze(r.PublishedAt.Add(time.Minute)); changed || err != nil {
		t.Errorf("after a minute: %t, %v", changed, err)
	}
	now := r.PublishedAt.Add(26 * time.Hour)
	next, changed, err := r.Refreeze(now)
	if err != nil || !changed || !next.PublishedAt.Equal(now) || next.Notice.Days != 28 || !next.Notice.Short || next.After != r.After {
		t.Errorf("after 26 hours: %t, %v, published at %s, %+v, after %d", changed, err, next.PublishedAt, next.Notice, next.After)
	}
}

func TestTheRecordFollowsTheManifest(t *testing.T) {
	r := in(t, release.Publishing)
	m := release.Manifest{
		Sequence: 99, PublishedAt: at(t, "2026-11-02"), Predecessor: "license-us-2026-11-r1", Supersedes: "x", Checksum: "c",
		Notice: release.Notice{Policy: "days:30", Days: 29, Short: true, Reason: "late"},
	}
	got := must(t)(r.Publish(at(t, "2026-11-03"), m))
	if d := cmp.Diff(m, got.Manifest(99)); d != "" || got.Sequence != 99 || got.Baseline {
		t.Errorf("sequence %d, baseline %t (-manifest +record):\n%s", got.Sequence, got.Baseline, d)
	}
}
