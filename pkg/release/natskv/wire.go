package natskv

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

// format is the version of the records this package writes. Fields may be added within a version; it grows when an older reader would
// misread what is written.
const format = 1

type record struct {
	Format       int       `json:"format"`
	ID           string    `json:"id"`
	List         string    `json:"list"`
	Market       string    `json:"market"`
	Month        string    `json:"month"`
	Revision     int       `json:"revision"`
	State        string    `json:"state"`
	Kind         string    `json:"kind"`
	EffectiveAt  time.Time `json:"effective_at"`
	PublishAt    time.Time `json:"publish_at"`
	PublishedAt  time.Time `json:"published_at,omitzero"`
	CreatedBy    string    `json:"created_by"`
	SubmittedBy  string    `json:"submitted_by,omitempty"`
	ApprovedBy   string    `json:"approved_by,omitempty"`
	ApprovedAt   time.Time `json:"approved_at,omitzero"`
	Lines        int       `json:"lines"`
	Content      string    `json:"content"`
	Sheet        string    `json:"sheet"`
	Checksum     string    `json:"checksum,omitempty"`
	Notice       notice    `json:"notice"`
	Diff         counts    `json:"diff"`
	Problems     []problem `json:"problems,omitempty"`
	Acknowledged []string  `json:"acknowledged,omitempty"`
	Baseline     bool      `json:"baseline,omitempty"`
	Predecessor  string    `json:"predecessor,omitempty"`
	Supersedes   string    `json:"supersedes,omitempty"`
	SupersededBy string    `json:"superseded_by,omitempty"`
	Held         string    `json:"held,omitempty"`
	After        uint64    `json:"after,omitempty"`
	Sequence     uint64    `json:"sequence,omitempty"`
	Log          []entry   `json:"log"`
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
	Severity    string `json:"severity"`
	Rule        string `json:"rule"`
	Sheet       string `json:"sheet,omitempty"`
	Row         int    `json:"row,omitempty"`
	Column      string `json:"column,omitempty"`
	Value       string `json:"value,omitempty"`
	Text        string `json:"text"`
	Acknowledge bool   `json:"acknowledge,omitempty"`
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
		Acknowledged: r.Acknowledged, Baseline: r.Baseline, Predecessor: r.Predecessor, Supersedes: r.Supersedes,
		SupersededBy: r.SupersededBy, Held: r.Held, After: r.After, Sequence: r.Sequence,
	}
	for _, p := range r.Problems {
		w.Problems = append(w.Problems, problem{string(p.Severity), p.Rule, p.Sheet, p.Row, p.Column, p.Value, p.Text, p.Acknowledge})
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
		Notice: release.Notice(w.Notice), Diff: listing.Counts(w.Diff), Acknowledged: w.Acknowledged, Baseline: w.Baseline,
		Predecessor: w.Predecessor, Supersedes: w.Supersedes, SupersededBy: w.SupersededBy, Held: w.Held, After: w.After,
		Sequence: w.Sequence, Version: version,
	}
	for _, p := range w.Problems {
		r.Problems = append(r.Problems, listing.Problem{
			Severity: listing.Severity(p.Severity), Rule: p.Rule, Sheet: p.Sheet, Row: p.Row, Column: p.Column, Value: p.Value,
			Text: p.Text, Acknowledge: p.Acknowledge,
		})
	}
	for _, e := range w.Log {
		e.At = e.At.UTC()
		r.Log = append(r.Log, release.Entry(e))
	}
	return r, nil
}
