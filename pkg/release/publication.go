package release

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
)

// stale is how long what publishing froze stays true. A process that died and came back after longer publishes with the present
// instant, because nobody knew the release before.
const stale = time.Minute

// Circumstances are what a publication depends on beside the record itself.
type Circumstances struct {
	Predecessor string        // release id, among the published ones; empty when there is none
	Supersedes  string        // the earlier revision of the slot that this one replaces, empty when there is none
	Floor       time.Time     // the latest publication in the list and market so far: instants of publication never go back
	After       uint64        // sequence of the last event of the list and market, 0 when there is none
	Tolerance   time.Duration // how late a release may be found due and still count as on time
	Found       time.Time     // when it was first found due; it may have waited its turn since, for a minute at most; zero: now
}

// EffectiveBy returns when a release takes effect if it is published at an instant.
func (r Release) EffectiveBy(now time.Time) time.Time {
	if r.Follows {
		return now
	}
	return r.EffectiveAt
}

// BeginPublishing freezes everything the release's batch is made of: published_at, which is publish_at on time and of a list of the past,
// and now otherwise, the notice really given, the predecessor, and the event its batch must follow. A release that is held or not yet due
// is refused; a predecessor other than at approval is a conflict.
func (r Release) BeginPublishing(now time.Time, c Circumstances) (Release, error) {
	switch {
	case r.State != Approved:
		return r, fault.New(fault.Conflict, "%s is %s and cannot be published", r.ID, r.State)
	case r.Held != "":
		return r, fault.New(fault.Refused, "%s is held: %s", r.ID, r.Held)
	case r.PublishAt.After(now):
		return r, fault.New(fault.Refused, "%s is not due before %s", r.ID, r.PublishAt.Format(time.RFC3339))
	case c.Predecessor != r.Predecessor:
		return r, fault.New(fault.Conflict, "%s", otherPredecessor(r.Predecessor, c.Predecessor))
	}
	at := now
	found := c.Found
	if found.IsZero() {
		found = now
	}
	if r.Backfilled || !r.ApprovedAt.After(r.PublishAt) && found.Sub(r.PublishAt) <= c.Tolerance && now.Sub(r.PublishAt) <= stale {
		at = r.PublishAt
	}
	next, err := r.freeze(at, now, c)
	if err != nil {
		return r, err
	}
	next.State = Publishing
	return next.logged(Scheduler, now, DidBegin, ""), nil
}

func (r Release) freeze(at, now time.Time, c Circumstances) (Release, error) {
	policy, err := effective.ParseNotice(r.Notice.Policy)
	if err != nil {
		return r, fault.New(fault.Internal, "read notice policy of %s: %w", r.ID, err)
	}
	if at.Before(c.Floor) && !r.Backfilled {
		at = c.Floor
	}
	r.PublishedAt, r.BegunAt = at.UTC().Truncate(precision), now.UTC().Truncate(precision)
	r.EffectiveAt = r.EffectiveBy(r.PublishedAt)
	r.Supersedes, r.After = c.Supersedes, c.After
	r.Notice = r.Notice.given(policy, r.PublishedAt, r.EffectiveAt, "")
	if r.Backfilled {
		r.Notice.Short = false // what happened then is not judged now
	}
	if r.Notice.Short && r.Notice.Reason == "" {
		r.Notice.Reason = "published later than planned"
	}
	return r, nil
}

// Refreeze returns a release found publishing as it is to be published now, and whether that differs from what was frozen: when it was
// frozen long ago, the world could not know it then. The order in the stream stays as frozen, so whichever of the two batches comes
// first is the only one.
func (r Release) Refreeze(now time.Time) (Release, bool, error) {
	if r.State != Publishing {
		return r, false, fault.New(fault.Conflict, "%s is %s, not being published", r.ID, r.State)
	}
	if now.Sub(r.BegunAt) <= stale || r.Backfilled {
		return r, false, nil
	}
	next, err := r.freeze(now, now, Circumstances{Supersedes: r.Supersedes, After: r.After, Floor: r.PublishedAt})
	if err != nil {
		return r, false, err
	}
	return next.logged(Scheduler, now, DidBegin, "again: it was interrupted"), true, nil
}

// Postpone takes a release that was being published back to approved. It is right only when the batch frozen here can never be stored, by
// whomever: another event of its list and market was stored after those it must follow, or no server takes it.
func (r Release) Postpone(now time.Time, why string) (Release, error) {
	if r.State != Publishing {
		return r, fault.New(fault.Conflict, "%s is %s, not being published", r.ID, r.State)
	}
	r.State, r.PublishedAt, r.BegunAt, r.Checksum, r.Supersedes, r.After = Approved, time.Time{}, time.Time{}, "", "", 0
	return r.logged(Scheduler, now, DidPostpone, why), nil
}

// Manifest is what the stream says of a published release. It is the truth; the record follows it.
type Manifest struct {
	Sequence    uint64
	PublishedAt time.Time
	EffectiveAt time.Time
	Predecessor string
	Supersedes  string
	Checksum    string
	Notice      Notice
}

// Publish records that a release's batch is in the stream.
func (r Release) Publish(now time.Time, m Manifest) (Release, error) {
	if r.State != Publishing {
		return r, fault.New(fault.Conflict, "%s is %s, not being published", r.ID, r.State)
	}
	r.State, r.Sequence, r.PublishedAt, r.EffectiveAt = Published, m.Sequence, m.PublishedAt.UTC(), m.EffectiveAt.UTC()
	r.Predecessor, r.Baseline = m.Predecessor, m.Predecessor == ""
	r.Supersedes, r.Checksum, r.Notice = m.Supersedes, m.Checksum, m.Notice
	return r.logged(Scheduler, now, DidPublish, ""), nil
}

// Manifest returns what a release that is being published expects the stream to say of it, once its batch is stored there.
func (r Release) Manifest(sequence uint64) Manifest {
	return Manifest{
		Sequence: sequence, PublishedAt: r.PublishedAt, EffectiveAt: r.EffectiveAt, Predecessor: r.Predecessor, Supersedes: r.Supersedes,
		Checksum: r.Checksum, Notice: r.Notice,
	}
}

// TakeEffect records that a published release's effective moment has come. Supersedes is the release in force until then, empty when
// there is none or a later one is in force already.
func (r Release) TakeEffect(now time.Time, supersedes string) (Release, error) {
	switch {
	case r.State != Published:
		return r, fault.New(fault.Conflict, "%s is %s and cannot take effect", r.ID, r.State)
	case r.EffectiveAt.After(now):
		return r, fault.New(fault.Refused, "%s does not take effect before %s", r.ID, r.EffectiveAt.Format(time.RFC3339))
	}
	r.State = Effective
	if supersedes != "" {
		r.Supersedes = supersedes
	}
	return r.logged(Scheduler, now, DidEffect, ""), nil
}

// Supersede records that another release took the place of a published or effective one.
func (r Release) Supersede(now time.Time, by string) (Release, error) {
	if r.State != Published && r.State != Effective {
		return r, fault.New(fault.Conflict, "%s is %s and cannot be superseded", r.ID, r.State)
	}
	r.State, r.SupersededBy = Superseded, by
	return r.logged(Scheduler, now, DidSupersede, "by "+by), nil
}

// Reinstate records that nothing takes a superseded release's place any more: what did was withdrawn.
func (r Release) Reinstate(now time.Time) (Release, error) {
	if r.State != Superseded {
		return r, fault.New(fault.Conflict, "%s is %s and cannot be reinstated", r.ID, r.State)
	}
	by := r.SupersededBy
	r.State, r.SupersededBy = Published, ""
	if r.tookEffect() {
		r.State = Effective
	}
	return r.logged(Scheduler, now, DidReinstate, by+" was withdrawn"), nil
}

// Hold keeps an approved release from being published until a person approves it again.
func (r Release) Hold(now time.Time, why string) (Release, error) {
	if r.State != Approved {
		return r, fault.New(fault.Conflict, "%s is %s and cannot be held", r.ID, r.State.ForPeople())
	}
	if r.Held != "" {
		return r, fault.New(fault.Conflict, "%s is held already: %s", r.ID, r.Held)
	}
	r.Held = why
	return r.logged(Scheduler, now, DidHold, why), nil
}

func otherPredecessor(approved, now string) string {
	return "it was approved as " + against(approved) + ", but now it is " + against(now)
}

// against says what a release is compared with.
func against(predecessor string) string {
	if predecessor == "" {
		return "the market's first list"
	}
	return "following " + predecessor
}
