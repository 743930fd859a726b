package release

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// Warning is how long before a month's publication it is missing when nothing is approved, and how long before its publication a release
// that nobody has approved is worth a reminder.
const Warning = 7 * 24 * time.Hour

// Months is how many months a calendar shows.
const Months = 12

// Stage is where a month of a list and market is.
type Stage string

// The stages, from the farthest on.
const (
	StageOut      Stage = "out"       // published
	StageDue      Stage = "due"       // approved: it goes out by itself
	StageHeld     Stage = "held"      // approved, but it waits for an approver
	StageInReview Stage = "in_review" // it waits for an approver
	StageDraft    Stage = "draft"     // it waits for its author
	StageMissing  Stage = "missing"   // nothing is approved, and it is to be published within seven days
	StageAwaited  Stage = "awaited"   // nothing is there yet, and there is time
)

// Month is one month of a list and market.
type Month struct {
	Slot        Slot
	Stage       Stage
	Missing     bool      // nothing is approved although it is to be published within seven days, whatever is in preparation
	Release     string    // the release the stage is about, empty when there is none
	Revision    int       // of that release; 1 when there is none
	EffectiveAt time.Time // of the release, or the first of the month
	PublishAt   time.Time // latest instant of publication; of a release that is out, when it was published
	DaysLeft    int       // whole days until it is to be published; negative when that has passed; 0 when it is out
}

// Policies are how the lists are released, by list.
type Policies map[string]Policy

// Calendar returns twelve months from the present one on, list by list and market by market in order, given all releases. A market of a
// monthly list is expected to have a release every month once it has had one; months before its first are left out.
func Calendar(now time.Time, releases []Release, policies Policies) []Month {
	var months []Month
	first := effective.MonthOf(now)
	for _, l := range lines(releases) {
		policy := policies[l.list]
		for n := range Months {
			m := month(now, Slot{l.list, l.market, first.Add(n)}, releases, policy)
			if m.Release != "" || policy.Monthly && !m.Slot.Month.Before(began(l, releases)) {
				months = append(months, m)
			}
		}
	}
	return months
}

// Gaps returns the months, the present one included, for which nothing is approved although they are to be published within seven days,
// and the next instant at which one may come to be missing; zero when none can.
func Gaps(now time.Time, releases []Release, policies Policies) (missing []Month, next time.Time) {
	for _, l := range lines(releases) {
		policy := policies[l.list]
		if !policy.Monthly || !slices.ContainsFunc(releases, func(r Release) bool { return r.Slot.line() == l && r.Told() }) {
			continue
		}
		for n := range Months {
			m := month(now, Slot{l.list, l.market, effective.MonthOf(now).Add(n)}, releases, policy)
			at := policy.Notice.PublishAt(m.Slot.Month.Start()).Add(-Warning)
			switch {
			case m.Missing:
				missing = append(missing, m)
			case at.After(now) && (next.IsZero() || at.Before(next)):
				next = at
			}
		}
	}
	return missing, next
}

// lines returns the lists and markets that have releases, in order.
func lines(releases []Release) []line {
	var all []line
	for i := range releases {
		if l := releases[i].Slot.line(); releases[i].State != Rejected && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b line) int { return cmp.Or(cmp.Compare(a.list, b.list), cmp.Compare(a.market, b.market)) })
	return all
}

// began returns the first month that a list and market has a release for.
func began(l line, releases []Release) effective.Month {
	var first effective.Month
	for i := range releases {
		if r := &releases[i]; r.Slot.line() == l && r.State != Rejected && (first == effective.Month{} || r.Slot.Month.Before(first)) {
			first = r.Slot.Month
		}
	}
	return first
}

// month returns where a slot is: at the farthest of its releases.
func month(now time.Time, slot Slot, releases []Release, policy Policy) Month {
	m := Month{Slot: slot, Stage: StageAwaited, Revision: 1, EffectiveAt: slot.Month.Start(), PublishAt: policy.Notice.PublishAt(slot.Month.Start())}
	approved, expected := false, false
	var farthest *Release
	for i := range releases {
		r := &releases[i]
		if r.Slot.line() != slot.line() {
			continue
		}
		expected = expected || r.Told() && r.Slot.Month.Before(slot.Month)
		if r.Slot != slot || r.State == Rejected || r.State == Withdrawn {
			continue
		}
		approved = approved || r.stage() == StageOut || r.stage() == StageDue
		if farthest == nil || rank(r.stage()) < rank(farthest.stage()) || rank(r.stage()) == rank(farthest.stage()) && r.Revision > farthest.Revision {
			farthest = r
		}
	}
	if farthest != nil {
		m.Stage, m.Release, m.Revision, m.EffectiveAt, m.PublishAt = farthest.stage(), farthest.ID, farthest.Revision, farthest.EffectiveAt, farthest.PublishAt
		if m.Stage == StageOut {
			m.PublishAt = farthest.PublishedAt
			return m
		}
	}
	m.DaysLeft = effective.DaysBetween(now, m.PublishAt)
	m.Missing = policy.Monthly && expected && !approved && m.PublishAt.Sub(now) <= Warning
	if m.Missing && farthest == nil {
		m.Stage = StageMissing
	}
	return m
}

func (r Release) stage() Stage {
	switch {
	case r.Told():
		return StageOut
	case r.Held != "":
		return StageHeld
	case r.State == Approved, r.State == Publishing:
		return StageDue
	case r.State == InReview:
		return StageInReview
	}
	return StageDraft
}

// rank orders stages from the farthest on.
func rank(s Stage) int {
	return slices.Index([]Stage{StageOut, StageDue, StageHeld, StageInReview, StageDraft}, s)
}
