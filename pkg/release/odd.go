package release

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Odd is a line of a set that goes another way than the same line does in most other markets and currencies.
type Odd struct {
	Release  string
	Identity pricelist.Identity
	Change   listing.Change
	Percent  *money.Decimal // how far its ERP price goes; nil when it does not move or was 0
	Usual    listing.Change // what most others do
	UsualBy  *money.Decimal // how far most others go
	Others   int            // how many others do that
	Of       int            // of how many in all, this one included
}

// leastGroup is how many markets and currencies must hold a line before one of them can be odd.
const leastGroup = 3

// within is by how many percentage points moves may differ and still be the same: currencies round differently.
const within = 1

// oddities gathers what happens to each line across markets and currencies: first what changes, of all releases, then what does not. A line
// that changes nowhere is not kept, so that it holds no more than the changes times the markets and currencies.
type oddities struct {
	groups  map[pricelist.Identity][]Odd // by identity without market and currency
	changed map[pricelist.Identity]bool
}

// change takes a release's differences, without unchanged ones.
func (o *oddities) change(release string, differences []pricelist.Difference) {
	if o.groups == nil {
		o.groups, o.changed = map[pricelist.Identity][]Odd{}, map[pricelist.Identity]bool{}
	}
	for _, d := range differences {
		o.changed[d.Identity] = true
		x := Odd{Release: release, Identity: d.Identity, Change: d.Change}
		if _, erp, ok := d.Moves(); ok && d.Change == listing.PriceChanged {
			x.Percent = erp.Percent
		}
		o.group(x)
	}
}

// keep takes all lines of a release, when the changes of every release were taken.
func (o *oddities) keep(release string, lines []pricelist.Line) {
	for i := range lines {
		id := lines[i].Identity
		key := id
		key.Market, key.Currency = "", ""
		if repeated := i > 0 && lines[i-1].Identity == id; len(o.groups[key]) > 0 && !o.changed[id] && !repeated {
			o.group(Odd{Release: release, Identity: id, Change: listing.Unchanged})
		}
	}
}

func (o *oddities) group(x Odd) {
	key := x.Identity
	key.Market, key.Currency = "", ""
	o.groups[key] = append(o.groups[key], x)
}

// find returns the lines that are odd, in order of product, SKU, term and billing plan, then market and currency: where more than half of
// a group do the same, those that do something else.
func (o *oddities) find() []Odd {
	var odd []Odd
	for _, group := range o.groups {
		if len(group) < leastGroup {
			continue
		}
		usual, n := most(group)
		if 2*n <= len(group) {
			continue
		}
		for _, x := range group {
			if !alike(x, usual) {
				x.Usual, x.UsualBy, x.Others, x.Of = usual.Change, usual.Percent, n, len(group)
				odd = append(odd, x)
			}
		}
	}
	slices.SortFunc(odd, func(a, b Odd) int {
		x, y := a.Identity, b.Identity
		x.Market, x.Currency, y.Market, y.Currency = "", "", "", ""
		if c := x.Compare(y); c != 0 {
			return c
		}
		return strings.Compare(a.Identity.Market+a.Identity.Currency, b.Identity.Market+b.Identity.Currency)
	})
	return odd
}

// most returns the member of a group that most others are like, and how many are, itself included. It looks at one of each kind and whole
// percentage, so that a set of many markets costs no more than a walk.
func most(group []Odd) (Odd, int) {
	type kind struct {
		change  listing.Change
		percent string
	}
	counts, samples := map[kind]int{}, map[kind]Odd{}
	var largest kind
	for _, x := range group {
		k := kind{change: x.Change}
		if x.Percent != nil {
			k.percent = x.Percent.Exact().Round(0).String()
		}
		if counts[k]++; counts[k] == 1 {
			samples[k] = x
		}
		if counts[k] > counts[largest] {
			largest = k
		}
	}
	best, n := samples[largest], 0
	for _, x := range group {
		if alike(x, best) {
			n++
		}
	}
	return best, n
}

func alike(a, b Odd) bool {
	if a.Change != b.Change || (a.Percent == nil) != (b.Percent == nil) {
		return false
	}
	if a.Percent == nil {
		return true
	}
	apart := a.Percent.Exact().Sub(b.Percent.Exact()).Abs()
	return !apart.GreaterThan(money.Int(within).Exact())
}
