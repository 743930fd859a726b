package release

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// body is the lines of a list: prices, or items.
type body struct {
	lines []pricelist.Line
	items []item.Item
}

func (b body) len() int { return len(b.lines) + len(b.items) }

// body returns the lines that a sheet holds.
func (in CreateInput) body() body {
	b := body{make([]pricelist.Line, len(in.Rows)), make([]item.Item, len(in.Items))}
	for i := range in.Rows {
		b.lines[i] = in.Rows[i].Line
	}
	for i := range in.Items {
		b.items[i] = in.Items[i].Item
	}
	return b
}

// rows returns lines as rows of no sheet.
func (b body) rows() (rows []pricelist.Row, items []item.Row) {
	for i := range b.lines {
		rows = append(rows, pricelist.Row{Line: b.lines[i]})
	}
	for i := range b.items {
		items = append(items, item.Row{Item: b.items[i]})
	}
	return rows, items
}

func (d *Desk) save(ctx context.Context, list string, b body) (string, error) {
	if Priced(list) {
		return d.lists.Save(ctx, b.lines)
	}
	return d.lists.SaveItems(ctx, b.items)
}

func (d *Desk) load(ctx context.Context, list, sum string) (b body, err error) {
	if Priced(list) {
		b.lines, err = d.lists.Lines(ctx, sum)
		return b, err
	}
	b.items, err = d.lists.Items(ctx, sum)
	return b, err
}

// Contents are what a release says as a whole: lines of a list of prices, items of any other.
type Contents struct {
	Release Release
	Lines   []pricelist.Line
	Items   []item.Item
}

// Standing returns what a release says as it stands now: what was withdrawn from it is replaced by what answers in its place.
func (d *Desk) Standing(ctx context.Context, id string, now time.Time) (Contents, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Contents{}, err
	}
	if !slices.ContainsFunc(r.Withdrawals, func(w Withdrawal) bool { return w.Told() && !w.Whole() }) {
		return d.Contents(ctx, id)
	}
	v := now.UTC()
	if v.Before(r.EffectiveAt) {
		v = r.EffectiveAt
	}
	known := follow(r.Slot, all, func(o *Release) bool { return o.Told() && (o.ID == r.ID || compareForce(o, &r) < 0) })
	if !Priced(r.Slot.List) {
		items, err := d.standingItems(ctx, r, v, known)
		return Contents{Release: r, Items: items}, err
	}
	book, err := d.lists.Book(ctx, known, r.EffectiveAt)
	if err != nil {
		return Contents{}, err
	}
	return Contents{Release: r, Lines: book.Standing(r.ID, v)}, nil
}

// Contents returns what a release says. What it holds is shared: the caller must not change it.
func (d *Desk) Contents(ctx context.Context, id string) (Contents, error) {
	r, err := d.store.Get(ctx, id)
	if err != nil {
		return Contents{}, err
	}
	b, err := d.load(ctx, r.Slot.List, r.Content)
	return Contents{r, b.lines, b.items}, err
}
