package client

import (
	"time"
)

// AuditInput says what to audit.
type AuditInput struct {
	Stream string `json:"stream,omitempty"` // only this stream; all when empty
	Deep   bool   `json:"deep,omitempty"`   // read the streams again and compare every column of every row
	Repair bool   `json:"repair,omitempty"` // fill holes from the streams, and make missing views again
}

// Audit is an audit of the tables.
type Audit struct {
	ID       string            `json:"id"`
	State    string            `json:"state"`   // waiting, running, done, failed
	Phase    string            `json:"phase"`   // what is being done; empty when nothing is
	On       string            `json:"on"`      // with which stream, with its incarnation
	Done     uint64            `json:"done"`    // messages of it that are dealt with
	Total    uint64            `json:"total"`   // of how many
	Started  *time.Time        `json:"started"` // nil: it waits
	Ended    *time.Time        `json:"ended"`   // nil: it has not
	Failure  string            `json:"failure"` // why it failed; empty when it did not
	Stream   string            `json:"stream"`  // the only stream that was asked for; empty: all
	Deep     bool              `json:"deep"`
	Repair   bool              `json:"repair"`
	AtStart  bool              `json:"at_start"` // made by itself when the process started
	Streams  map[string]uint64 `json:"streams"`  // up to which sequence each stream was audited
	Wrong    int               `json:"wrong"`    // findings that have to be dealt with
	Repaired int               `json:"repaired"` // findings that were repaired
	Outdated int               `json:"outdated"` // rows and messages that nothing is wrong with, and that a rebuild would know more of
	Restored uint64            `json:"restored"` // rows that were added
	Findings []Finding         `json:"findings"` // at most the first 1,000 of them; none in a list of audits
}

// Finding is what an audit found.
type Finding struct {
	Kind     string   `json:"kind"`    // hole, double, altered, extra, count, schema, slices, shared, outdated
	Table    string   `json:"table"`   // empty: all that the messages feed
	Stream   string   `json:"stream"`  // with its incarnation; empty: it is about the schema
	First    uint64   `json:"first"`   // sequence of the first message
	Last     uint64   `json:"last"`    // sequence of the last message
	Row      *int     `json:"row"`     // ordinal of the row among those of the message in the table; nil: not one row
	Rows     uint64   `json:"rows"`    // how many rows are concerned; 0: that is not known
	Columns  []string `json:"columns"` // what differs
	Detail   string   `json:"detail"`
	Repaired bool     `json:"repaired"`
	Cure     string   `json:"cure"` // the command that heals it; empty when nothing is to be done
}

// RebuildInput says what to make again.
type RebuildInput struct {
	List string `json:"list,omitempty"` // usage, license, offers, services or documents: the tables that its streams feed; all when empty
}

// Rebuild is how a rebuild goes.
type Rebuild struct {
	ID      string     `json:"id"`
	State   string     `json:"state"`   // waiting, running, done, failed
	Phase   string     `json:"phase"`   // what is being done; empty when nothing is
	On      string     `json:"on"`      // with which stream, with its incarnation
	Done    uint64     `json:"done"`    // messages of it that are dealt with
	Total   uint64     `json:"total"`   // of how many
	Started *time.Time `json:"started"` // nil: it waits
	Ended   *time.Time `json:"ended"`   // nil: it has not
	Failure string     `json:"failure"` // why it failed; empty when it did not
	List    string     `json:"list"`    // empty: all
	Tables  []string   `json:"tables"`  // that are made again
	Streams []string   `json:"streams"` // that they are made from
}
