package current

import (
	"slices"
	"time"
)

// Stats is what is kept of one stream, and how far it is.
type Stats struct {
	Stream    string // with its incarnation
	Answers   int
	Bytes     int       // about, of all that is kept of them
	Loaded    bool      // whether everything was loaded that there is room for
	Received  uint64    // up to which its messages were received
	Confirmed uint64    // up to which they can be queried, and are in the answers
	Doubtful  int       // changes received that cannot be queried yet
	Dropped   uint64    // answers that a change made uncertain, since the follower began
	Newest    time.Time // when the newest change known became known
}

// Totals are counts of all streams since the start.
type Totals struct {
	Hits   uint64 // questions answered from memory
	Misses uint64 // questions that went to history
	Left   uint64 // answers that were not kept for want of room
}

// Stats returns how each stream is that is followed, in order of their names.
func (c *Current) Stats() []Stats {
	followers := c.all()
	all := make([]Stats, len(followers))
	for i, f := range followers {
		all[i] = f.stats()
	}
	slices.SortFunc(all, func(a, b Stats) int {
		if a.Stream < b.Stream {
			return -1
		}
		return 1
	})
	return all
}

func (f *follower) stats() Stats {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s := Stats{Stream: f.name.String(), Received: f.received, Confirmed: f.confirmed, Doubtful: len(f.pending), Dropped: f.dropped}
	f.keeper.stats(&s)
	s.Loaded = s.Loaded && f.ready && !f.flooded
	return s
}

// Totals returns the counts of all streams.
func (c *Current) Totals() Totals {
	return Totals{Hits: c.hits.Load(), Misses: c.misses.Load(), Left: c.left.Load()}
}
