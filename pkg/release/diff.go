package release

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Comparison is a release beside another one.
type Comparison struct {
	Release string
	Against string // release id, empty when there is none: everything is added
	// Planned says that the other one is approved but not public yet.
	Planned bool
	Summary listing.Counts
	Lines   []pricelist.Difference // in order of identities, without unchanged ones
}

// Diff compares a release with another one of its list and market, or, when against is empty, with its predecessor: for a public release
// the one it was published against, for another the one that, as far as is known now, will be before it when it goes public.
func (d *Desk) Diff(ctx context.Context, id, against string, now time.Time) (Comparison, error) {
	r, all, err := d.open(ctx, id)
	if err != nil {
		return Comparison{}, err
	}
	known, err := d.compared(ctx, r, against, now, all)
	if err != nil {
		return Comparison{}, err
	}
	sum := r.Sheet
	if r.State.Public() || against != "" {
		r.Kind, sum = Full, r.Content // what it came to say, whatever it was made from
	}
	own, err := d.lists.Lines(ctx, sum)
	if err != nil {
		return Comparison{}, err
	}
	c, err := d.differ(ctx, r, own, known)
	if err != nil {
		return Comparison{}, err
	}
	other, found := Predecessor(r.EffectiveAt, known)
	return Comparison{
		Release: r.ID, Against: c.predecessor, Planned: found && other.State.Open(), Summary: c.counts,
		Lines: slices.DeleteFunc(c.differences, func(x pricelist.Difference) bool { return x.Change == listing.Unchanged }),
	}, nil
}

// compared returns what is known when a release is compared.
func (d *Desk) compared(ctx context.Context, r Release, against string, now time.Time, all []Release) ([]Release, error) {
	if against != "" {
		other, err := d.store.Get(ctx, against)
		if err != nil {
			return nil, err
		}
		return only(other, r)
	}
	known := Considered(r.approvedAt(now), all)
	if r.State.Public() {
		known = slices.DeleteFunc(known, func(o Release) bool { return o.Sequence == 0 || o.Sequence > r.Sequence })
	}
	return known, nil
}

// only returns what is known when nothing is but one release, which is taken to be in force before another whenever it takes effect.
func only(other, r Release) ([]Release, error) {
	if other.Slot.line() != r.Slot.line() {
		return nil, fault.New(fault.Invalid, "%s and %s are not of one list and market", r.ID, other.ID)
	}
	if !other.EffectiveAt.Before(r.EffectiveAt) {
		other.EffectiveAt = r.EffectiveAt.Add(-precision)
	}
	return []Release{other}, nil
}
