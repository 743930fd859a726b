package release

import (
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Bounds: how many problems of one rule a record keeps, and how many places an error names.
const (
	keptProblems = 25
	shownPlaces  = 100
)

// errorsIn returns an invalid fault that names the errors among problems, nil when there are none.
func errorsIn(problems []listing.Problem) error {
	var places []fault.Place
	count := 0
	for _, p := range problems {
		if !p.Stops() {
			continue
		}
		if count++; len(places) < shownPlaces {
			places = append(places, fault.Place{Where: p.Place(), Problem: p.Said()})
		}
	}
	if count == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "the list has %d errors, the first in %s: %s", count, places[0].Where, places[0].Problem).
		WithPlaces(places...).WithHint("mend the sheet; pricewire release lint FILE names every problem")
}

// unacknowledged returns a refusal that names the warnings somebody must take responsibility for and nobody has.
func unacknowledged(id string, problems []listing.Problem, acknowledged []string) error {
	for _, p := range problems {
		if p.Acknowledge && !slices.Contains(acknowledged, p.Rule) {
			return fault.New(fault.Refused, "%s: %s", id, p.Text).
				WithHint("if that is meant, acknowledge it: pricewire release approve %s --acknowledge %s", id, p.Rule)
		}
	}
	return nil
}

// checkAcknowledged returns an invalid fault when a name is not that of a rule that can be acknowledged.
func checkAcknowledged(rules []string) error {
	for _, rule := range rules {
		if rule != pricelist.RuleLinesGone {
			return badParameter("acknowledge", "%q is not a warning that can be acknowledged", rule).
				WithHint("the one that can is %s", pricelist.RuleLinesGone)
		}
	}
	return nil
}

// union returns the sorted names that are in either list.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Clip(slices.Compact(all))
}
