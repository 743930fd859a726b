package listing

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// Edition is a published list as far as it matters for which one is in force.
type Edition struct {
	Release     string // release id
	Revision    int
	EffectiveAt time.Time
	Withdrawn   time.Time // from here on it was taken back as a whole; zero: it was not
}

// Holds reports whether the edition has taken effect by v and is not withdrawn there.
func (e Edition) Holds(v time.Time) bool {
	return !v.Before(e.EffectiveAt) && (e.Withdrawn.IsZero() || v.Before(e.Withdrawn))
}

// Compare orders editions by which is in force: the greater of two that hold.
func (e Edition) Compare(o Edition) int {
	return cmp.Or(e.EffectiveAt.Compare(o.EffectiveAt), cmp.Compare(e.Revision, o.Revision), cmp.Compare(e.Release, o.Release))
}

// InForce returns the place of the edition in force at v among editions in the order of Compare; -1 when none is.
func InForce(editions []Edition, v time.Time) int {
	for i := len(editions) - 1; i >= 0; i-- {
		if editions[i].Holds(v) {
			return i
		}
	}
	return -1
}

// Before returns the place of the edition in force just before an instant, which one that takes effect then is compared with; -1 when none
// is: such an edition is a baseline.
func Before(editions []Edition, effectiveAt time.Time) int {
	return InForce(editions, effectiveAt.Add(-1))
}

// Reign is a range of valid time in which the same editions hold.
type Reign struct {
	effective.Period
	// Order are the places of the editions that hold: first the one in force, then those that answer where it leaves the question to its
	// predecessor. Of several that take effect at one instant only the greatest is there.
	Order []int
}

// Reigns cuts the whole of valid time where another edition comes to hold, for editions in the order of Compare.
func Reigns(editions []Edition) []Reign {
	bounds := []time.Time{{}}
	for i := range editions {
		bounds = append(bounds, editions[i].EffectiveAt)
		if w := editions[i].Withdrawn; !w.IsZero() {
			bounds = append(bounds, w)
		}
	}
	slices.SortFunc(bounds, time.Time.Compare)
	bounds = slices.CompactFunc(bounds, time.Time.Equal)
	reigns := make([]Reign, len(bounds))
	for i, from := range bounds {
		reigns[i] = Reign{Period: effective.Period{From: from}, Order: holding(editions, from)}
		if i+1 < len(bounds) {
			reigns[i].To = bounds[i+1]
		}
	}
	return reigns
}

func holding(editions []Edition, v time.Time) []int {
	var order []int
	for i := len(editions) - 1; i >= 0; i-- {
		if !editions[i].Holds(v) {
			continue
		}
		if n := len(order); n > 0 && editions[order[n-1]].EffectiveAt.Equal(editions[i].EffectiveAt) {
			continue // the greater revision of the instant stands for it
		}
		order = append(order, i)
	}
	return order
}
