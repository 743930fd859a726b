package release_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

func past(products, month, published string, t *testing.T) release.CreateInput {
	in := list("US", month, products)
	in.Backfilled, in.PublishAt = true, at(t, published)
	return in
}

func TestAListOfThePastCountsAsPublishedWhenItReallyWas(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	october := o.public(past("a=9 b=1", "2025-10", "2025-09-01", t))
	if !october.Backfilled || !october.PublishedAt.Equal(at(t, "2025-09-01")) || october.Notice.Short || october.Notice.Days != 30 || !october.Baseline {
		t.Errorf("%+v", october)
	}
	november := o.public(past("a=10 b=1", "2025-11", "2025-10-20T08:00:00Z", t))
	if november.Notice.Short || november.Notice.Days != 11 || november.Predecessor != october.ID || november.State != release.Effective {
		t.Errorf("notice %+v, follows %q, %s: what happened then is not judged now", november.Notice, november.Predecessor, november.State)
	}
	december := o.review(list("US", "2026-12", "a=11 b=1"))
	if december.Predecessor != november.ID {
		t.Errorf("the next list follows %q", december.Predecessor)
	}
}

func TestAListOfThePastIsReviewedAgainstWhatWasKnownThen(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.public(past("a=10", "2025-11", "2025-10-01", t))
	late := o.review(past("a=9", "2025-10", "2025-09-01", t))
	if !late.Baseline || late.Predecessor != "" {
		t.Errorf("october follows %q, though nothing was known when it was published", late.Predecessor)
	}
}

func TestAListOfThePastNeedsItsInstantAReasonAndAFreeMonth(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	in := past("a", "2025-11", "2025-10-01", t)
	if _, err := o.Create(t.Context(), in, o.as("alice")); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	in.PublishAt = o.now.AddDate(0, 0, 1)
	if _, err := o.Create(t.Context(), in, o.late("alice", "history")); !fault.Is(err, fault.Invalid) {
		t.Errorf("published tomorrow: %v", err)
	}
	in.PublishAt = o.now.AddDate(-30, 0, 0)
	if _, err := o.Create(t.Context(), in, o.late("alice", "history")); !fault.Is(err, fault.Invalid) {
		t.Errorf("published in another century: %v", err)
	}
	o.public(past("a", "2025-11", "2025-10-01", t))
	if _, err := o.Create(t.Context(), past("a", "2025-11", "2025-10-01", t), o.late("alice", "history")); !fault.Is(err, fault.Refused) {
		t.Errorf("a month that is public: %v", err)
	}
}
