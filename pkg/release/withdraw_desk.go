package release

import (
	"context"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Taken says what of a release is taken back: everything when it names no lines.
type Taken struct {
	Retroactive bool
	Lines       []pricelist.Selector // of a list of prices
	Keys        []item.Row           // of any other list; only the keys count
	Problems    []listing.Problem    // found while reading the selection
}

func (t Taken) whole() bool { return len(t.Lines) == 0 && len(t.Keys) == 0 }

// Withdraw takes a release, or lines of it, back; see Release.Withdraw. Lines that the release does not hold are an invalid fault that
// names them.
func (d *Desk) Withdraw(ctx context.Context, id string, what Taken, act Act) (Release, error) {
	r, err := d.store.Get(ctx, id)
	if err != nil {
		return Release{}, err
	}
	in := WithdrawInput{Retroactive: what.Retroactive}
	if _, err := r.Withdraw(act, in); err != nil { // what can be told without reading lists
		return Release{}, err
	}
	if err := listing.Errors(what.Problems); err != nil {
		return Release{}, err
	}
	if !what.whole() {
		if in.Lines, in.Count, err = d.taken(ctx, r, what); err != nil {
			return Release{}, err
		}
	}
	if r, err = r.Withdraw(act, in); err != nil {
		return Release{}, err
	}
	return d.store.Update(ctx, r)
}

// taken stores the lines of a release that are chosen and returns their key and how many they are; none of them when all are chosen.
func (d *Desk) taken(ctx context.Context, r Release, what Taken) (sum string, n int, err error) {
	all, err := d.load(ctx, r.Slot.List, r.Content)
	if err != nil {
		return "", 0, err
	}
	chosen, problems := all.choose(what)
	if err := listing.Errors(problems); err != nil {
		return "", 0, fault.Wrap(err, "withdraw lines of %s", r.ID)
	}
	if chosen.len() == all.len() {
		return "", 0, nil
	}
	if chosen, err = d.notYet(ctx, r, chosen, what.Retroactive); err != nil {
		return "", 0, err
	}
	sum, err = d.save(ctx, r.Slot.List, chosen)
	return sum, chosen.len(), err
}

// notYet leaves out what was taken back before, or is being; a conflict when nothing is left. What was taken back from some instant on can
// still be taken back retroactively.
func (d *Desk) notYet(ctx context.Context, r Release, chosen body, retroactive bool) (body, error) {
	for _, w := range r.Withdrawals {
		if w.Whole() || retroactive && !w.Retroactive {
			continue
		}
		gone, err := d.load(ctx, r.Slot.List, w.Lines)
		if err != nil {
			return chosen, err
		}
		chosen = chosen.without(gone)
	}
	if chosen.len() == 0 {
		return chosen, fault.New(fault.Conflict, "these lines of %s are withdrawn already", r.ID).WithHint("pricewire release show %s tells when and why", r.ID)
	}
	return chosen, nil
}

// without leaves out the lines and items that others have, by identity and key.
func (b body) without(others body) body {
	ids, keys := map[pricelist.Identity]bool{}, map[string]bool{}
	for i := range others.lines {
		ids[others.lines[i].Identity] = true
	}
	for i := range others.items {
		keys[others.items[i].Key] = true
	}
	return body{
		lines: slices.DeleteFunc(slices.Clone(b.lines), func(l pricelist.Line) bool { return ids[l.Identity] }),
		items: slices.DeleteFunc(slices.Clone(b.items), func(i item.Item) bool { return keys[i.Key] }),
	}
}

func (b body) choose(what Taken) (body, []listing.Problem) {
	if len(what.Lines) > 0 {
		lines, problems := pricelist.Select(b.lines, what.Lines)
		return body{lines: lines}, problems
	}
	list := item.List{Items: b.items}
	var chosen body
	var problems []listing.Problem
	for _, row := range what.Keys {
		found := list.Of(row.Key)
		if found == nil {
			problems = append(problems, listing.Problem{
				Severity: listing.Error, Rule: pricelist.RuleSelectsNothing, Sheet: row.Sheet, Row: row.Number, Value: row.Key, Text: "the list has no such item",
			})
			continue
		}
		if !slices.ContainsFunc(chosen.items, func(i item.Item) bool { return i.Key == row.Key }) {
			chosen.items = append(chosen.items, *found)
		}
	}
	return chosen, problems
}
