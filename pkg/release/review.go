package release

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// comparison is a list beside the one before it.
type comparison struct {
	predecessor string
	whole       []pricelist.Line
	differences []pricelist.Difference
	counts      listing.Counts
	problems    []listing.Problem
}

func (c comparison) review() Review {
	return Review{Predecessor: c.predecessor, Lines: len(c.whole), Diff: c.counts, Problems: c.problems}
}

// compare makes the whole list of a sheet, compares it with the release before it and validates it.
func (d *Desk) compare(ctx context.Context, r Release, in CreateInput, now time.Time, all []Release) (comparison, error) {
	c, err := d.differ(ctx, r, lines(in.Rows), Considered(r.approvedAt(now), all))
	if err != nil {
		return c, err
	}
	c.problems = slices.Concat(in.Problems, pricelist.Validate(in.Rows, d.check(r, c.differences)))
	return c, nil
}

func (d *Desk) check(r Release, differences []pricelist.Difference) pricelist.Check {
	return pricelist.Check{
		Market: r.Slot.Market, EffectiveAt: r.EffectiveAt, Whole: r.Kind == Full, Differences: differences, MovePercent: d.cfg.MovePercent,
	}
}

// differ makes the whole list of a sheet's own lines and compares it with what is known.
func (d *Desk) differ(ctx context.Context, r Release, own []pricelist.Line, known []Release) (comparison, error) {
	var c comparison
	book, err := d.lists.Book(ctx, known, r.EffectiveAt)
	if err != nil {
		return c, err
	}
	predecessor, followed := book.Predecessor(r.EffectiveAt)
	switch {
	case r.Kind == Full:
		c.whole = pricelist.Canonical(own)
	case !followed:
		return c, fault.New(fault.Refused, "a delta needs a list to follow, and %s in %s has none before %s", r.Slot.List, r.Slot.Market,
			r.EffectiveAt.Format(time.DateOnly)).WithHint("give the whole list: --kind full")
	default:
		c.whole = pricelist.Resolve(own, predecessor.Lines)
	}
	c.predecessor = predecessor.Release
	c.differences, c.counts = book.Diff(pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, c.whole))
	return c, nil
}

// Submit puts a draft up for review, compared with the release that is before it now. Submitting one in review again is right when
// another release was published in between, and a conflict otherwise.
func (d *Desk) Submit(ctx context.Context, id string, act Act) (Release, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Release{}, err
	}
	review, err := d.again(ctx, r, act.At, all)
	if err != nil {
		return Release{}, err
	}
	if r, err = r.Submit(act, review); err != nil {
		return Release{}, err
	}
	return d.store.Update(ctx, r)
}

// Approve lets a release go out when it is due, or at once when that has passed and the act gives a reason. A conflict fault says that
// another release has been published since it was put up for review, so that what was reviewed is not what would go out.
func (d *Desk) Approve(ctx context.Context, id string, act Act, acknowledged ...string) (Release, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Release{}, err
	}
	if err := checkAcknowledged(acknowledged); err != nil {
		return Release{}, err
	}
	if _, err := r.Approve(act, r.sameReview(acknowledged)); err != nil { // what can be told without reading lists
		return Release{}, err
	}
	if err := r.overtaken(act.At, all); err != nil {
		return Release{}, err
	}
	review, err := d.again(ctx, r, act.At, all)
	if err != nil {
		return Release{}, err
	}
	review.Acknowledged = acknowledged
	if r, err = r.Approve(act, review); err != nil {
		return Release{}, err
	}
	if changed := r.Diff.Different(); changed >= d.cfg.BatchLimit {
		return Release{}, fault.New(fault.Refused, "%s changes %d lines, more than the %d that can be published at once", id, changed, d.cfg.BatchLimit-1)
	}
	return d.store.Update(ctx, r)
}

// open returns a release and all of its list and market.
func (d *Desk) open(ctx context.Context, id string) (Release, []Release, error) {
	r, err := d.store.Get(ctx, id)
	if err != nil {
		return Release{}, nil, err
	}
	all, err := d.store.List(ctx, Filter{List: r.Slot.List, Market: r.Slot.Market})
	return r, all, err
}

// overtaken returns a conflict when a release in review is followed by another published release than the one it was reviewed against.
func (r Release) overtaken(now time.Time, all []Release) error {
	expected, _ := Predecessor(r.EffectiveAt, Considered(r.approvedAt(now), all))
	if r.State != InReview || expected.ID == r.Predecessor || !expected.State.Public() {
		return nil
	}
	return fault.New(fault.Conflict, "%s was reviewed as %s, but %s was published in between", r.ID, against(r.Predecessor), expected.ID).
		WithHint("compare it anew: pricewire release submit %s, then look at the diff and approve", r.ID)
}

// sameReview returns the review that a record holds.
func (r Release) sameReview(acknowledged []string) Review {
	return Review{
		Predecessor: r.Predecessor, Lines: r.Lines, Content: r.Content, Diff: r.Diff, Problems: r.Problems, Acknowledged: acknowledged,
	}
}

// again reviews a stored release against the release before it as of now.
func (d *Desk) again(ctx context.Context, r Release, now time.Time, all []Release) (Review, error) {
	known := Considered(r.approvedAt(now), all)
	if expected, _ := Predecessor(r.EffectiveAt, known); expected.ID == r.Predecessor {
		return r.sameReview(nil), nil
	}
	own, err := d.lists.Lines(ctx, r.Sheet)
	if err != nil {
		return Review{}, err
	}
	c, err := d.differ(ctx, r, own, known)
	if err != nil {
		return Review{}, err
	}
	c.problems = d.recheck(r, own, c.differences)
	review := c.review()
	if _, review.Content, err = d.save(ctx, Full, nil, c.whole); err != nil {
		return Review{}, err
	}
	return review, nil
}

// recheck returns a release's problems when it is compared with another predecessor: those of the sheet itself stay, those that come from
// the comparison are found anew. What the sheet said of the list before is not compared again.
func (d *Desk) recheck(r Release, own []pricelist.Line, differences []pricelist.Difference) []listing.Problem {
	rows := make([]pricelist.Row, len(own))
	for i := range own {
		rows[i].Line = own[i]
	}
	compared := []string{pricelist.RuleLinesGone, pricelist.RulePriceMoved, pricelist.RuleFlagMismatch, pricelist.RulePreviousMismatch}
	problems := slices.DeleteFunc(slices.Clone(r.Problems), func(p listing.Problem) bool { return slices.Contains(compared, p.Rule) })
	for _, p := range pricelist.Validate(rows, d.check(r, differences)) {
		if slices.Contains(compared, p.Rule) {
			problems = append(problems, p)
		}
	}
	return problems
}
