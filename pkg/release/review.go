package release

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// comparison is a list beside the one before it.
type comparison struct {
	predecessor string
	before      []item.Item // the predecessor's, of a list of items
	whole       body
	differences []pricelist.Difference
	items       []item.Difference
	counts      listing.Counts
	problems    []listing.Problem
}

func (c comparison) review() Review {
	return Review{Predecessor: c.predecessor, Lines: c.whole.len(), Diff: c.counts, Problems: c.problems}
}

// compare makes the whole list of a sheet, whose own lines are given, compares it with the release before it and validates it.
func (d *Desk) compare(ctx context.Context, r Release, in CreateInput, own body, now time.Time, all []Release) (comparison, error) {
	policy, err := d.policy(r.Slot.List)
	if err != nil {
		return comparison{}, err
	}
	r = r.approvedAt(now)
	c, err := d.differ(ctx, r, own, Considered(r, all))
	if err != nil {
		return c, err
	}
	later, err := d.stale(ctx, r, c, all)
	found := d.problems(r, policy, in.Rows, in.Items, c)
	if slices.ContainsFunc(in.Problems, listing.Problem.Stops) { // rows that could not be read are not gone
		found = slices.DeleteFunc(found, func(p listing.Problem) bool { return p.Rule == pricelist.RuleLinesGone })
	}
	c.problems = slices.Concat(in.Problems, found, later)
	return c, err
}

// problems returns what is wrong and noteworthy in a sheet's rows when its list is compared with another.
func (d *Desk) problems(r Release, policy Policy, rows []pricelist.Row, items []item.Row, c comparison) []listing.Problem {
	if !Priced(r.Slot.List) {
		return policy.Check(items, item.Check{Whole: r.Kind == Full && c.predecessor != "", Before: c.before})
	}
	return pricelist.Validate(rows, pricelist.Check{
		Market: r.Slot.Market, EffectiveAt: r.EffectiveAt, Whole: r.Kind == Full, Differences: c.differences, MovePercent: d.cfg.MovePercent,
	})
}

// differ makes the whole list of a sheet's own lines and compares it with what is known.
func (d *Desk) differ(ctx context.Context, r Release, own body, known []Release) (comparison, error) {
	if r.Kind == Delta {
		whole, err := d.resolve(ctx, r, own, known)
		if err != nil {
			return comparison{}, err
		}
		own = whole
	}
	if !Priced(r.Slot.List) {
		return d.differItems(ctx, r, own, known)
	}
	c := comparison{whole: body{lines: pricelist.Canonical(own.lines)}}
	book, err := d.lists.Book(ctx, known, r.EffectiveAt)
	if err != nil {
		return c, err
	}
	if predecessor, followed := book.Predecessor(r.EffectiveAt); followed {
		c.predecessor = predecessor.Release
	}
	c.differences, c.counts = book.Diff(pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, c.whole.lines))
	return c, nil
}

func (d *Desk) differItems(ctx context.Context, r Release, own body, known []Release) (comparison, error) {
	c := comparison{whole: body{items: item.Canonical(own.items)}}
	if predecessor, followed := Predecessor(r.EffectiveAt, known); followed {
		before, err := d.standingItems(ctx, predecessor, r.EffectiveAt.Add(-1), known)
		if err != nil {
			return c, err
		}
		c.predecessor, c.before = predecessor.ID, before
	}
	c.items, c.counts = item.Diff(c.before, c.whole.items)
	return c, nil
}

// resolve makes the whole list that a delta stands for: against what it corrects, or the list before it.
func (d *Desk) resolve(ctx context.Context, r Release, own body, known []Release) (body, error) {
	i := slices.IndexFunc(known, func(o Release) bool { return o.ID == r.Corrects })
	base, found := at(i, known)
	if !found {
		base, found = Predecessor(r.EffectiveAt, known)
	}
	if !found {
		return own, fault.New(fault.Refused, "a delta needs a list to follow, and %s in %s has none before %s", r.Slot.List, r.Slot.Market,
			r.EffectiveAt.Format(time.DateOnly)).WithHint("give the whole list: --kind full")
	}
	v := r.EffectiveAt.Add(-1)
	if base.EffectiveAt.Equal(r.EffectiveAt) { // what a correction of the same instant mends
		v = r.EffectiveAt
	}
	if !Priced(r.Slot.List) {
		before, err := d.standingItems(ctx, base, v, known)
		return body{items: item.Resolve(own.items, before)}, err
	}
	book, err := d.lists.Book(ctx, known, base.EffectiveAt)
	if err != nil {
		return own, err
	}
	return body{lines: pricelist.Resolve(own.lines, book.Standing(base.ID, v))}, nil
}

// standingItems returns the items of a release as they stand at v: those withdrawn from it by then are replaced by what answers in their
// place.
func (d *Desk) standingItems(ctx context.Context, base Release, v time.Time, known []Release) ([]item.Item, error) {
	items, err := d.lists.Items(ctx, base.Content)
	if err != nil || !slices.ContainsFunc(base.Withdrawals, func(w Withdrawal) bool { return w.Told() && !w.Whole() }) {
		return items, err
	}
	book, err := d.lists.itemBook(ctx, known)
	if err != nil {
		return nil, err
	}
	var standing []item.Item
	for _, key := range book.Keys() {
		if answer := book.At(key, v); answer != nil {
			standing = append(standing, *answer)
		}
	}
	return standing, nil
}

// Submit puts a draft up for review, compared with the release that is before it now. Submitting one in review again is right when
// another release was published in between, and a conflict otherwise. Acknowledged are rules of warnings that the submitter takes
// responsibility for.
func (d *Desk) Submit(ctx context.Context, id string, act Act, acknowledged ...string) (Release, error) {
	r, err := d.submitted(ctx, id, act, acknowledged)
	if err != nil {
		return Release{}, err
	}
	return d.store.Update(ctx, r)
}

func (d *Desk) submitted(ctx context.Context, id string, act Act, acknowledged []string) (Release, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Release{}, err
	}
	review, err := d.again(ctx, r, act.At, all)
	if err != nil {
		return Release{}, err
	}
	if err := checkAcknowledged(acknowledged, review.Problems); err != nil {
		return Release{}, err
	}
	if err := r.stillMends(act.At, all); err != nil {
		return Release{}, err
	}
	review.Acknowledged = acknowledged
	return r.Submit(act, review)
}

// Approve lets a release go out when it is due, or at once when that has passed and the act gives a reason. A conflict fault says that
// another release has been published since it was put up for review, so that what was reviewed is not what would go out.
func (d *Desk) Approve(ctx context.Context, id string, act Act, acknowledged ...string) (Release, error) {
	r, err := d.approved(ctx, id, act, acknowledged)
	if err != nil {
		return Release{}, err
	}
	return d.store.Update(ctx, r)
}

func (d *Desk) approved(ctx context.Context, id string, act Act, acknowledged []string) (Release, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Release{}, err
	}
	if err := checkAcknowledged(acknowledged, r.Problems); err != nil {
		return Release{}, err
	}
	if _, err := r.Approve(act, r.sameReview(acknowledged)); err != nil { // what can be told without reading lists
		return Release{}, err
	}
	if err := r.stillMends(act.At, all); err != nil {
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
	ends := 1 // the manifest
	if r.Corrects != "" {
		ends++ // what a correction says of the list it mends
	}
	if changed := r.Diff.Different(); changed+ends > d.cfg.BatchLimit {
		return Release{}, fault.New(fault.Refused, "%s changes %d lines, more than the %d that can be published at once", id, changed, d.cfg.BatchLimit-ends)
	}
	return r, nil
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

// overtaken returns a conflict when a release in review is not to be compared any more with the one it was reviewed against: another was
// published in between, or that one was taken back. One that is only approved may come and go; what goes out is compared with it anew.
func (r Release) overtaken(now time.Time, all []Release) error {
	now = now.UTC().Truncate(precision)
	expected, _ := Predecessor(r.EffectiveBy(now), Considered(r.approvedAt(now), all))
	if r.State != InReview || expected.ID == r.Predecessor || expected.State == Approved || expected.State == Publishing {
		return nil
	}
	return fault.New(fault.Conflict, "%s was reviewed as %s, but now it is %s", r.ID, against(r.Predecessor), against(expected.ID)).
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
	r = r.approvedAt(now)
	known := Considered(r, all)
	if expected, _ := Predecessor(r.EffectiveAt, known); expected.ID == r.Predecessor && r.Corrects == "" { // later lists count for a correction
		return r.sameReview(nil), nil
	}
	own, err := d.load(ctx, r.Slot.List, r.Sheet)
	if err != nil {
		return Review{}, err
	}
	c, err := d.differ(ctx, r, own, known)
	if err != nil {
		return Review{}, err
	}
	if c.problems, err = d.recheck(ctx, r, own, c, all); err != nil {
		return Review{}, err
	}
	review := c.review()
	review.Content, err = d.save(ctx, r.Slot.List, c.whole)
	return review, err
}

// compared reports whether problems of a rule come from comparing a list with another one.
func compared(rule string) bool {
	return slices.Contains([]string{
		pricelist.RuleLinesGone, pricelist.RulePriceMoved, pricelist.RuleFlagMismatch, pricelist.RulePreviousMismatch, RuleLaterList,
	}, rule)
}

// recheck returns a release's problems when it is compared with another predecessor: those of the sheet itself stay, those that come from
// the comparison are found anew. What the sheet said of the list before is not compared again.
func (d *Desk) recheck(ctx context.Context, r Release, own body, c comparison, all []Release) ([]listing.Problem, error) {
	policy, err := d.policy(r.Slot.List)
	if err != nil {
		return nil, err
	}
	problems := slices.DeleteFunc(slices.Clone(r.Problems), func(p listing.Problem) bool { return compared(p.Rule) })
	rows, items := own.rows()
	later, err := d.stale(ctx, r, c, all)
	for _, p := range append(d.problems(r, policy, rows, items, c), later...) {
		if compared(p.Rule) {
			problems = append(problems, p)
		}
	}
	return problems, err
}
