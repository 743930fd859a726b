package release

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// State is where a release is in its life.
type State string

// The states. Publishing is approved with everything frozen that its batch is made of; to people it is still approved.
const (
	Draft      State = "draft"
	InReview   State = "in_review"
	Approved   State = "approved"
	Publishing State = "publishing"
	Published  State = "published"
	Effective  State = "effective"
	Superseded State = "superseded"
	Rejected   State = "rejected"
	Withdrawn  State = "withdrawn"
)

// License is the list of licence prices.
const License = "license"

// SheetKind says whether a sheet holds all lines or only those that change.
type SheetKind string

// The kinds of sheet.
const (
	Full  SheetKind = "full"
	Delta SheetKind = "delta"
)

// Slot is what there is one open revision of: a list, a market and a month.
type Slot struct {
	List   string
	Market string // ISO 3166 alpha-2 upper case, or "WW" where a list has none
	Month  effective.Month
}

// Notice is how long before its effective instant a release was or will be public.
type Notice struct {
	Policy string // as effective.ParseNotice reads it
	Days   int    // really given, whole days; before publication those that are planned
	Short  bool   // fewer than the policy asks for
	Reason string // why short
}

// Entry is one line of a release's log.
type Entry struct {
	At     time.Time
	Who    string
	What   string // created, submitted, approved, rejected, publishing, published, effective, superseded, held
	Reason string
}

// Release is the record of a release.
type Release struct {
	ID           string // <list>-<market>-<YYYY-MM>-r<revision>, lower case
	Slot         Slot
	Revision     int
	State        State
	Kind         SheetKind
	EffectiveAt  time.Time
	PublishAt    time.Time
	PublishedAt  time.Time // zero until published; frozen when publishing begins
	CreatedBy    string
	SubmittedBy  string
	ApprovedBy   string
	Lines        int
	Content      string // SHA-256 of the whole list's content, hex: its key in the content store
	Checksum     string // of the changed lines as published, hex; frozen when publishing begins
	Notice       Notice
	Diff         pricelist.Counts
	Problems     []pricelist.Problem
	Baseline     bool   // the market's first release
	Predecessor  string // release id the diff is against; empty for a baseline
	Supersedes   string
	SupersededBy string
	Held         string // why it waits for an approver although it is due; empty when it does not
	Sequence     uint64 // of its published event in the stream, 0 before
	Log          []Entry
}
