package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/release"
)

type changesInput struct {
	ID      string `path:"id" example:"license-us-2026-12-r1"`
	Against string `query:"against" doc:"Release to compare with, instead of the predecessor." example:"license-us-2026-10-r1"`
}

// ChangesView is what a release changes, short enough that a page can hold all of it: a list for each column instead of an object for each line.
type ChangesView struct {
	Release string        `json:"release"`
	Against string        `json:"against" doc:"The release it is compared with; empty when there is none."`
	Planned bool          `json:"planned" doc:"Whether that one is approved but not public yet."`
	Summary CountsView    `json:"summary"`
	Renamed int           `json:"renamed" doc:"How many lines have another title or description at the same price."`
	Totals  []TotalView   `json:"totals" doc:"Lines by product and by segment, those with most changes first."`
	Lines   ChangeColumns `json:"lines" doc:"The changed lines, those whose price moves by the largest percentage first. The n-th of every column is of the n-th line."`
}

// ChangeColumns are the changed lines, column by column. What a line has no other side for, or does not say, is empty.
type ChangeColumns struct {
	Change      []string `json:"change"`
	Currency    []string `json:"currency"`
	Product     []string `json:"product"`
	SKU         []string `json:"sku"`
	Term        []string `json:"term"`
	Billing     []string `json:"billing"`
	Tier        []string `json:"tier"`
	Segment     []string `json:"segment"`
	Title       []string `json:"title" doc:"The SKU's title, as it will be."`
	TitleBefore []string `json:"title_before" doc:"Where it was another."`
	UnitBefore  []Cost   `json:"unit_before"`
	UnitAfter   []Cost   `json:"unit_after"`
	UnitPercent []Cost   `json:"unit_percent"`
	ERPBefore   []string `json:"erp_before"`
	ERPAfter    []string `json:"erp_after"`
	ERPPercent  []string `json:"erp_percent"`
	EndsAt      []string `json:"ends_at" doc:"Where an end appears or is another."`
}

func (s *server) registerChanges(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "release-changes", Method: http.MethodGet, Path: "/v1/releases/{id}/changes", Summary: "What a release of prices changes, column by column", Tags: []string{"releases"},
		Description: "The lines of the diff in a form that a page can hold however many they are. Of a list without prices it has no lines; see its diff.",
	}, s.releaseChanges)
}

func (s *server) releaseChanges(ctx context.Context, in *changesInput) (*struct{ Body ChangesView }, error) {
	c, err := s.deps.Desk.Diff(ctx, in.ID, in.Against, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	c = knownTo(ctx, c)
	(&diffInput{By: "move"}).choose(&c)
	return &struct{ Body ChangesView }{changesView(c)}, nil
}

func changesView(c release.Comparison) ChangesView {
	v := ChangesView{Release: c.Release, Against: c.Against, Planned: c.Planned, Summary: CountsView(c.Summary), Renamed: c.Renamed, Totals: totalViews(c.Totals)}
	v.Lines = newChangeColumns(len(c.Lines))
	for _, d := range c.Lines {
		v.Lines.add(differenceView(d))
	}
	return v
}

func newChangeColumns(n int) ChangeColumns {
	texts, costs := func() []string { return make([]string, 0, n) }, func() []Cost { return make([]Cost, 0, n) }
	return ChangeColumns{
		Change: texts(), Currency: texts(), Product: texts(), SKU: texts(), Term: texts(), Billing: texts(), Tier: texts(), Segment: texts(), Title: texts(), TitleBefore: texts(),
		UnitBefore: costs(), UnitAfter: costs(), UnitPercent: costs(), ERPBefore: texts(), ERPAfter: texts(), ERPPercent: texts(), EndsAt: texts(),
	}
}

// add adds a line to every column.
func (l *ChangeColumns) add(d DifferenceView) {
	i := d.Identity
	l.Change, l.Currency, l.Product, l.SKU = append(l.Change, d.Change), append(l.Currency, i.Currency), append(l.Product, i.Product), append(l.SKU, i.SKU)
	l.Term, l.Billing, l.Tier = append(l.Term, i.Term), append(l.Billing, i.Billing), append(l.Tier, i.Tier)
	before, after, shown, move := LineView{}, LineView{}, d.After, MoveView{}
	if d.Before != nil {
		before = *d.Before
	}
	if d.After != nil {
		after = *d.After
	} else {
		shown = d.Before
	}
	if d.Move != nil {
		move = *d.Move
	}
	l.Segment, l.Title = append(l.Segment, shown.Segment), append(l.Title, shown.SKUTitle)
	other, ends := "", ""
	if before.SKUTitle != shown.SKUTitle {
		other = before.SKUTitle
	}
	if after.EndsAt != nil && (before.EndsAt == nil || !after.EndsAt.Equal(*before.EndsAt)) {
		ends = stamp(*after.EndsAt)
	}
	l.TitleBefore, l.EndsAt = append(l.TitleBefore, other), append(l.EndsAt, ends)
	l.UnitBefore, l.UnitAfter, l.UnitPercent = append(l.UnitBefore, before.UnitPrice), append(l.UnitAfter, after.UnitPrice), append(l.UnitPercent, move.UnitPercent)
	l.ERPBefore, l.ERPAfter, l.ERPPercent = append(l.ERPBefore, before.ERPPrice), append(l.ERPAfter, after.ERPPrice), append(l.ERPPercent, text(move.ERPPercent))
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
