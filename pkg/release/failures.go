package release

import (
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// failures gathers what keeps the members of a set from being moved together.
type failures struct {
	places []fault.Place
	kind   fault.Kind
	hint   string
	count  int
}

func (f *failures) add(who string, err error) {
	if f.count++; f.count == 1 {
		f.kind, f.hint = fault.KindOf(err), fault.HintOf(err)
	}
	inner := fault.PlacesOf(err)
	if len(inner) == 0 {
		f.places = append(f.places, fault.Place{Where: who, Problem: err.Error()})
	}
	for _, p := range inner[:min(len(inner), shownPlaces)] {
		f.places = append(f.places, fault.Place{Where: who + ", " + p.Where, Problem: p.Problem})
	}
}

// fault returns what failed as one fault of the first one's kind, nil when nothing did.
func (f *failures) fault(what string, of int) error {
	if f.count == 0 {
		return nil
	}
	e := fault.New(f.kind, "%s: %d of %d cannot be, the first in %s: %s", what, f.count, of, f.places[0].Where, f.places[0].Problem).WithPlaces(f.places...)
	if f.hint != "" {
		e = e.WithHint("%s", f.hint)
	}
	return e
}

// problemsOf returns the problems of several releases.
func problemsOf(releases []Release) []listing.Problem {
	var all []listing.Problem
	for i := range releases {
		all = append(all, releases[i].Problems...)
	}
	return all
}
