package api

import (
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

// ReleaseView is a release as the API shows it.
type ReleaseView struct {
	ID           string        `json:"id" example:"license-us-2026-12-r1"`
	List         string        `json:"list" example:"license"`
	Market       string        `json:"market" example:"US"`
	Month        string        `json:"month" example:"2026-12"`
	Revision     int           `json:"revision" example:"1"`
	State        string        `json:"state" enum:"draft,in_review,approved,published,effective,superseded,rejected,withdrawn"`
	Kind         string        `json:"kind" enum:"full,delta"`
	EffectiveAt  time.Time     `json:"effective_at"`
	PublishAt    time.Time     `json:"publish_at"`
	PublishedAt  *time.Time    `json:"published_at"`
	CreatedBy    string        `json:"created_by"`
	SubmittedBy  string        `json:"submitted_by"`
	ApprovedBy   string        `json:"approved_by"`
	Lines        int           `json:"lines" doc:"Lines of the whole list."`
	Checksum     string        `json:"checksum" doc:"SHA-256 over the ids of its published lines, in order; empty before publication."`
	Content      string        `json:"content" doc:"SHA-256 of the whole list."`
	Notice       NoticeView    `json:"notice"`
	Diff         CountsView    `json:"diff" doc:"Lines by change kind, against the predecessor."`
	Problems     []ProblemView `json:"problems"`
	Acknowledged []string      `json:"acknowledged" doc:"Warnings that somebody took responsibility for."`
	Baseline     bool          `json:"baseline" doc:"The market's first release."`
	Predecessor  string        `json:"predecessor"`
	Supersedes   string        `json:"supersedes"`
	SupersededBy string        `json:"superseded_by"`
	Held         string        `json:"held" doc:"Why it waits for an approver although it is due."`
}

// NoticeView is the notice a release gives.
type NoticeView struct {
	Policy string `json:"policy" example:"days:30"`
	Days   int    `json:"days" doc:"Whole days, planned before publication and true after."`
	Short  bool   `json:"short"`
	Reason string `json:"reason"`
}

// CountsView are the lines of a diff by change kind.
type CountsView struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

// ProblemView is something wrong or noteworthy at one place of a sheet.
type ProblemView struct {
	Severity string `json:"severity" enum:"error,warning,note"`
	Rule     string `json:"rule"`
	Sheet    string `json:"sheet,omitempty"`
	Row      int    `json:"row" doc:"As counted in the file, the header being row 1; 0: the whole."`
	Column   string `json:"column"`
	Value    string `json:"value"`
	Text     string `json:"text"`
}

// LogEntryView is one line of a release's log.
type LogEntryView struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Reason string    `json:"reason"`
}

// DiffView is what a release changes.
type DiffView struct {
	Release string           `json:"release"`
	Against string           `json:"against" doc:"The release it is compared with; empty when there is none."`
	Planned bool             `json:"planned" doc:"Whether that one is approved but not public yet."`
	Summary CountsView       `json:"summary"`
	Lines   []DifferenceView `json:"lines"`
}

// DifferenceView is one changed line.
type DifferenceView struct {
	Identity LineIdentityView `json:"identity"`
	Change   string           `json:"change" enum:"added,price_changed,changed,ending,removed,unchanged"`
	Before   *LineView        `json:"before"`
	After    *LineView        `json:"after"`
}

// LineIdentityView is what tells one line from another.
type LineIdentityView struct {
	Market   string `json:"market"`
	Currency string `json:"currency"`
	Product  string `json:"product"`
	SKU      string `json:"sku"`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	Tier     string `json:"tier"`
}

// LineView is what a line says.
type LineView struct {
	UnitPrice    string     `json:"unit_price"`
	ERPPrice     string     `json:"erp_price"`
	PriceBasis   string     `json:"price_basis" enum:"term,month"`
	StartsAt     *time.Time `json:"starts_at" doc:"Null: always."`
	EndsAt       *time.Time `json:"ends_at" doc:"Null: open."`
	EndOfSale    string     `json:"end_of_sale"`
	ProductTitle string     `json:"product_title"`
	SKUTitle     string     `json:"sku_title"`
	Publisher    string     `json:"publisher"`
	Description  string     `json:"description"`
	Unit         string     `json:"unit"`
	Segment      string     `json:"segment"`
	Tags         string     `json:"tags"`
}

func releaseView(r release.Release) ReleaseView {
	return ReleaseView{
		ID: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision, State: string(r.State.ForPeople()),
		Kind: string(r.Kind), EffectiveAt: r.EffectiveAt, PublishAt: r.PublishAt, PublishedAt: instantOrNull(r.PublishedAt),
		CreatedBy: r.CreatedBy, SubmittedBy: r.SubmittedBy, ApprovedBy: r.ApprovedBy, Lines: r.Lines, Checksum: r.Checksum, Content: r.Content,
		Notice: NoticeView(r.Notice), Diff: CountsView(r.Diff), Problems: problemViews(r.Problems), Acknowledged: orEmpty(r.Acknowledged), Baseline: r.Baseline,
		Predecessor: r.Predecessor, Supersedes: r.Supersedes, SupersededBy: r.SupersededBy, Held: r.Held,
	}
}

func problemViews(problems []listing.Problem) []ProblemView {
	views := make([]ProblemView, len(problems))
	for i, p := range problems {
		views[i] = ProblemView{string(p.Severity), p.Rule, p.Sheet, p.Row, p.Column, p.Value, p.Text}
	}
	return views
}

func logViews(entries []release.Entry) []LogEntryView {
	views := make([]LogEntryView, len(entries))
	for i, e := range entries {
		views[i] = LogEntryView{e.At, e.Who, e.What, e.Reason}
	}
	return views
}

func diffView(c release.Comparison) DiffView {
	v := DiffView{Release: c.Release, Against: c.Against, Planned: c.Planned, Summary: CountsView(c.Summary), Lines: make([]DifferenceView, len(c.Lines))}
	for i, d := range c.Lines {
		v.Lines[i] = DifferenceView{lineIdentityView(d.Identity), string(d.Change), lineView(d.Before), lineView(d.After)}
	}
	return v
}

func lineIdentityView(i pricelist.Identity) LineIdentityView {
	return LineIdentityView{i.Market, i.Currency, i.Product, i.SKU, i.Term, i.Billing, i.Tier.String()}
}

func lineView(l *pricelist.Line) *LineView {
	if l == nil {
		return nil
	}
	currency := money.Currency(l.Currency)
	return &LineView{
		UnitPrice: currency.Format(l.UnitPrice), ERPPrice: currency.Format(l.ERPPrice), PriceBasis: string(l.Basis),
		StartsAt: instantOrNull(l.Effective.From), EndsAt: instantOrNull(l.Effective.To), EndOfSale: l.EndOfSale,
		ProductTitle: l.ProductTitle, SKUTitle: l.SKUTitle, Publisher: l.Publisher, Description: l.Description, Unit: l.Unit, Segment: l.Segment, Tags: l.Tags,
	}
}

// instantOrNull is nil for the zero instant.
func instantOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// orEmpty keeps an empty list from becoming null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
