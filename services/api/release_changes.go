package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/money"
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
	return &struct{ Body ChangesView }{changesView(knownTo(ctx, c))}, nil
}

func changesView(c release.Comparison) ChangesView {
	v := ChangesView{Release: c.Release, Against: c.Against, Planned: c.Planned, Summary: CountsView(c.Summary), Renamed: c.Renamed, Totals: totalViews(c.Totals)}
	lines := byMove(c.Lines)
	v.Lines = newChangeColumns(len(lines))
	atOnce(len(lines), func(i int) { v.Lines.set(i, lines[i]) })
	return v
}

func newChangeColumns(n int) ChangeColumns {
	texts, costs := func() []string { return make([]string, n) }, func() []Cost { return make([]Cost, n) }
	return ChangeColumns{
		Change: texts(), Currency: texts(), Product: texts(), SKU: texts(), Term: texts(), Billing: texts(), Tier: texts(), Segment: texts(), Title: texts(), TitleBefore: texts(),
		UnitBefore: costs(), UnitAfter: costs(), UnitPercent: costs(), ERPBefore: texts(), ERPAfter: texts(), ERPPercent: texts(), EndsAt: texts(),
	}
}

// set puts a line in every column, at a place of its own.
func (l *ChangeColumns) set(at int, d shifted) {
	i := d.Identity
	l.Change[at], l.Currency[at], l.Product[at], l.SKU[at] = string(d.Change), i.Currency, i.Product, i.SKU
	l.Term[at], l.Billing[at], l.Tier[at] = i.Term, i.Billing, i.Tier.String()
	shown, currency := d.After, money.Currency(i.Currency)
	if shown == nil {
		shown = d.Before
	}
	l.Segment[at], l.Title[at] = shown.Segment, shown.SKUTitle
	if d.Before != nil {
		l.UnitBefore[at], l.ERPBefore[at] = NewCost(currency.Format(d.Before.UnitPrice)), currency.Format(d.Before.ERPPrice)
		if d.Before.SKUTitle != shown.SKUTitle {
			l.TitleBefore[at] = d.Before.SKUTitle
		}
	}
	if d.After != nil {
		l.UnitAfter[at], l.ERPAfter[at] = NewCost(currency.Format(d.After.UnitPrice)), currency.Format(d.After.ERPPrice)
		if ends := d.After.Effective.To; !ends.IsZero() && (d.Before == nil || !ends.Equal(d.Before.Effective.To)) {
			l.EndsAt[at] = stamp(ends)
		}
	}
	if d.both {
		l.UnitPercent[at], l.ERPPercent[at] = costOrNull(percent(d.unit.Percent)), text(percent(d.erp.Percent))
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
