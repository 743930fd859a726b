package api

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type diffInput struct {
	ID      string `path:"id" example:"license-us-2026-12-r1"`
	Against string `query:"against" doc:"Release to compare with, instead of the predecessor." example:"license-us-2026-10-r1"`
	Change  string `query:"change" doc:"Only lines of this change kind: added, price_changed, changed, ending or removed." example:"price_changed"`
	Product string `query:"product" doc:"Only lines of this product." example:"CFQ7TTC0LH18"`
	Segment string `query:"segment" doc:"Only lines of this segment." example:"Commercial"`
	By      string `query:"by" doc:"move: the lines whose price moves by the largest percentage first; in order of identities when empty." example:"move"`
	FormatInput
}

// DiffView is what a release changes.
type DiffView struct {
	Release string               `json:"release"`
	Against string               `json:"against" doc:"The release it is compared with; empty when there is none."`
	Planned bool                 `json:"planned" doc:"Whether that one is approved but not public yet."`
	Summary CountsView           `json:"summary" doc:"All lines by change kind, whatever was asked for."`
	Renamed int                  `json:"renamed" doc:"How many lines have another title or description at the same price."`
	Totals  []TotalView          `json:"totals" doc:"Lines by product and by segment, those with most changes first."`
	Lines   []DifferenceView     `json:"lines" doc:"Of a list of prices; without unchanged ones."`
	Items   []ItemDifferenceView `json:"items" doc:"Of any other list; without unchanged ones."`
}

// TotalView counts the lines of a diff that have something in common.
type TotalView struct {
	By   string `json:"by" enum:"product,segment"`
	Name string `json:"name"`
	CountsView
}

// DifferenceView is one changed line.
type DifferenceView struct {
	Change   string           `json:"change" enum:"added,price_changed,changed,ending,removed,unchanged"`
	Renamed  bool             `json:"renamed" doc:"The prices stay, and a title or the description is another."`
	Identity LineIdentityView `json:"identity"`
	Move     *MoveView        `json:"move" doc:"How far the prices go; null where the line has no other side."`
	Before   *LineView        `json:"before"`
	After    *LineView        `json:"after"`
}

// MoveView is how far the prices of a line go.
type MoveView struct {
	UnitAmount  Cost    `json:"unit_amount,omitzero" format:"decimal" doc:"New minus old, in the line's currency."`
	UnitPercent Cost    `json:"unit_percent,omitzero" format:"decimal" doc:"Of the old price; null when that was 0."`
	ERPAmount   string  `json:"erp_amount" format:"decimal"`
	ERPPercent  *string `json:"erp_percent" format:"decimal"`
}

// ItemDifferenceView is one changed item.
type ItemDifferenceView struct {
	Key    string    `json:"key" example:"CFQ7TTC0LH18/0001"`
	Change string    `json:"change" enum:"added,changed,removed"`
	Before *SaidView `json:"before" doc:"What it said; null when it was not there."`
	After  *SaidView `json:"after"`
}

func (s *server) registerDiff(api huma.API) {
	line := &huma.Schema{AnyOf: []*huma.Schema{schemaOf[DifferenceView](api), schemaOf[ItemDifferenceView](api)}}
	huma.Register(api, listedAs(schemaOf[DiffView](api), line, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "diff-release", Method: http.MethodGet, Path: "/v1/releases/{id}/diff", Summary: "What a release changes", Tags: []string{"releases"},
		Description: "Against its predecessor, or another release of its list and market. A file holds the lines alone, one a row.",
	}), s.diffRelease)
}

func (s *server) diffRelease(ctx context.Context, in *diffInput) (*huma.StreamResponse, error) {
	var p params
	f := in.file(&p)
	in.check(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	c, err := s.deps.Desk.Diff(ctx, in.ID, in.Against, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	c = knownTo(ctx, c)
	in.choose(&c)
	if f == "" {
		return jsonAnswer(diffView(c)), nil
	}
	name := c.Release + "-diff"
	if !release.Priced(c.List) {
		return sendTable(s, name, f, func(context.Context) table[ItemDifferenceView] { return itemDiffTable(c) }), nil
	}
	return sendTable(s, name, f, func(context.Context) table[DifferenceView] {
		return tableOf("Changes", slice(c.Lines, differenceView), diffNotes(c)...)
	}), nil
}

func (in *diffInput) check(p *params) {
	kinds := []listing.Change{listing.Added, listing.PriceChanged, listing.Changed, listing.Ending, listing.Removed}
	if in.Change != "" && !slices.Contains(kinds, listing.Change(in.Change)) {
		p.wrong("query.change", "\""+in.Change+"\" is not added, price_changed, changed, ending or removed")
	}
	if in.By != "" && in.By != "move" {
		p.wrong("query.by", "\""+in.By+"\" is not move")
	}
}

// choose leaves what was asked for of a comparison, in the order that was asked for.
func (in *diffInput) choose(c *release.Comparison) {
	c.Lines = slices.DeleteFunc(c.Lines, func(d pricelist.Difference) bool {
		line := d.After
		if line == nil {
			line = d.Before
		}
		return in.Change != "" && in.Change != string(d.Change) || !matches(in.Product, d.Identity.Product) || !matches(in.Segment, line.Segment)
	})
	c.Items = slices.DeleteFunc(c.Items, func(d item.Difference) bool {
		one := d.After
		if one == nil {
			one = d.Before
		}
		return in.Change != "" && in.Change != string(d.Change) || !matches(in.Product, one.Get("product")) || !matches(in.Segment, one.Get("segment"))
	})
	if in.By == "move" {
		for i, m := range byMove(c.Lines) {
			c.Lines[i] = m.Difference
		}
	}
}

// shifted is a line of a diff and how far its prices go, worked out once: both its place and its view ask for it.
type shifted struct {
	pricelist.Difference
	unit, erp pricelist.Move
	both      bool          // it has both sides
	far       money.Decimal // what it is ordered by
}

// byMove are lines in order of how far they move, the farthest first.
func byMove(lines []pricelist.Difference) []shifted {
	all, places := make([]shifted, len(lines)), make([]int, len(lines))
	atOnce(len(lines), func(i int) {
		m := shifted{Difference: lines[i]}
		m.unit, m.erp, m.both = m.Moves()
		m.far = largest(m)
		all[i], places[i] = m, i
	})
	slices.SortFunc(places, func(a, b int) int { return cmp.Or(all[b].far.Cmp(all[a].far), cmp.Compare(a, b)) })
	ordered := make([]shifted, len(all))
	for i, place := range places {
		ordered[i] = all[place]
	}
	return ordered
}

// atOnce does something to each of n, on all processors. Nothing may depend on the order.
func atOnce(n int, do func(i int)) {
	parts := runtime.GOMAXPROCS(0)
	var working sync.WaitGroup
	for part := range parts {
		working.Go(func() {
			for i := part * n / parts; i < (part+1)*n/parts; i++ {
				do(i)
			}
		})
	}
	working.Wait()
}

func matches(asked, has string) bool { return asked == "" || strings.EqualFold(asked, has) }

// largest is the percentage by which a line's prices move, up or down, the larger of the two; below 0 when none does.
func largest(d shifted) money.Decimal {
	most := money.Int(-1)
	if !d.both || d.Change != listing.PriceChanged {
		return most
	}
	for _, m := range []pricelist.Move{d.unit, d.erp} {
		if m.Percent == nil {
			continue
		}
		if far := m.Percent.Abs(); far.Cmp(most) > 0 {
			most = far
		}
	}
	return most
}

func diffView(c release.Comparison) DiffView {
	v := DiffView{
		Release: c.Release, Against: c.Against, Planned: c.Planned, Summary: CountsView(c.Summary), Renamed: c.Renamed, Totals: totalViews(c.Totals),
		Lines: make([]DifferenceView, len(c.Lines)), Items: make([]ItemDifferenceView, len(c.Items)),
	}
	for i, d := range c.Lines {
		v.Lines[i] = differenceView(d)
	}
	view := itemDifferenceView(schemaOfList(c.List))
	for i, d := range c.Items {
		v.Items[i] = view(d)
	}
	return v
}

func totalViews(totals []release.Total) []TotalView {
	views := make([]TotalView, len(totals))
	for i, t := range totals {
		views[i] = TotalView{t.By, t.Name, CountsView(t.Counts)}
	}
	return views
}

func differenceView(d pricelist.Difference) DifferenceView {
	v := DifferenceView{Change: string(d.Change), Renamed: d.Renamed(), Identity: lineIdentityView(d.Identity), Before: lineView(d.Before), After: lineView(d.After)}
	if unit, erp, ok := d.Moves(); ok {
		currency := money.Currency(d.Identity.Currency)
		v.Move = &MoveView{NewCost(currency.Format(unit.Amount)), costOrNull(percent(unit.Percent)), currency.Format(erp.Amount), percent(erp.Percent)}
	}
	return v
}

func percent(p *money.Decimal) *string {
	if p == nil {
		return nil
	}
	text := p.String()
	return &text
}

// itemDifferenceView returns how the differences of a list are shown: with every column that its items can have.
func itemDifferenceView(schema item.Schema) func(item.Difference) ItemDifferenceView {
	side := func(i *item.Item) *SaidView {
		if i == nil {
			return nil
		}
		return &SaidView{schema, *i}
	}
	return func(d item.Difference) ItemDifferenceView {
		return ItemDifferenceView{d.Key, string(d.Change), side(d.Before), side(d.After)}
	}
}

func itemDiffTable(c release.Comparison) table[ItemDifferenceView] {
	schema := schemaOfList(c.List)
	t := table[ItemDifferenceView]{name: "Changes", items: itemDifferences(c, schema), notes: diffNotes(c), columns: []sheet.Column{{Name: "change"}, {Name: "key"}}}
	for _, side := range []string{"before.", "after."} {
		for _, column := range schema.Columns {
			t.columns = append(t.columns, sheet.Column{Name: side + column.Name})
		}
	}
	t.cells = func(d ItemDifferenceView, row []string) {
		row[0], row[1] = d.Change, d.Key
		for i, column := range schema.Columns {
			row[2+i], row[2+len(schema.Columns)+i] = d.Before.get(column.Name), d.After.get(column.Name)
		}
	}
	return t
}

func itemDifferences(c release.Comparison, schema item.Schema) iter.Seq2[ItemDifferenceView, error] {
	return slice(c.Items, itemDifferenceView(schema))
}

func diffNotes(c release.Comparison) []sheet.Note {
	return []sheet.Note{{Name: "Release", Text: c.Release}, {Name: "Against", Text: or(c.Against, "nothing before it")}}
}
