package release

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Sheet is what a new release is made of.
type Sheet struct {
	Slot        Slot
	Revision    int
	Kind        SheetKind
	EffectiveAt time.Time
	PublishAt   time.Time // zero: when the policy says; otherwise earlier than that
	Policy      effective.Notice
	Digest      string // SHA-256 of the lines the sheet holds, hex
	Review      Review
	Set         string // name of the releases it is prepared with

	Corrects    string // release id that it mends
	Retroactive bool   // it takes effect when what it mends did
	Follows     bool   // it takes effect when it is published
	Backfilled  bool   // a list of the past, published at PublishAt
}

// Review is what a release says, compared with the release before it: what a person judges.
type Review struct {
	Predecessor  string // release id, empty for the market's first
	Lines        int    // of the whole list
	Content      string // SHA-256 of the whole list, hex
	Diff         listing.Counts
	Problems     []listing.Problem
	Acknowledged []string // rules of warnings that the actor takes responsibility for
}

// New returns the draft of a release. Errors in its review are an invalid fault, a publication later than the policy asks for is
// refused; warnings stop nothing yet. A correction and a list of the past need the act's reason.
func New(s Sheet, act Act) (Release, error) {
	act, err := act.clean()
	if err != nil {
		return Release{}, err
	}
	publishAt, err := s.schedule()
	if err != nil {
		return Release{}, err
	}
	if err := s.justified(act); err != nil {
		return Release{}, err
	}
	if err := listing.Errors(s.Review.Problems); err != nil {
		return Release{}, err
	}
	r := Release{
		ID: FormatID(s.Slot, s.Revision), Slot: s.Slot, Revision: s.Revision, State: Draft, Kind: s.Kind,
		EffectiveAt: s.EffectiveAt.UTC(), PublishAt: publishAt, CreatedBy: act.Who, Sheet: s.Digest, Set: s.Set,
		Corrects: s.Corrects, Retroactive: s.Retroactive, Follows: s.Follows, Backfilled: s.Backfilled,
	}
	if s.Corrects != "" || s.Backfilled {
		r.Reason = act.Reason
	}
	r.Notice = Notice{Policy: s.Policy.String(), Days: effective.DaysBetween(publishAt, r.EffectiveAt)}
	if !s.Backfilled && publishAt.Before(act.At) { // it is late already; the approver will need a reason
		r.Notice = r.Notice.given(s.Policy, act.At, r.EffectiveAt, "")
	}
	return r.logged(act.Who, act.At, DidCreate, act.Reason).reviewed(s.Review, act), nil
}

// justified checks what a correction and a list of the past need beside a sheet.
func (s Sheet) justified(act Act) error {
	switch {
	case s.Corrects == "" && !s.Backfilled:
		return nil
	case act.Reason == "":
		return badParameter("reason", "the reason is missing").WithHint("say why: --reason REASON")
	case s.Backfilled && s.PublishAt.After(act.At):
		return badParameter("published", "%s is not past: a list that is still to be published is created, not backfilled", s.PublishAt.UTC().Format(time.RFC3339))
	}
	return nil
}

// schedule checks a sheet and returns when its release is to be published.
func (s Sheet) schedule() (time.Time, error) {
	id := FormatID(s.Slot, s.Revision)
	if slot, revision, err := ParseID(id); err != nil || slot != s.Slot || revision != s.Revision {
		return time.Time{}, badParameter("market", "%q is not a list, market and month that can be released", s.Slot).
			WithHint("a market is an ISO 3166 code of two capitals such as US, or WW")
	}
	at := s.EffectiveAt.UTC()
	switch {
	case s.Corrects == "" && effective.MonthOf(at) != s.Slot.Month:
		return time.Time{}, badParameter("effective", "effective instant %s is not in %s", at.Format(time.RFC3339), s.Slot.Month)
	case at.Year() < 2000 || at.Year() > 2200:
		return time.Time{}, badParameter("effective", "effective year %d is not between 2000 and 2200", at.Year())
	case !at.Equal(at.Truncate(precision)):
		return time.Time{}, badParameter("effective", "effective instant %s is finer than a millisecond", at.Format(time.RFC3339Nano))
	case s.Kind != Full && s.Kind != Delta:
		return time.Time{}, badParameter("kind", "sheet kind %q is neither full nor delta", s.Kind)
	}
	if s.Backfilled {
		return s.past()
	}
	latest := s.Policy.PublishAt(at)
	if s.PublishAt.IsZero() {
		return latest, nil
	}
	if s.PublishAt.After(latest) {
		return time.Time{}, fault.New(fault.Refused, "publication at %s is later than the notice policy %s allows, which is %s",
			s.PublishAt.UTC().Format(time.RFC3339), s.Policy, latest.Format(time.RFC3339)).
			WithHint("a release may be published earlier than its policy asks for, never later")
	}
	return s.PublishAt.UTC().Truncate(precision), nil
}

// past returns when a list of the past counts as published.
func (s Sheet) past() (time.Time, error) {
	at := s.PublishAt.UTC()
	switch {
	case s.PublishAt.IsZero():
		return at, badParameter("published", "the instant of publication is missing").WithHint("say when it was really published: --published TIME")
	case at.Year() < 2000:
		return at, badParameter("published", "publication year %d is before 2000", at.Year())
	}
	return at.Truncate(precision), nil
}

// badParameter is an invalid fault about one parameter of a command.
func badParameter(name, format string, args ...any) *fault.Error {
	f := fault.New(fault.Invalid, format, args...)
	return f.WithPlaces(fault.Place{Where: name, Problem: f.Error()})
}

// Submit puts a draft up for review. It may be submitted again while it is in review, by anybody, which is how a release is compared anew
// when another one was published in between.
func (r Release) Submit(act Act, review Review) (Release, error) {
	act, err := act.clean()
	if err != nil {
		return r, err
	}
	if err := r.may(act, "submitted", Draft, InReview); err != nil {
		return r, err
	}
	if r.State == InReview && r.Predecessor == review.Predecessor {
		return r, fault.New(fault.Conflict, "%s is in review already", r.ID)
	}
	if err := listing.Errors(review.Problems); err != nil {
		return r, err
	}
	r.State, r.SubmittedBy = InReview, act.Who
	return r.logged(act.Who, act.At, DidSubmit, act.Reason).reviewed(review, act), nil
}

// Approve lets a release go out when it is due. The approver must be neither the author nor the submitter; all warnings must have been
// acknowledged by now, by whomever. Later than the planned publication a reason is needed, which a correction has: the release then goes
// out at once, marked with the notice it really gives. A release that is held is let go in the same way. The act's instant decides what is
// late.
func (r Release) Approve(act Act, review Review) (Release, error) {
	act, err := act.clean()
	if err != nil {
		return r, err
	}
	from := []State{InReview}
	if r.Held != "" {
		from = append(from, Approved)
	}
	if err := r.may(act, "approved", from...); err != nil {
		return r, err
	}
	if access.SamePerson(act.Who, r.CreatedBy) || access.SamePerson(act.Who, r.SubmittedBy) {
		return r, fault.New(fault.Refused, "%s was created by %s and submitted by %s: %s cannot approve it", r.ID, r.CreatedBy, r.SubmittedBy, act.Who).
			WithHint("approval needs another person than the author and the submitter")
	}
	next := r.reviewed(review, act)
	if err := next.approvable(); err != nil {
		return r, err
	}
	next.EffectiveAt = next.EffectiveBy(act.At)
	next, err = next.noticed(act)
	if err != nil {
		return r, err
	}
	next.State, next.ApprovedBy, next.ApprovedAt, next.Held, next.Trace = Approved, act.Who, act.At, "", act.Trace
	return next.logged(act.Who, act.At, DidApprove, act.Reason), nil
}

func (r Release) approvable() error {
	if err := listing.Errors(r.Problems); err != nil {
		return err
	}
	return unacknowledged(r)
}

// noticed returns the record with the notice it will give when approved by an act.
func (r Release) noticed(act Act) (Release, error) {
	policy, err := effective.ParseNotice(r.Notice.Policy)
	if err != nil {
		return r, fault.New(fault.Internal, "read notice policy of %s: %w", r.ID, err)
	}
	at := r.PublishAt
	if r.Backfilled {
		r.Notice.Days = effective.DaysBetween(at, r.EffectiveAt)
		return r, nil
	}
	if act.At.After(at) {
		act.Reason = cmp.Or(act.Reason, r.Reason)
		if act.Reason == "" {
			return r, fault.New(fault.Refused, "%s was to be published at %s, which has passed: it would give %d days' notice",
				r.ID, r.PublishAt.Format(time.RFC3339), effective.DaysBetween(act.At, r.EffectiveAt)).
				WithHint("say why it goes out on short notice: pricewire release approve %s --short-notice REASON", r.ID)
		}
		at = act.At
	}
	r.Notice = r.Notice.given(policy, at, r.EffectiveAt, act.Reason)
	return r, nil
}

// given returns the notice that a publication at an instant gives.
func (n Notice) given(policy effective.Notice, at, effectiveAt time.Time, reason string) Notice {
	n.Days = effective.DaysBetween(at, effectiveAt)
	n.Short = at.After(policy.PublishAt(effectiveAt))
	if n.Short && reason != "" {
		n.Reason = reason
	}
	return n
}

// Reject ends a release that has not begun to be published; a reason is needed.
func (r Release) Reject(act Act) (Release, error) {
	act, err := act.clean()
	if err != nil {
		return r, err
	}
	if err := r.may(act, "rejected", Draft, InReview, Approved); err != nil {
		return r, err
	}
	if act.Reason == "" {
		return r, fault.New(fault.Invalid, "reject %s: the reason is missing", r.ID).WithHint("say why: --reason REASON")
	}
	r.State, r.Held = Rejected, ""
	return r.logged(act.Who, act.At, DidReject, act.Reason), nil
}

// reviewed returns the record that says what a review found, and who takes responsibility for warnings in it.
func (r Release) reviewed(v Review, act Act) Release {
	accepted := slices.Clone(r.Acknowledged)
	if v.Predecessor != r.Predecessor { // what was found by comparing with another list was not accepted of this one
		accepted = slices.DeleteFunc(accepted, func(a Acknowledgement) bool { return compared(a.Rule) })
	}
	r.Predecessor, r.Baseline, r.Acknowledged = v.Predecessor, v.Predecessor == "", accepted
	r.Lines, r.Content, r.Diff, r.Problems = v.Lines, v.Content, v.Diff, listing.Condense(v.Problems, keptProblems)
	var rules []string
	for _, rule := range v.Acknowledged {
		if warned(v.Problems, rule) && !slices.ContainsFunc(accepted, func(a Acknowledgement) bool { return a.Rule == rule }) {
			accepted, rules = append(accepted, Acknowledgement{Rule: rule, By: act.Who, At: act.At}), append(rules, rule)
		}
	}
	if len(rules) == 0 {
		return r
	}
	slices.SortFunc(accepted, func(a, b Acknowledgement) int { return strings.Compare(a.Rule, b.Rule) })
	r.Acknowledged = accepted
	return r.logged(act.Who, act.At, DidAccept, strings.Join(rules, ", "))
}

// may reports why a person may not move the release: the wrong state is refused where the release has not come that far, and a conflict
// where it has gone further.
func (r Release) may(act Act, what string, from ...State) error {
	if act.Version != 0 && r.Version != 0 && act.Version != r.Version {
		return fault.New(fault.Conflict, "%s has changed since it was read", r.ID).WithHint("look at it again: pricewire release show %s", r.ID)
	}
	if len(r.Log) >= MaxLog {
		return fault.New(fault.Refused, "%s has a log of %d entries, the most there may be", r.ID, MaxLog)
	}
	if slices.Contains(from, r.State) {
		return nil
	}
	if r.State == Draft {
		return fault.New(fault.Refused, "%s is a draft and cannot be %s", r.ID, what).
			WithHint("submit it first: pricewire release submit %s", r.ID)
	}
	return fault.New(fault.Conflict, "%s is %s already and cannot be %s", r.ID, r.State.ForPeople(), what)
}
