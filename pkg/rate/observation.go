package rate

import "time"

// Observation is what one crawl of a scope saw: the time it started, and all of its rows.
type Observation struct {
	Source      string // where the rows came from, as crawl records name it
	Scope       string // whose state the rows speak of: <source>-<currency> unless named
	Currency    string
	At          time.Time
	Finished    time.Time // when the last row had been read; At for snapshots
	Pages       int
	Complete    bool   // false when the traversal broke off
	Broken      string // why it is not complete
	Partial     bool   // a window, not a whole: absence means nothing and there is no shrink guard
	Accepted    bool   // a person overrides the guards
	Rows        []Row
	Quarantined []Quarantined // rows that could not be read; rows that disagree are found by the ledger
}

// Policy sets the guards.
type Policy struct {
	Shrink       float64       // share of the identities that may be missing before a crawl is refused: 0.15
	RetireCrawls int           // consecutive complete crawls an identity must be absent from: 3
	RetireAfter  time.Duration // and for how long: 72 h
}

// DefaultPolicy is the one the product starts with.
func DefaultPolicy() Policy {
	return Policy{Shrink: 0.15, RetireCrawls: 3, RetireAfter: 72 * time.Hour}
}

// Record is what remains of a crawl: it is published as its crawl.finished event and ends its batch.
type Record struct {
	ID          string // <scope>-<observation time, compact>-<start of the content hash>
	Source      string
	Scope       string
	Currency    string
	At          time.Time // when it started: the observation time
	Finished    time.Time
	Pages       int
	Rows        int // as read, repetitions included
	Identities  int // distinct
	Complete    bool
	Partial     bool
	Accepted    bool   // let through by a person
	Refused     string // why nothing was published from it; empty when it was taken
	Content     string // SHA-256 over the set of distinct rows, hex
	Counts      Counts
	Quarantined int
	Foreign     int // rows of identities that another scope owns
}

// Counts are the changes of a crawl by kind and flag.
type Counts struct {
	Added, PriceChanged, Rescheduled, Renamed, Restated, Retired int
	Corrections, Backdated, Expiring                             int
	Periods                                                      int
}

// Outcome is what the ledger decides about an observation.
type Outcome struct {
	Record      Record
	Repeated    bool     // already made; nothing is to be published
	Changes     []Change // in order of their keys
	Quarantined []Quarantined
}
