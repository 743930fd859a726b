package rate

import (
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

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

	// RowBytes returns the bytes of Rows[i]. It is asked for rows that disagree only, and may be nil when bytes are not kept.
	RowBytes func(i int) []byte
}

// Policy sets the guards.
type Policy struct {
	Shrink       float64       // share of the identities that may be missing before a crawl is refused, 0 to 1: 0.15
	RetireCrawls int           // consecutive complete crawls an identity must be absent from, at least 1: 3
	RetireAfter  time.Duration // and for how long: 72 h
}

// DefaultPolicy is the one the product starts with.
func DefaultPolicy() Policy {
	return Policy{Shrink: 0.15, RetireCrawls: 3, RetireAfter: 72 * time.Hour}
}

// Validate returns an error of kind fault.Invalid that names every value out of its range.
func (p Policy) Validate() error {
	var places []fault.Place
	if !(p.Shrink >= 0 && p.Shrink <= 1) { // NaN included
		places = append(places, fault.Place{Where: "shrink", Problem: "must be from 0 to 1"})
	}
	if p.RetireCrawls < 1 {
		places = append(places, fault.Place{Where: "retire crawls", Problem: "must be at least 1"})
	}
	if p.RetireAfter < 0 {
		places = append(places, fault.Place{Where: "retire after", Problem: "must not be negative"})
	}
	if len(places) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "check rate policy: %s %s", places[0].Where, places[0].Problem).WithPlaces(places...)
}

// shrinks reports whether n identities are too few after there were base. The share is counted in millionths, so that the boundary
// itself is exact: 15 % fewer is not more than 15 % fewer.
func (p Policy) shrinks(n, base int) bool {
	const millionths = 1_000_000
	return int64(base-n)*millionths > int64(p.Shrink*millionths+0.5)*int64(base)
}

// Record is what remains of a crawl: it is published as its crawl.finished event and ends its batch. What was taken from the crawl
// (Counts, Quarantined, Foreign) is zero when it was refused.
type Record struct {
	ID          string // <scope>-<observation time, compact>-<start of the content hash>
	Source      string
	Scope       string
	Currency    string
	At          time.Time // when it started: the observation time
	Finished    time.Time
	Pages       int
	Rows        int // as read, repetitions and quarantined rows included
	Identities  int // distinct, those of foreign rows excepted
	Complete    bool
	Broken      string // why it is not complete
	Partial     bool
	Accepted    bool   // let through by a person
	Refused     string // why nothing was published from it; empty when it was taken
	Content     string // SHA-256 over the set of distinct rows, quarantined ones included, hex
	Traversals  int    // how often the catalogue, or the shard that took longest to settle, was read; 0 for snapshots
	Parts       int    // how many batches its changes came in, 0 for one: those before the last end in a CrawlPart each
	Shards      []ShardRecord
	OfferTerms  []OfferTerm // of a rate card, in order of their names
	Counts      Counts
	Quarantined int // distinct rows
	Foreign     int // distinct rows of identities that another scope owns
}

// ShardRecord is what remains of one shard of a crawl: a part of the catalogue that is read, guarded, and committed or refused for itself.
type ShardRecord struct {
	Name       string // family, or family/region: "compute/westeurope"
	Pages      int
	Rows       int
	Identities int
	Traversals int
	Refused    string // why nothing was taken from it; empty when it was taken
}

// CrawlPart ends each batch but the last of a crawl whose changes need several: a big first crawl, or a month's start.
type CrawlPart struct {
	Crawl    string // the record's ID
	Scope    string
	Currency string
	At       time.Time // of the observation
	Part     int       // counted from 1
	Changes  int       // in its batch
}

// Counts are the changes of a crawl by kind and flag.
type Counts struct {
	Added, PriceChanged, Rescheduled, Renamed, Restated, Retired int
	Corrections, Backdated, Expiring                             int
	Periods                                                      int
}

// add counts a change.
func (n *Counts) add(c *Change) {
	switch c.Kind {
	case Added:
		n.Added++
	case PriceChanged:
		n.PriceChanged++
	case Rescheduled:
		n.Rescheduled++
	case Renamed:
		n.Renamed++
	case Restated:
		n.Restated++
	case Retired:
		n.Retired++
	}
	if c.Correction {
		n.Corrections++
	}
	if c.Backdated {
		n.Backdated++
	}
	if c.Expiring {
		n.Expiring++
	}
	n.Periods += len(c.Periods)
}

// Outcome is all that the ledger decides about an observation.
type Outcome struct {
	Record      Record
	Repeated    bool     // already made; nothing is to be published
	Changes     []Change // in order of their keys
	Quarantined []Quarantined

	verdict *Verdict
	parts   []Part
}

// Taken reports whether the observation was taken: neither refused nor already made.
func (o *Outcome) Taken() bool { return !o.Repeated && o.Record.Refused == "" }

// Judge decides what an observation that is held in memory changes, as Survey.Judge does, and modifies nothing: Apply takes the outcome over
// once it is published.
func (l *Ledger) Judge(obs Observation, policy Policy) (Outcome, error) {
	s, err := l.Survey(Crawl{Source: obs.Source, Scope: obs.Scope, Currency: obs.Currency, At: obs.At, Partial: obs.Partial, Accepted: obs.Accepted})
	if err != nil {
		return Outcome{}, err
	}
	if err := obs.hand(s.Shard("", Everything, &MemorySpool{})); err != nil {
		return Outcome{}, err
	}
	v, err := s.Judge(Ending{Finished: obs.Finished}, policy)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Repeated: v.Repeated, verdict: v}
	for v.Taken() {
		p, err := v.Next(outcomePart)
		if err != nil {
			return Outcome{}, err
		}
		o.Changes, o.Quarantined, o.parts = append(o.Changes, p.Changes...), append(o.Quarantined, p.Quarantined...), append(o.parts, p)
		if p.Last {
			break
		}
	}
	o.Record, o.Quarantined = v.Record, distinct(o.Quarantined)
	return o, nil
}

// outcomePart is how many identities are decided about at a time.
const outcomePart = 1000

// hand gives all rows of an observation to a shard.
func (obs *Observation) hand(to *Shard) error {
	if err := to.Begin(); err != nil {
		return err
	}
	for i := range obs.Rows {
		var raw []byte
		if obs.RowBytes != nil {
			raw = obs.RowBytes(i)
		}
		if err := to.Row(&obs.Rows[i], raw); err != nil {
			return err
		}
	}
	for i := range obs.Quarantined {
		if err := to.Bad(&obs.Quarantined[i]); err != nil {
			return err
		}
	}
	return to.End(Traversal{Pages: obs.Pages, Rows: len(obs.Rows) + len(obs.Quarantined), Complete: obs.Complete, Broken: obs.Broken, Snapshot: true})
}

// Apply takes over what was judged, once it is published. An outcome that was refused or repeated changes nothing. An outcome that was
// judged on another state than the present one is an error of kind fault.Conflict and changes nothing: judge again.
func (l *Ledger) Apply(o Outcome) error {
	for _, p := range o.parts {
		if o.verdict.survey.ledger != l {
			return o.verdict.moved()
		}
		if err := o.verdict.Apply(p); err != nil {
			return err
		}
	}
	return nil
}
