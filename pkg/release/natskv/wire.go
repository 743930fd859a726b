package natskv

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/trace"
)

// format is the version of the records this package writes. Fields may be added within a version; it grows when an older reader would
// misread what is written.
const format = 1

type record struct {
	Format       int          `json:"format"`
	ID           string       `json:"id"`
	List         string       `json:"list"`
	Market       string       `json:"market"`
	Month        string       `json:"month"`
	Revision     int          `json:"revision"`
	State        string       `json:"state"`
	Kind         string       `json:"kind"`
	EffectiveAt  time.Time    `json:"effective_at"`
	PublishAt    time.Time    `json:"publish_at"`
	PublishedAt  time.Time    `json:"published_at,omitzero"`
	CreatedBy    string       `json:"created_by"`
	SubmittedBy  string       `json:"submitted_by,omitempty"`
	ApprovedBy   string       `json:"approved_by,omitempty"`
	ApprovedAt   time.Time    `json:"approved_at,omitzero"`
	Lines        int          `json:"lines"`
	Content      string       `json:"content"`
	Sheet        string       `json:"sheet"`
	Checksum     string       `json:"checksum,omitempty"`
	Notice       notice       `json:"notice"`
	Diff         counts       `json:"diff"`
	Problems     []problem    `json:"problems,omitempty"`
	Acknowledged []string     `json:"acknowledged,omitempty"` // rules only, of records before acceptances
	Accepted     []accepted   `json:"accepted,omitempty"`
	Baseline     bool         `json:"baseline,omitempty"`
	Predecessor  string       `json:"predecessor,omitempty"`
	Supersedes   string       `json:"supersedes,omitempty"`
	SupersededBy string       `json:"superseded_by,omitempty"`
	Held         string       `json:"held,omitempty"`
	After        uint64       `json:"after,omitempty"`
	Sequence     uint64       `json:"sequence,omitempty"`
	Corrects     string       `json:"corrects,omitempty"`
	Retroactive  bool         `json:"retroactive,omitempty"`
	Follows      bool         `json:"follows,omitempty"`
	Backfilled   bool         `json:"backfilled,omitempty"`
	Reason       string       `json:"reason,omitempty"`
	Set          string       `json:"set,omitempty"`
	BegunAt      time.Time    `json:"begun_at,omitzero"`
	Trace        trace.Parent `json:"trace,omitzero"`
	Withdrawals  []withdrawal `json:"withdrawals,omitempty"`
	Log          []entry      `json:"log"`
}

type accepted struct {
	Rule string    `json:"rule"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

type withdrawal struct {
	N           int          `json:"n"`
	By          string       `json:"by"`
	At          time.Time    `json:"at"`
	Reason      string       `json:"reason"`
	Retroactive bool         `json:"retroactive,omitempty"`
	Lines       string       `json:"lines,omitempty"`
	Count       int          `json:"count,omitempty"`
	Trace       trace.Parent `json:"trace,omitzero"`
	KnownAt     time.Time    `json:"known_at,omitzero"`
	From        time.Time    `json:"from,omitzero"`
	InForce     string       `json:"in_force,omitempty"`
	After       uint64       `json:"after,omitempty"`
	Checksum    string       `json:"checksum,omitempty"`
	Sequence    uint64       `json:"sequence,omitempty"`
}

type notice struct {
	Policy string `json:"policy"`
	Days   int    `json:"days"`
	Short  bool   `json:"short,omitempty"`
	Reason string `json:"reason,omitempty"`
}

type counts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

type problem struct {
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Sheet    string `json:"sheet,omitempty"`
	Row      int    `json:"row,omitempty"`
	Column   string `json:"column,omitempty"`
	Value    string `json:"value,omitempty"`
	Text     string `json:"text"`
}

type entry struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Reason string    `json:"reason,omitempty"`
}

func encode(r release.Release) ([]byte, error) {
	w := record{
		Format: format, ID: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision,
		State: string(r.State), Kind: string(r.Kind), EffectiveAt: r.EffectiveAt, PublishAt: r.PublishAt, PublishedAt: r.PublishedAt,
		CreatedBy: r.CreatedBy, SubmittedBy: r.SubmittedBy, ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt, Lines: r.Lines,
		Content: r.Content, Sheet: r.Sheet, Checksum: r.Checksum, Notice: notice(r.Notice), Diff: counts(r.Diff),
		Baseline: r.Baseline, Predecessor: r.Predecessor, Supersedes: r.Supersedes, SupersededBy: r.SupersededBy, Held: r.Held, After: r.After,
		Sequence: r.Sequence, Corrects: r.Corrects, Retroactive: r.Retroactive, Follows: r.Follows, Backfilled: r.Backfilled, Reason: r.Reason,
		Set: r.Set, BegunAt: r.BegunAt, Trace: r.Trace,
	}
	for _, a := range r.Acknowledged {
		w.Accepted = append(w.Accepted, accepted(a))
	}
	for _, x := range r.Withdrawals {
		w.Withdrawals = append(w.Withdrawals, withdrawal(x))
	}
	for _, p := range r.Problems {
		w.Problems = append(w.Problems, problem{string(p.Severity), p.Rule, p.Sheet, p.Row, p.Column, p.Value, p.Text})
	}
	for _, e := range r.Log {
		w.Log = append(w.Log, entry(e))
	}
	data, err := json.Marshal(w)
	if err != nil {
		return nil, fault.New(fault.Internal, "encode release %s: %w", r.ID, err)
	}
	return data, nil
}

func decode(data []byte, version uint64) (release.Release, error) {
	var w record
	if err := json.Unmarshal(data, &w); err != nil {
		return release.Release{}, fault.New(fault.Internal, "decode release record: %w", err)
	}
	if w.Format != format {
		return release.Release{}, fault.New(fault.Internal, "decode release %s: its record has format %d, this program reads %d", w.ID, w.Format, format)
	}
	month, err := effective.ParseMonth(w.Month)
	if err != nil {
		return release.Release{}, fault.New(fault.Internal, "decode release %s: %w", w.ID, err)
	}
	r := release.Release{
		ID: w.ID, Slot: release.Slot{List: w.List, Market: w.Market, Month: month}, Revision: w.Revision,
		State: release.State(w.State), Kind: release.SheetKind(w.Kind), EffectiveAt: w.EffectiveAt.UTC(), PublishAt: w.PublishAt.UTC(),
		PublishedAt: w.PublishedAt.UTC(), CreatedBy: w.CreatedBy, SubmittedBy: w.SubmittedBy, ApprovedBy: w.ApprovedBy,
		ApprovedAt: w.ApprovedAt.UTC(), Lines: w.Lines, Content: w.Content, Sheet: w.Sheet, Checksum: w.Checksum,
		Notice: release.Notice(w.Notice), Diff: listing.Counts(w.Diff), Baseline: w.Baseline,
		Predecessor: w.Predecessor, Supersedes: w.Supersedes, SupersededBy: w.SupersededBy, Held: w.Held, After: w.After,
		Sequence: w.Sequence, Corrects: w.Corrects, Retroactive: w.Retroactive, Follows: w.Follows, Backfilled: w.Backfilled, Reason: w.Reason,
		Set: w.Set, BegunAt: w.BegunAt.UTC(), Trace: w.Trace, Version: version,
	}
	for _, rule := range w.Acknowledged {
		r.Acknowledged = append(r.Acknowledged, release.Acknowledgement{Rule: rule, By: r.ApprovedBy, At: r.ApprovedAt})
	}
	for _, a := range w.Accepted {
		a.At = a.At.UTC()
		r.Acknowledged = append(r.Acknowledged, release.Acknowledgement(a))
	}
	for _, x := range w.Withdrawals {
		x.At, x.KnownAt, x.From = x.At.UTC(), x.KnownAt.UTC(), x.From.UTC()
		r.Withdrawals = append(r.Withdrawals, release.Withdrawal(x))
	}
	for _, p := range w.Problems {
		r.Problems = append(r.Problems, listing.Problem{
			Severity: listing.Severity(p.Severity), Rule: p.Rule, Sheet: p.Sheet, Row: p.Row, Column: p.Column, Value: p.Value,
			Text: p.Text,
		})
	}
	for _, e := range w.Log {
		e.At = e.At.UTC()
		r.Log = append(r.Log, release.Entry(e))
	}
	return r, nil
}
