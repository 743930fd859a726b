package access

import (
	"context"
	"time"
)

// Outcomes of what is recorded, beside the kinds of pkg/fault.
const (
	Begun = "begun" // it is about to be done; what became of it is told by a later record of the same request
	Done  = "done"
)

// Record says that somebody changed something, or tried to.
type Record struct {
	Sequence  uint64 // as the log counts, from 1 up, with gaps; 0: never stored
	At        time.Time
	Request   string // one for all records of a request
	Who       string
	Via       Via
	Token     string // id of the token it came with; empty for others
	Operation string // what was asked for, for example approve-release
	Object    string // of what, for example license-us-2026-12-r1; empty where it had no name yet
	Address   string // whence
	Outcome   string // Begun, Done, or the kind of the fault that it ended with
	Status    int    // HTTP's, 0 where there is none
}

// Log is the record of what was written. It is only added to.
type Log interface {
	// Append stores a record durably. After an error it is unknown whether it was stored.
	Append(ctx context.Context, r Record) error
	// List returns up to limit records, newest first, those below a sequence; 0: from the newest. There are no more where it returns fewer.
	List(ctx context.Context, below uint64, limit int) ([]Record, error)
}
