package item

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// List is a published list: when it takes effect, its items, and what of it was withdrawn.
type List struct {
	listing.Edition
	Items  []Item               // in the order of Canonical
	Lapsed map[string]time.Time // keys that were withdrawn one by one, and from when on
}

// NewList makes a list of items in any order, of which nothing is withdrawn.
func NewList(release string, revision int, effectiveAt time.Time, items []Item) List {
	return List{Edition: listing.Edition{Release: release, Revision: revision, EffectiveAt: effectiveAt.UTC()}, Items: Canonical(items)}
}

// Canonical returns the items in order of their keys, each once. It returns items itself when nothing is to be done, else a new slice.
func Canonical(items []Item) []Item {
	if slices.IsSortedFunc(items, Item.Compare) && !repeats(items) {
		return items
	}
	sorted := slices.Clone(items)
	slices.SortFunc(sorted, Item.Compare)
	return slices.CompactFunc(sorted, func(a, b Item) bool { return a.Compare(b) == 0 })
}

func repeats(items []Item) bool {
	for i := 1; i < len(items); i++ {
		if items[i-1].Compare(items[i]) == 0 {
			return true
		}
	}
	return false
}

// Of returns the item with a key, nil when the list does not hold it.
func (l List) Of(key string) *Item {
	i := sort.Search(len(l.Items), func(i int) bool { return l.Items[i].Key >= key })
	if i == len(l.Items) || l.Items[i].Key != key {
		return nil
	}
	return &l.Items[i]
}

// Resolve makes the whole list that a delta stands for: the predecessor's items, with those in the delta in their place. Absent means
// unchanged; nothing is removed.
func Resolve(delta, predecessor []Item) []Item {
	given := map[string]bool{}
	for _, i := range delta {
		given[i.Key] = true
	}
	whole := slices.Clone(delta)
	for _, i := range predecessor {
		if !given[i.Key] {
			whole = append(whole, i)
		}
	}
	return Canonical(whole)
}

// Difference is one key of a diff. Before is nil when the item is added, After when it is removed.
type Difference struct {
	Key           string
	Change        listing.Change // added, changed, removed or unchanged
	Before, After *Item
}

// Diff compares two lists' items, key by key and in their order; unchanged ones are included. Both must be in the order of Canonical.
func Diff(before, after []Item) ([]Difference, listing.Counts) {
	var (
		differences []Difference
		counts      listing.Counts
		old, own    = List{Items: before}, List{Items: after}
	)
	for _, key := range keys(before, after) {
		d := difference(key, old.Of(key), own.Of(key))
		counts.Add(d.Change)
		differences = append(differences, d)
	}
	return differences, counts
}

func difference(key string, before, after *Item) Difference {
	d := Difference{Key: key, Change: listing.Unchanged, Before: before, After: after}
	switch {
	case before == nil && after == nil:
	case before == nil:
		d.Change = listing.Added
	case after == nil:
		d.Change = listing.Removed
	case before.Compare(*after) != 0:
		d.Change = listing.Changed
	}
	return d
}

// keys returns every key of some lists once, in order.
func keys(lists ...[]Item) []string {
	seen := map[string]bool{}
	for _, items := range lists {
		for i := range items {
			seen[items[i].Key] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), strings.Compare)
}
