package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// RuleLaterList is the rule of the warning that a list published later still holds what a correction mends.
const RuleLaterList = "later-list-carries-old-value"

// CorrectInput is a sheet that mends a public release.
type CorrectInput struct {
	CreateInput           // list, market and effective instant are the release's own
	From        time.Time // when it takes effect; zero: when it is published
	Retroactive bool      // when what it mends did
}

// Correct makes a draft that mends a public release: a new revision of its month, with the whole of a release's life before it. Before the
// release's effective instant, and when it is retroactive, it takes effect when the release does; afterwards when it is published, or later.
// The act's reason is needed. Only what is in force, or still to be, can be mended from now on.
func (d *Desk) Correct(ctx context.Context, id string, in CorrectInput, act Act) (Release, error) {
	wrong, all, err := d.open(ctx, id)
	if err != nil {
		return Release{}, err
	}
	in.List, in.Market, in.Backfilled = wrong.Slot.List, wrong.Slot.Market, false
	policy, err := d.policy(in.List)
	if err != nil {
		return Release{}, err
	}
	sheet, err := correction(wrong, in, act.At.UTC().Truncate(precision), all)
	if err != nil {
		return Release{}, err
	}
	sheet.Policy = policy.Notice
	if sheet.Revision, err = NextRevision(sheet.Slot, all); err != nil {
		return Release{}, err
	}
	p, err := d.judge(ctx, sheet, in.CreateInput, act, all)
	if err != nil {
		return Release{}, err
	}
	r, err := d.keep(ctx, p, act)
	return r, err
}

// correction returns what the revision that mends a release is made of, or why the release cannot be mended so.
func correction(wrong Release, in CorrectInput, now time.Time, all []Release) (Sheet, error) {
	s := Sheet{
		Slot: wrong.Slot, Kind: in.Kind, EffectiveAt: wrong.EffectiveAt, Corrects: wrong.ID, Retroactive: in.Retroactive, Set: in.Set,
	}
	if s.Kind == "" {
		s.Kind = Full
	}
	if err := correctable(wrong, in.Retroactive, all); err != nil {
		return s, err
	}
	if in.Retroactive || wrong.EffectiveAt.After(now) {
		if !in.From.IsZero() {
			return s, badParameter("from", "the correction takes effect when %s does, %s", wrong.ID, wrong.EffectiveAt.Format(time.RFC3339)).WithHint("leave --from out")
		}
		return s, nil
	}
	known := Known(wrong.Slot, all)
	if current, _ := InForce(now, known); current.ID != wrong.ID {
		return s, fault.New(fault.Refused, "%s is not in force any more, but %s", wrong.ID, named(current.ID)).
			WithHint("correct %s, or mend what %s answered: --retroactive", named(current.ID), wrong.ID)
	}
	if in.From.IsZero() {
		s.Follows, s.EffectiveAt = true, now
		return s, nil
	}
	if !in.From.After(now) {
		return s, badParameter("from", "%s has passed", in.From.UTC().Format(time.RFC3339)).WithHint("leave --from out to mend it from now on, or mend what it answered: --retroactive")
	}
	if then, _ := InForce(in.From, known); then.ID != wrong.ID {
		return s, fault.New(fault.Refused, "%s is not in force any more at %s, but %s", wrong.ID, in.From.UTC().Format(time.RFC3339), named(then.ID)).
			WithHint("give an earlier --from, or correct %s", named(then.ID))
	}
	s.EffectiveAt = in.From.UTC()
	return s, nil
}

// correctable reports why a release cannot be mended at all. One that was mended from some later instant on can still be mended for the time
// until then, retroactively.
func correctable(wrong Release, retroactive bool, all []Release) error {
	if !wrong.Told() {
		return fault.New(fault.Refused, "%s is %s, not public: there is nothing to correct", wrong.ID, wrong.State.ForPeople()).
			WithHint("reject it and create it anew: pricewire release reject %s --reason …", wrong.ID)
	}
	if wrong.State == Withdrawn {
		return fault.New(fault.Conflict, "%s was withdrawn and cannot be corrected", wrong.ID)
	}
	for i := range all {
		o := &all[i]
		if o.Slot != wrong.Slot || !o.State.Public() || o.Revision <= wrong.Revision || retroactive && o.EffectiveAt.After(wrong.EffectiveAt) {
			continue
		}
		hint := "correct " + o.ID
		if o.EffectiveAt.After(wrong.EffectiveAt) {
			hint += ", or mend what was answered before it: --retroactive"
		}
		return fault.New(fault.Conflict, "%s has been corrected by %s already", wrong.ID, o.ID).WithHint("%s", hint)
	}
	return nil
}

// stillMends reports why a revision of a month that is public may not go out any more as it was made. What was answered stays: where the
// effective instant has passed meanwhile only what is made to be retroactive may replace it. And a correction from now on, or from an
// instant on, mends what is in force then, not what came after it.
func (r Release) stillMends(now time.Time, all []Release) error {
	now = now.UTC().Truncate(precision)
	if r.Backfilled {
		return nil
	}
	replaced, again := Replaced(r, all)
	if again && !r.Retroactive && !r.Follows && !r.EffectiveAt.After(now) {
		return fault.New(fault.Refused, "%s has passed, and %s answered from then on", r.EffectiveAt.Format(time.RFC3339), replaced.ID).
			WithHint("reject %s, and mend from now on what is in force: pricewire release correct ID FILE --reason …", r.ID)
	}
	i := slices.IndexFunc(all, func(o Release) bool { return o.ID == r.Corrects })
	wrong, found := at(i, all)
	if !found {
		return nil
	}
	if err := correctable(wrong, r.Retroactive, slices.DeleteFunc(slices.Clone(all), func(o Release) bool { return o.ID == r.ID })); err != nil {
		return err
	}
	from := r.EffectiveBy(now)
	if current, _ := InForce(from, Known(r.Slot, all)); !from.Equal(wrong.EffectiveAt) && current.ID != wrong.ID {
		return fault.New(fault.Refused, "%s is not in force any more at %s, but %s", wrong.ID, from.Format(time.RFC3339), named(current.ID)).
			WithHint("reject %s, and correct %s", r.ID, named(current.ID))
	}
	return nil
}

func named(id string) string {
	if id == "" {
		return "nothing"
	}
	return id
}

// stale returns a warning for each list published later that still says what a correction mends: a price, or all that an item says.
func (d *Desk) stale(ctx context.Context, r Release, c comparison, all []Release) ([]listing.Problem, error) {
	i := slices.IndexFunc(all, func(o Release) bool { return o.ID == r.Corrects })
	wrong, found := at(i, all)
	if !found {
		return nil, nil
	}
	old, err := d.load(ctx, r.Slot.List, wrong.Content)
	if err != nil {
		return nil, err
	}
	carried := carriedItems(old, c.whole)
	if Priced(r.Slot.List) {
		carried = carriedPrices(r, old, c.whole)
	}
	var problems []listing.Problem
	for _, later := range follow(r.Slot, all, func(o *Release) bool {
		return o.EffectiveAt.After(r.EffectiveAt) && (o.State.Public() || o.State == Approved || o.State == Publishing)
	}) {
		own, err := d.load(ctx, r.Slot.List, later.Content)
		if err != nil {
			return nil, err
		}
		if keys := carried(later, own); len(keys) > 0 {
			problems = append(problems, listing.Problem{
				Severity: listing.Warning, Rule: RuleLaterList, Value: later.ID,
				Text: fmt.Sprintf("%s still holds what this correction mends in %d lines, from %s on: %s; correct it too",
					later.ID, len(keys), later.EffectiveAt.Format(time.DateOnly), strings.Join(keys[:min(len(keys), shownKeys)], ", ")),
			})
		}
	}
	return problems, nil
}

// carriedPrices returns what names the lines that a later list still has at the price they had before a correction.
func carriedPrices(r Release, old, mended body) func(later Release, own body) []string {
	differences, _ := pricelist.Diff(pricelist.NewList(r.Corrects, 1, r.EffectiveAt.Add(-1), old.lines), pricelist.NewList(r.ID, 2, r.EffectiveAt, mended.lines))
	differences = slices.DeleteFunc(differences, func(x pricelist.Difference) bool { return x.Change != listing.PriceChanged })
	return func(later Release, own body) []string {
		return carries(pricelist.NewList(later.ID, 1, later.EffectiveAt, own.lines), differences)
	}
}

// carriedItems is carriedPrices for items: those that a later list still has as they were before.
func carriedItems(old, mended body) func(later Release, own body) []string {
	differences, _ := item.Diff(old.items, mended.items)
	return func(_ Release, own body) []string {
		list := item.List{Items: own.items}
		var keys []string
		for _, x := range differences {
			if x.Change != listing.Changed && x.Change != listing.Removed {
				continue
			}
			if now := list.Of(x.Key); now != nil && now.Compare(*x.Before) == 0 {
				keys = append(keys, x.Key)
			}
		}
		return keys
	}
}

// shownKeys is how many lines a warning names.
const shownKeys = 5

// carries names the lines that a list still has at the price they had before.
func carries(l pricelist.List, mended []pricelist.Difference) []string {
	var keys []string
	for _, d := range mended {
		if line := l.LineAt(d.Identity, l.EffectiveAt); line != nil && line.SamePrice(*d.Before) {
			keys = append(keys, d.Identity.Key())
		}
	}
	return keys
}
