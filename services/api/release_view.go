package api

import (
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

// ReleaseView is a release as the API shows it.
type ReleaseView struct {
	ID                 string                `json:"id" example:"license-us-2026-12-r1"`
	List               string                `json:"list" example:"license"`
	Market             string                `json:"market" example:"US"`
	Month              string                `json:"month" example:"2026-12"`
	Revision           int                   `json:"revision" example:"1"`
	State              string                `json:"state" enum:"draft,in_review,approved,published,effective,superseded,rejected,withdrawn"`
	Kind               string                `json:"kind" enum:"full,delta"`
	EffectiveAt        time.Time             `json:"effective_at"`
	PublishAt          time.Time             `json:"publish_at"`
	PublishedAt        *time.Time            `json:"published_at"`
	CreatedBy          string                `json:"created_by"`
	SubmittedBy        string                `json:"submitted_by"`
	ApprovedBy         string                `json:"approved_by"`
	Lines              int                   `json:"lines" doc:"Lines of the whole list."`
	Checksum           Cost                  `json:"checksum,omitzero" doc:"SHA-256 over the ids of its published lines, in order; empty before publication."`
	Content            Cost                  `json:"content,omitzero" doc:"SHA-256 of the whole list."`
	Notice             NoticeView            `json:"notice"`
	Diff               CountsView            `json:"diff" doc:"Lines by change kind, against the predecessor."`
	Problems           []ProblemView         `json:"problems"`
	Acknowledged       []AcknowledgementView `json:"acknowledged" doc:"Warnings that somebody took responsibility for."`
	Baseline           bool                  `json:"baseline" doc:"The market's first release."`
	Predecessor        string                `json:"predecessor"`
	Supersedes         string                `json:"supersedes"`
	SupersededBy       string                `json:"superseded_by"`
	Held               string                `json:"held" doc:"Why it waits for an approver although it is due."`
	Corrects           string                `json:"corrects" doc:"The release that it mends; empty when it mends none."`
	Retroactive        bool                  `json:"retroactive" doc:"A correction that takes effect when what it mends did."`
	FollowsPublication bool                  `json:"follows_publication" doc:"It takes effect when it is published, whenever that is."`
	Backfilled         bool                  `json:"backfilled" doc:"A list of the past, which counts as published when it was."`
	Reason             string                `json:"reason" doc:"Why it mends another, or is loaded late."`
	Set                string                `json:"set" doc:"The set it is prepared with; empty when it is alone."`
	Withdrawals        []WithdrawalView      `json:"withdrawals" doc:"What of it was taken back, in the order in which that was asked for."`
}

// AcknowledgementView is that somebody took responsibility for the warnings of a rule.
type AcknowledgementView struct {
	Rule string    `json:"rule" example:"lines-gone"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// WithdrawalView is that a release, or some of its lines, are taken back.
type WithdrawalView struct {
	N           int        `json:"n" doc:"Its place among the release's withdrawals, from 1."`
	By          string     `json:"by"`
	At          time.Time  `json:"at" doc:"When it was asked for."`
	Reason      string     `json:"reason"`
	Retroactive bool       `json:"retroactive"`
	Lines       int        `json:"lines" doc:"How many lines; 0: all."`
	KnownAt     *time.Time `json:"known_at" doc:"When it became known; null while it is pending."`
	From        *time.Time `json:"from" doc:"From when on the lines do not answer; null while it is pending."`
	InForce     string     `json:"in_force" doc:"The release in force from then on without it; empty when none is."`
	Pending     bool       `json:"pending" doc:"The world was not told of it yet."`
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
	Value    Cost   `json:"value,omitzero" doc:"Not there where it speaks of prices, for who may not see what the partner pays."`
	Text     Cost   `json:"text,omitzero" doc:"As value."`
}

// LogEntryView is one line of a release's log.
type LogEntryView struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Reason string    `json:"reason"`
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
	UnitPrice    Cost       `json:"unit_price,omitzero" doc:"What the partner pays; not there for who may not see it."`
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
		CreatedBy: r.CreatedBy, SubmittedBy: r.SubmittedBy, ApprovedBy: r.ApprovedBy, Lines: r.Lines, Checksum: costIf(release.Priced(r.Slot.List), r.Checksum), Content: costIf(release.Priced(r.Slot.List), r.Content),
		Notice: NoticeView(r.Notice), Diff: CountsView(r.Diff), Problems: problemViews(r.Problems), Acknowledged: acknowledgementViews(r.Acknowledged),
		Baseline: r.Baseline, Predecessor: r.Predecessor, Supersedes: r.Supersedes, SupersededBy: r.SupersededBy, Held: r.Held, Corrects: r.Corrects,
		Retroactive: r.Retroactive, FollowsPublication: r.Follows, Backfilled: r.Backfilled, Reason: r.Reason, Set: r.Set, Withdrawals: withdrawalViews(r.Withdrawals),
	}
}

func releaseViews(releases []release.Release) []ReleaseView {
	views := make([]ReleaseView, len(releases))
	for i, r := range releases {
		views[i] = releaseView(r)
	}
	return views
}

func acknowledgementViews(all []release.Acknowledgement) []AcknowledgementView {
	views := make([]AcknowledgementView, len(all))
	for i, a := range all {
		views[i] = AcknowledgementView(a)
	}
	return views
}

func withdrawalViews(all []release.Withdrawal) []WithdrawalView {
	views := make([]WithdrawalView, len(all))
	for i, w := range all {
		views[i] = WithdrawalView{N: w.N, By: w.By, At: w.At, Reason: w.Reason, Retroactive: w.Retroactive, Lines: w.Count, InForce: w.InForce, Pending: !w.Told()}
		if w.Told() {
			views[i].KnownAt, views[i].From = instantOrNull(w.KnownAt), instantOrNull(w.From)
		} else {
			views[i].InForce = "" // frozen, but not told
		}
	}
	return views
}

func problemViews(problems []listing.Problem) []ProblemView {
	views := make([]ProblemView, len(problems))
	for i, p := range problems {
		views[i] = ProblemView{string(p.Severity), p.Rule, p.Sheet, p.Row, p.Column, costIf(priceColumn(p.Column), p.Value), costIf(priceColumn(p.Column), p.Text)}
	}
	return views
}

// priceColumn reports whether what is said of a column of a sheet may tell what the partner pays: that of any price, and that of previous values.
func priceColumn(column string) bool {
	return column == pricelist.ColumnPrevious || strings.Contains(strings.ToLower(column), "price")
}

func logViews(entries []release.Entry) []LogEntryView {
	views := make([]LogEntryView, len(entries))
	for i, e := range entries {
		views[i] = LogEntryView{e.At, e.Who, e.What, e.Reason}
	}
	return views
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
		UnitPrice: NewCost(currency.Format(l.UnitPrice)), ERPPrice: currency.Format(l.ERPPrice), PriceBasis: string(l.Basis),
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
