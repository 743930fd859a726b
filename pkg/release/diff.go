package release

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Comparison is a release beside another one.
type Comparison struct {
	Release string
	List    string
	Against string // release id, empty when there is none: everything is added
	// Planned says that the other one is approved but not public yet.
	Planned bool
	Summary listing.Counts
	Renamed int                    // of the changed lines, those with another title
	Lines   []pricelist.Difference // in order of identities, without unchanged ones
	Items   []item.Difference      // in order of keys, without unchanged ones
	Totals  []Total
}

// Total counts the lines of a diff that have something in common.
type Total struct {
	By     string // product or segment
	Name   string
	Counts listing.Counts
}

// Diff compares a release with another one of its list and market, or, when against is empty, with its predecessor: for a public release
// the one it was published against, for another the one that, as far as is known now, will be before it when it goes public.
func (d *Desk) Diff(ctx context.Context, id, against string, now time.Time) (Comparison, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Comparison{}, err
	}
	r = r.approvedAt(now)
	known, err := d.compared(ctx, r, against, all)
	if err != nil {
		return Comparison{}, err
	}
	sum := r.Sheet
	if r.Told() || against != "" {
		r.Kind, sum = Full, r.Content // what it came to say, whatever it was made from
	}
	own, err := d.load(ctx, r.Slot.List, sum)
	if err != nil {
		return Comparison{}, err
	}
	c, err := d.differ(ctx, r, own, known)
	if err != nil {
		return Comparison{}, err
	}
	other, found := Predecessor(r.EffectiveAt, known)
	result := Comparison{
		Release: r.ID, List: r.Slot.List, Against: c.predecessor, Planned: found && other.State.Open(), Summary: c.counts, Totals: totals(c.differences),
		Lines: slices.DeleteFunc(c.differences, func(x pricelist.Difference) bool { return x.Change == listing.Unchanged }),
		Items: slices.DeleteFunc(c.items, func(x item.Difference) bool { return x.Change == listing.Unchanged }),
	}
	for i := range result.Lines {
		if result.Lines[i].Renamed() {
			result.Renamed++
		}
	}
	return result, nil
}

// compared returns what is known when a release is compared.
func (d *Desk) compared(ctx context.Context, r Release, against string, all []Release) ([]Release, error) {
	if against != "" {
		other, err := d.store.Get(ctx, against)
		if err != nil {
			return nil, err
		}
		return only(other, r)
	}
	if r.Told() && !r.Backfilled {
		return slices.DeleteFunc(KnownUpTo(r.Slot, all, r.Sequence), func(o Release) bool { return o.ID == r.ID || o.PublishedAt.After(r.PublishedAt) }), nil
	}
	return Considered(r, all), nil
}

// only returns what is known when nothing is but one release, which is taken to be in force before another whenever it takes effect.
func only(other, r Release) ([]Release, error) {
	if other.Slot.line() != r.Slot.line() {
		return nil, fault.New(fault.Invalid, "%s and %s are not of one list and market", r.ID, other.ID).
			WithPlaces(fault.Place{Where: "against", Problem: "not of the release's list and market"})
	}
	other.Withdrawals = nil
	if !other.EffectiveAt.Before(r.EffectiveAt) {
		other.EffectiveAt = r.EffectiveAt.Add(-precision)
	}
	return []Release{other}, nil
}

// totals counts a diff by product and by segment, those with most changes first.
func totals(differences []pricelist.Difference) []Total {
	counts := map[[2]string]*listing.Counts{}
	for i := range differences {
		d := &differences[i]
		line := d.After
		if line == nil {
			line = d.Before
		}
		for _, key := range [][2]string{{"product", line.ProductTitle}, {"segment", line.Segment}} {
			if counts[key] == nil {
				counts[key] = &listing.Counts{}
			}
			counts[key].Add(d.Change)
		}
	}
	all := make([]Total, 0, len(counts))
	for key, c := range counts {
		if c.Different() > 0 {
			all = append(all, Total{key[0], key[1], *c})
		}
	}
	slices.SortFunc(all, func(a, b Total) int {
		switch {
		case a.By != b.By:
			return strings.Compare(a.By, b.By)
		case a.Counts.Different() != b.Counts.Different():
			return b.Counts.Different() - a.Counts.Different()
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}
