package release

import (
	"cmp"
	"slices"
	"time"
)

// compareForce orders releases of one list and market by which is in force: the greater of two that have taken effect.
func compareForce(a, b *Release) int {
	return cmp.Or(a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.ID, b.ID))
}

// comparePlans orders releases by when they go public: by the planned instant, then by effective instant, then by id.
func comparePlans(a, b *Release) int {
	return cmp.Or(a.planned().Compare(b.planned()), a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.ID, b.ID))
}

// Known returns the public releases of a list and market in the order in which they take effect.
func Known(slot Slot, releases []Release) []Release {
	return follow(slot, releases, func(o *Release) bool { return o.State.Public() })
}

// Considered returns the releases of its list and market that will be known when a release goes public, in the order in which they take
// effect: those public, those being published, and those approved and planned to go public before it. It is reviewed against them.
func Considered(r Release, releases []Release) []Release {
	return follow(r.Slot, releases, func(o *Release) bool {
		return o.ID != r.ID && (o.State.Public() || o.State == Publishing || o.State == Approved && comparePlans(o, &r) < 0)
	})
}

// approvedAt returns a release that still waits for an approver as if it were approved now; it cannot go public earlier.
func (r Release) approvedAt(now time.Time) Release {
	if r.State == Draft || r.State == InReview || r.Held != "" {
		r.ApprovedAt = now
	}
	return r
}

func follow(slot Slot, releases []Release, counts func(*Release) bool) []Release {
	var known []Release
	for i := range releases {
		if o := &releases[i]; o.Slot.line() == slot.line() && counts(o) {
			known = append(known, *o)
		}
	}
	slices.SortFunc(known, func(a, b Release) int { return compareForce(&a, &b) })
	return known
}

// Predecessor returns which of the releases known, in the order in which they take effect, is in force just before an instant; false when
// none is, which makes a release that takes effect then a baseline.
func Predecessor(effectiveAt time.Time, known []Release) (Release, bool) {
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].EffectiveAt.Before(effectiveAt) {
			return known[i], true
		}
	}
	return Release{}, false
}

// Replaced returns the earlier revision that a release takes the place of when it is published: the latest public one of its slot.
func Replaced(r Release, releases []Release) (Release, bool) {
	found := -1
	for i := range releases {
		o := &releases[i]
		if o.Slot != r.Slot || o.ID == r.ID || !o.State.Public() {
			continue
		}
		if found < 0 || releases[found].Revision < o.Revision {
			found = i
		}
	}
	if found < 0 {
		return Release{}, false
	}
	return releases[found], true
}

// LastPublication returns the latest instant at which a release of a list and market went public, zero when none did.
func LastPublication(slot Slot, releases []Release) time.Time {
	var last time.Time
	for i := range releases {
		o := &releases[i]
		if o.Slot.line() == slot.line() && o.State.Public() && o.PublishedAt.After(last) {
			last = o.PublishedAt
		}
	}
	return last
}
