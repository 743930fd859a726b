package release

import (
	"cmp"
	"slices"
	"time"
)

// Do is something that is to be done to a release.
type Do string

// What is to be done. The order of a plan is that in which they are listed here.
const (
	DoTakeEffect Do = "take effect" // tell that its effective moment has come
	DoSupersede  Do = "supersede"   // another one has taken its place
	DoReinstate  Do = "reinstate"   // the one that had taken its place was withdrawn
	DoFinish     Do = "finish"      // its publication was begun; see it through
	DoWithdraw   Do = "withdraw"    // tell that it, or some of its lines, are taken back
	DoHold       Do = "hold"        // it must not go out without a new approval
	DoPublish    Do = "publish"
)

// Step is one thing to be done to one release.
type Step struct {
	Do      Do
	Release Release
	Other   string // for DoTakeEffect the release in force until now, for DoSupersede the one that took its place
	Reason  string // for DoHold
}

// Plan is what is due at an instant.
type Plan struct {
	Steps []Step    // in the order in which they are to be done
	Next  time.Time // the next instant at which something falls due; zero when nothing known does
}

// Due returns what is to be done at an instant, given all releases of one or several lists and markets. The same releases and instant
// give the same plan, whatever order the releases come in.
//
// Effective moments come before publications. Each step changes what is due after it: do the first, read the releases again and ask
// again, and so on until the plan has no steps.
func Due(now time.Time, releases []Release) Plan {
	all := slices.Clone(releases)
	slices.SortFunc(all, func(a, b Release) int { return comparePlans(&a, &b) })
	d := &due{now: now, all: all, markets: map[line][]Release{}}
	for i := range all {
		d.markets[all[i].Slot.line()] = append(d.markets[all[i].Slot.line()], all[i])
	}
	d.effects()
	d.supersessions()
	d.unfinished()
	d.publications()
	return d.plan
}

type due struct {
	now     time.Time
	all     []Release          // in the order they go public
	markets map[line][]Release // of each list and market, in that order
	plan    Plan
}

// market returns the releases of a release's list and market.
func (d *due) market(r *Release) []Release { return d.markets[r.Slot.line()] }

func (d *due) step(do Do, r *Release, other, reason string) {
	d.plan.Steps = append(d.plan.Steps, Step{Do: do, Release: *r, Other: other, Reason: reason})
}

// wake notes an instant at which something falls due, and reports whether it has come.
func (d *due) wake(at time.Time) bool {
	if !at.After(d.now) {
		return true
	}
	if d.plan.Next.IsZero() || at.Before(d.plan.Next) {
		d.plan.Next = at
	}
	return false
}

// effects plans the effective moments that have come, earliest first.
func (d *due) effects() {
	var come []*Release
	for i := range d.all {
		r := &d.all[i]
		if r.State == Published && !r.takingBack() && d.replacement(r) == nil && d.wake(r.EffectiveAt) {
			come = append(come, r)
		}
	}
	slices.SortFunc(come, func(a, b *Release) int {
		return cmp.Or(a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.Slot.List, b.Slot.List), cmp.Compare(a.Slot.Market, b.Slot.Market), compareForce(a, b))
	})
	for _, r := range come {
		d.step(DoTakeEffect, r, d.until(r), "")
	}
}

// until returns the id of the release that was in force until r took effect, empty when there is none or a later one is in force.
func (d *due) until(r *Release) string {
	var last *Release
	market := d.market(r)
	for i := range market {
		o := &market[i]
		if o.State == Effective && (last == nil || compareForce(last, o) < 0) {
			last = o
		}
	}
	if last == nil || compareForce(last, r) > 0 {
		return ""
	}
	return last.ID
}

// supersessions plans what follows from effective moments and publications that are recorded: one release of a list and market is in
// force, and one revision of an effective instant.
func (d *due) supersessions() {
	for i := range d.all {
		r := &d.all[i]
		switch by := d.replacement(r); {
		case by != nil && r.State != Superseded:
			d.step(DoSupersede, r, by.ID, "")
		case by == nil && r.State == Superseded:
			d.step(DoReinstate, r, "", "")
		}
	}
}

// replacement returns the release that has taken the place of one that is public: the next one in order of force that has taken effect, or
// a higher revision of the same effective instant that is public. Nil when there is none.
func (d *due) replacement(r *Release) *Release {
	if !r.State.Public() {
		return nil
	}
	var by *Release
	market := d.market(r)
	for i := range market {
		o := &market[i]
		if !o.State.Public() || compareForce(r, o) >= 0 {
			continue
		}
		inForce := r.tookEffect() && o.tookEffect()
		instead := o.EffectiveAt.Equal(r.EffectiveAt)
		if (inForce || instead) && (by == nil || compareForce(o, by) < 0) {
			by = o
		}
	}
	return by
}

// takingBack reports whether the stream may hold already that the release is taken back, though its record does not say so.
func (r Release) takingBack() bool {
	i := r.pending()
	return i >= 0 && !r.Withdrawals[i].KnownAt.IsZero()
}

// tookEffect reports whether a release's effective moment was recorded, whatever became of it later.
func (r Release) tookEffect() bool {
	return r.State == Effective || slices.ContainsFunc(r.Log, func(e Entry) bool { return e.What == DidEffect })
}

// unfinished plans what was begun, and what is taken back: neither waits for an instant.
func (d *due) unfinished() {
	for i := range d.all {
		if r := &d.all[i]; r.State == Publishing {
			d.step(DoFinish, r, "", "")
		}
	}
	for i := range d.all {
		if r := &d.all[i]; r.pending() >= 0 {
			d.step(DoWithdraw, r, "", "")
		}
	}
}

// publications plans what is to be held and published.
func (d *due) publications() {
	for i := range d.all {
		r := &d.all[i]
		if r.State != Approved || r.Held != "" {
			continue
		}
		if why := d.hold(r); why != "" {
			d.step(DoHold, r, "", why)
		}
	}
	for i := range d.all {
		r := &d.all[i]
		if r.State == Approved && r.Held == "" && d.hold(r) == "" && d.wake(r.PublishAt) {
			d.step(DoPublish, r, "", "")
		}
	}
}

// hold returns why an approved release must wait for an approver, empty when it need not: its effective instant has passed since it was
// approved, or it would be compared with another predecessor than the one it was approved against.
func (d *due) hold(r *Release) string {
	if err := r.stillMends(d.now, d.market(r)); err != nil {
		return err.Error()
	}
	if !r.Follows && !r.Backfilled && !r.lastMoment().After(d.now) && r.ApprovedAt.Before(r.EffectiveAt) {
		return "its effective time " + r.EffectiveAt.Format(time.RFC3339) + " passed before it could be published"
	}
	expected, _ := Predecessor(r.EffectiveBy(d.now), Considered(*r, d.market(r)))
	if expected.ID != r.Predecessor {
		return otherPredecessor(r.Predecessor, expected.ID)
	}
	return ""
}

// lastMoment returns from when on a release that was approved in time goes out no more by itself: from its effective instant on, or, where
// it is to go out at that very instant, a moment later.
func (r Release) lastMoment() time.Time {
	if r.PublishAt.Before(r.EffectiveAt) {
		return r.EffectiveAt
	}
	return r.EffectiveAt.Add(stale)
}

// Waiting returns the releases that wait for a person and are due within so long, or past it: those not approved, and those held.
func Waiting(now time.Time, releases []Release) []Release {
	var waiting []Release
	for i := range releases {
		r := &releases[i]
		unapproved := r.State == Draft || r.State == InReview
		if r.Held != "" || unapproved && r.PublishAt.Sub(now) <= Warning {
			waiting = append(waiting, *r)
		}
	}
	slices.SortFunc(waiting, func(a, b Release) int { return comparePlans(&a, &b) })
	return waiting
}
