package release

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/trace"
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

// ForPeople returns the state as people see it: publishing shows as approved.
func (s State) ForPeople() State {
	if s == Publishing {
		return Approved
	}
	return s
}

// Open reports whether a release in this state is still on its way to publication. A slot holds one open release at a time.
func (s State) Open() bool { return s == Draft || s == InReview || s == Approved || s == Publishing }

// Public reports whether a release in this state is known to the world and not withdrawn: whether it counts for what is in force.
func (s State) Public() bool { return s == Published || s == Effective || s == Superseded }

// The lists. License holds prices; the others hold items.
const (
	License   = "license"
	Offers    = "offers"
	Services  = "services"
	Documents = "documents"
)

// Worldwide stands in the place of a market where a list has none.
const Worldwide = "WW"

// Priced reports whether a list's lines are prices; those of the other lists are items.
func Priced(list string) bool { return list == License }

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

// line returns the list and market of a slot.
func (s Slot) line() line { return line{s.List, s.Market} }

// line is a list and a market. Its releases are published one after the other.
type line struct{ list, market string }

// Notice is how long before its effective instant a release was or will be public.
type Notice struct {
	Policy string // as effective.ParseNotice reads it
	Days   int    // really given, whole days; before publication those that are planned
	Short  bool   // fewer than the policy asks for
	Reason string // why short
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
	ApprovedAt   time.Time // of the last approval
	Lines        int
	Content      string // SHA-256 of the whole list's content, hex: its key in the content store
	Sheet        string // SHA-256 of the lines the sheet itself held: for a whole sheet the same as Content
	Checksum     string // of the changed lines as published, hex; frozen when publishing begins
	Notice       Notice
	Diff         listing.Counts
	Problems     []listing.Problem
	Acknowledged []Acknowledgement // warnings that somebody took responsibility for, in order of their rules
	Baseline     bool              // the market's first release
	Predecessor  string            // release id the diff is against; empty for a baseline
	Supersedes   string
	SupersededBy string
	Held         string       // why it waits for an approver although it is due; empty when it does not
	After        uint64       // sequence of the last event of its list and market that its batch follows; frozen when publishing begins
	Sequence     uint64       // of its published event in the stream, 0 before
	Corrects     string       // release id that it mends, empty when it mends none
	Retroactive  bool         // a correction that takes effect when what it mends did
	Follows      bool         // takes effect when it is published, whenever that is
	Backfilled   bool         // a list of the past: it counts as published at PublishAt, and its notice is not judged
	Reason       string       // why it mends another, or is published late
	Set          string       // name of the releases it is prepared with, empty when it is alone
	BegunAt      time.Time    // when publishing began; zero before
	Trace        trace.Parent // of the last approval, zero where that is not known: what its events say caused them
	Withdrawals  []Withdrawal
	Log          []Entry

	// Version is the record's version in the store it was read from, 0 when it was not. Transitions carry it along and Store.Update
	// compares it.
	Version uint64
}

// Acknowledgement is that somebody takes responsibility for a release's warnings of one rule.
type Acknowledgement struct {
	Rule string
	By   string
	At   time.Time
}

// Withdrawal is that a release, or some lines of it, is taken back. It counts once its event is in the stream.
type Withdrawal struct {
	N           int // from 1, in the order in which they were asked for
	By          string
	At          time.Time // when it was asked for
	Reason      string
	Retroactive bool
	Lines       string       // SHA-256 of the lines withdrawn, hex; empty: all
	Count       int          // how many lines; 0: all
	Trace       trace.Parent // of whoever asked for it, zero where that is not known

	KnownAt  time.Time // frozen when its publication begins; zero before
	From     time.Time // from when on the lines do not answer; frozen with KnownAt
	InForce  string    // release in force at From without it, empty when none is; frozen with KnownAt
	After    uint64    // sequence of the last event of its list and market that its batch follows; frozen with KnownAt
	Checksum string    // of the changed lines; frozen with KnownAt
	Sequence uint64    // of its event in the stream, 0 before
}

// Whole reports whether all lines are withdrawn.
func (w Withdrawal) Whole() bool { return w.Lines == "" }

// Told reports whether the world knows of the withdrawal.
func (w Withdrawal) Told() bool { return w.Sequence > 0 }

// Told reports whether the world has been told of the release; it may have been withdrawn since.
func (r Release) Told() bool { return r.Sequence > 0 }

// planned is when the release goes public if nothing is in the way.
func (r Release) planned() time.Time {
	if r.ApprovedAt.After(r.PublishAt) {
		return r.ApprovedAt
	}
	return r.PublishAt
}
