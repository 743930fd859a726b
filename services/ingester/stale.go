package ingester

import (
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
)

// stalePrefix begins the keys of notes that say how long the crawls of a scope have been refused.
const stalePrefix = rate.NotePrefix + "stale/"

// staleNote is a rate.Stale as it is noted; what was taken is in the ledger itself.
type staleNote struct {
	Refused int       `json:"refused"`
	Since   time.Time `json:"since"`
	Last    time.Time `json:"last"`
}

// staleness is how long the crawls of a scope have been refused, with the one that is being refused.
func (b *book) staleness(r *rate.Record) rate.Stale {
	var n staleNote
	if json.Unmarshal(b.ledger.Note(stalePrefix+r.Scope), &n) != nil {
		n = staleNote{}
	}
	taken, _ := b.ledger.Last(r.Scope)
	return rate.Stale{Refused: n.Refused, Since: n.Since, Last: n.Last}.Then(r.At.UTC(), taken.UTC())
}

// stale returns the note of it.
func (b *book) stale(scope string, s rate.Stale) rate.Entry {
	n, _ := json.Marshal(staleNote{s.Refused, s.Since, s.Last}) // plain fields
	return rate.Entry{Key: stalePrefix + scope, Value: n}
}
