package client

import (
	"time"
)

// Release is a release of a list.
type Release struct {
	ETag               string            `json:"-"` // version of the record, for IfMatch; empty in lists and sets
	ID                 string            `json:"id"`
	List               string            `json:"list"`
	Market             string            `json:"market"`
	Month              string            `json:"month"`
	Revision           int               `json:"revision"`
	State              string            `json:"state"` // draft, in_review, approved, published, effective, superseded, rejected, withdrawn
	Kind               string            `json:"kind"`  // full, delta
	EffectiveAt        time.Time         `json:"effective_at"`
	PublishAt          time.Time         `json:"publish_at"`
	PublishedAt        *time.Time        `json:"published_at"`
	CreatedBy          string            `json:"created_by"`
	SubmittedBy        string            `json:"submitted_by"`
	ApprovedBy         string            `json:"approved_by"`
	Lines              int               `json:"lines"`    // lines of the whole list
	Checksum           string            `json:"checksum"` // SHA-256 over the ids of its published lines, in order; empty before publication
	Content            string            `json:"content"`  // SHA-256 of the whole list
	Notice             Notice            `json:"notice"`
	Diff               DiffCounts        `json:"diff"` // lines by change kind, against the predecessor
	Problems           []Problem         `json:"problems"`
	Acknowledged       []Acknowledgement `json:"acknowledged"` // warnings that somebody took responsibility for
	Baseline           bool              `json:"baseline"`     // the market's first release
	Predecessor        string            `json:"predecessor"`
	Supersedes         string            `json:"supersedes"`
	SupersededBy       string            `json:"superseded_by"`
	Held               string            `json:"held"`                // why it waits for an approver although it is due
	Corrects           string            `json:"corrects"`            // the release that it mends; empty when it mends none
	Retroactive        bool              `json:"retroactive"`         // A correction that takes effect when what it mends did
	FollowsPublication bool              `json:"follows_publication"` // it takes effect when it is published, whenever that is
	Backfilled         bool              `json:"backfilled"`          // A list of the past, which counts as published when it was
	Reason             string            `json:"reason"`              // why it mends another, or is loaded late
	Set                string            `json:"set"`                 // the set it is prepared with; empty when it is alone
	Withdrawals        []Withdrawal      `json:"withdrawals"`         // what of it was taken back, in the order in which that was asked for
}

// Notice is the notice a release gives.
type Notice struct {
	Policy string `json:"policy"`
	Days   int    `json:"days"` // whole days, planned before publication and true after
	Short  bool   `json:"short"`
	Reason string `json:"reason"`
}

// DiffCounts are the lines of a diff by change kind.
type DiffCounts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

// Problem is something wrong or noteworthy at one place of a sheet.
type Problem struct {
	Severity string `json:"severity"` // error, warning, note
	Rule     string `json:"rule"`
	Sheet    string `json:"sheet,omitempty"`
	Row      int    `json:"row"` // as counted in the file, the header being row 1; 0: the whole
	Column   string `json:"column"`
	Value    string `json:"value"`
	Text     string `json:"text"`
}

// Acknowledgement is that somebody took responsibility for the warnings of a rule.
type Acknowledgement struct {
	Rule string    `json:"rule"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// Withdrawal is that a release, or some of its lines, are taken back.
type Withdrawal struct {
	N           int        `json:"n"` // its place among the release's withdrawals, from 1
	By          string     `json:"by"`
	At          time.Time  `json:"at"` // when it was asked for
	Reason      string     `json:"reason"`
	Retroactive bool       `json:"retroactive"`
	Lines       int        `json:"lines"`    // how many lines; 0: all
	KnownAt     *time.Time `json:"known_at"` // when it became known; nil while it is pending
	From        *time.Time `json:"from"`     // from when on the lines do not answer; nil while it is pending
	InForce     string     `json:"in_force"` // the release in force from then on without it; empty when none is
	Pending     bool       `json:"pending"`  // the world was not told of it yet
}

// LogEntry is one line of the log of a release.
type LogEntry struct {
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Reason string    `json:"reason"`
}

// Transition says why a release is moved on; each act uses what it needs.
type Transition struct {
	Reason      string `json:"reason,omitempty"`       // why; needed to reject
	ShortNotice string `json:"short_notice,omitempty"` // why it goes out with less notice than the policy asks for
	Acknowledge string `json:"acknowledge,omitempty"`  // rules of warnings that whoever acts takes responsibility for, separated by commas
}

// Lint is what is to be said of a sheet.
type Lint struct {
	Lines       int        `json:"lines"`
	Errors      int        `json:"errors"`
	Warnings    int        `json:"warnings"`
	Notes       int        `json:"notes"`
	Predecessor string     `json:"predecessor"` // the release it was compared with; empty when there is none
	Diff        DiffCounts `json:"diff"`
	Problems    []Problem  `json:"problems"`
}
