package release

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// compareForce orders releases of one list and market by which is in force: the greater of two that have taken effect.
func compareForce(a, b *Release) int { return a.edition().Compare(b.edition()) }

// comparePlans orders releases by when they go public: by the planned instant, then by effective instant, then by id.
func comparePlans(a, b *Release) int {
	return cmp.Or(a.planned().Compare(b.planned()), a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.ID, b.ID))
}

// Known returns what the world was told of a list and market: its releases, withdrawn ones too, in the order in which they take effect.
func Known(slot Slot, releases []Release) []Release {
	return follow(slot, releases, func(o *Release) bool { return o.Told() })
}

// KnownUpTo is Known for what stands in the stream up to a sequence.
func KnownUpTo(slot Slot, releases []Release, sequence uint64) []Release {
	known := follow(slot, releases, func(o *Release) bool { return o.Told() && o.Sequence <= sequence })
	return told(known, func(w Withdrawal) bool { return w.Sequence <= sequence })
}

// KnownAt is Known for what counts as known at an instant.
func KnownAt(slot Slot, releases []Release, at time.Time) []Release {
	known := follow(slot, releases, func(o *Release) bool { return o.Told() && !o.PublishedAt.After(at) })
	return told(known, func(w Withdrawal) bool { return !w.KnownAt.After(at) })
}

// told leaves the releases those withdrawals that the world was told of and that count.
func told(releases []Release, counts func(Withdrawal) bool) []Release {
	for i := range releases {
		releases[i].Withdrawals = slices.DeleteFunc(slices.Clone(releases[i].Withdrawals), func(w Withdrawal) bool { return !w.Told() || !counts(w) })
	}
	return releases
}

// Considered returns the releases of its list and market that will be known when a release goes public, in the order in which they take
// effect: those the world was told of, those being published, and those approved and planned to go public before it. It is reviewed against
// them. A list of the past is reviewed against what was known when it should have been public.
func Considered(r Release, releases []Release) []Release {
	if r.Backfilled {
		return slices.DeleteFunc(KnownAt(r.Slot, releases, r.PublishAt), func(o Release) bool { return o.ID == r.ID })
	}
	return follow(r.Slot, releases, func(o *Release) bool {
		return o.ID != r.ID && (o.Told() || o.State == Publishing || o.State == Approved && comparePlans(o, &r) < 0)
	})
}

// approvedAt returns a release that still waits for an approver as if it were approved now; it cannot go public earlier. One that takes
// effect when it is published would take effect now.
func (r Release) approvedAt(now time.Time) Release {
	if r.State == Draft || r.State == InReview || r.Held != "" {
		r.ApprovedAt = now
		if r.Follows {
			r.EffectiveAt = now.UTC().Truncate(precision)
		}
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
	return at(listing.Before(editions(known), effectiveAt), known)
}

// InForce returns which of the releases known, in the order in which they take effect, is in force at an instant; false when none is.
func InForce(v time.Time, known []Release) (Release, bool) {
	return at(listing.InForce(editions(known), v), known)
}

func editions(releases []Release) []listing.Edition {
	all := make([]listing.Edition, len(releases))
	for i := range releases {
		all[i] = releases[i].edition()
	}
	return all
}

func at(i int, releases []Release) (Release, bool) {
	if i < 0 {
		return Release{}, false
	}
	return releases[i], true
}

// Replaced returns the earlier revision that a release takes the place of when it is published: the one it mends, else the latest public one
// of its slot.
func Replaced(r Release, releases []Release) (Release, bool) {
	found := -1
	for i := range releases {
		o := &releases[i]
		if r.Corrects != "" && o.ID == r.Corrects && o.State.Public() {
			return *o, true
		}
		if o.Slot != r.Slot || o.ID == r.ID || !o.State.Public() {
			continue
		}
		if found < 0 || releases[found].Revision < o.Revision {
			found = i
		}
	}
	return at(found, releases)
}

// LastKnown returns the latest instant at which something of a list and market became known, zero when nothing did. Instants of
// publication never go back behind it.
func LastKnown(slot Slot, releases []Release) time.Time {
	var last time.Time
	for i := range releases {
		o := &releases[i]
		if o.Slot.line() != slot.line() || !o.Told() {
			continue
		}
		if o.PublishedAt.After(last) {
			last = o.PublishedAt
		}
		for _, w := range o.Withdrawals {
			if w.Told() && w.KnownAt.After(last) {
				last = w.KnownAt
			}
		}
	}
	return last
}
