package event

import "time"

// DiffCounts are the lines of a release by change kind.
type DiffCounts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

// ReleaseNotice is the notice a release really gave.
type ReleaseNotice struct {
	Policy string `json:"policy"`
	Days   int    `json:"days"`
	Short  bool   `json:"short"`
	Reason string `json:"reason,omitempty"`
}

// ReleasePublished is the payload of TypeReleasePublished: the manifest of a release. It ends the batch of the release's lines, of which
// there are Changed with the checksum given.
type ReleasePublished struct {
	Release     string        `json:"release"`
	List        string        `json:"list"`
	Market      string        `json:"market"`
	Month       string        `json:"month"`
	Revision    int           `json:"revision"`
	Kind        string        `json:"kind"`
	EffectiveAt time.Time     `json:"effective_at"`
	PublishedAt time.Time     `json:"published_at"`
	Baseline    bool          `json:"baseline,omitempty"`
	Predecessor string        `json:"predecessor,omitempty"`
	Supersedes  string        `json:"supersedes,omitempty"`
	Corrects    string        `json:"corrects,omitempty"`   // the release that it mends
	Backfilled  bool          `json:"backfilled,omitempty"` // a list of the past: PublishedAt is when it was public elsewhere
	Reason      string        `json:"reason,omitempty"`     // why it mends another, or is published late
	Notice      ReleaseNotice `json:"notice"`
	Lines       int           `json:"lines"`    // of the whole list
	Changed     int           `json:"changed"`  // price.changed or item.changed events in the batch
	Checksum    string        `json:"checksum"` // SHA-256 over the ids of those events in order, hex
	Content     string        `json:"content"`  // SHA-256 of the whole list
	Diff        DiffCounts    `json:"diff"`
	CreatedBy   string        `json:"created_by"`
	ApprovedBy  string        `json:"approved_by"`
}

// ReleaseEffective is the payload of TypeReleaseEffective.
type ReleaseEffective struct {
	Release     string    `json:"release"`
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Revision    int       `json:"revision"`
	EffectiveAt time.Time `json:"effective_at"`
	Supersedes  string    `json:"supersedes,omitempty"` // the release in force until now
}

// ReleaseCorrected is the payload of TypeReleaseCorrected: another release mends this one. It stands in the other's batch, just before the
// manifest.
type ReleaseCorrected struct {
	Release     string    `json:"release"` // the one that is mended
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Revision    int       `json:"revision"`
	By          string    `json:"by"` // the release that mends it
	Reason      string    `json:"reason"`
	EffectiveAt time.Time `json:"effective_at"`          // from when on the other answers
	Retroactive bool      `json:"retroactive,omitempty"` // that is when the one mended took effect
	CorrectedAt time.Time `json:"corrected_at"`          // when the other was published
}

// ReleaseWithdrawn is the payload of TypeReleaseWithdrawn: a release, or some lines of it, is taken back. It ends the batch of the lines
// that change thereby, of which there are Changed with the checksum given.
type ReleaseWithdrawn struct {
	Release     string    `json:"release"`
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Revision    int       `json:"revision"`
	Withdrawal  int       `json:"withdrawal"` // the n-th of the release, from 1
	Whole       bool      `json:"whole"`
	Lines       int       `json:"lines"`                 // how many are withdrawn; of the whole list where it is withdrawn
	From        time.Time `json:"from"`                  // from when on they do not answer
	Retroactive bool      `json:"retroactive,omitempty"` // from the effective instant on, however long ago that is
	Reason      string    `json:"reason"`
	WithdrawnBy string    `json:"withdrawn_by"`
	InForce     string    `json:"in_force,omitempty"` // the release that answers from then on in its place
	Changed     int       `json:"changed"`            // price.changed or item.changed events in the batch
	Checksum    string    `json:"checksum"`           // SHA-256 over the ids of those events in order, hex
	WithdrawnAt time.Time `json:"withdrawn_at"`
}

// ReleaseMissing is the payload of TypeReleaseMissing: a month is to be published soon and nothing is approved for it.
type ReleaseMissing struct {
	Release     string    `json:"release"` // the one that is awaited
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Revision    int       `json:"revision"`
	PublishAt   time.Time `json:"publish_at"` // the latest instant at which it is to be published
	EffectiveAt time.Time `json:"effective_at"`
	Days        int       `json:"days"` // whole days left until it is to be published; negative when that has passed
	NoticedAt   time.Time `json:"noticed_at"`
}
