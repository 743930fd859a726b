package release

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Bounds: how many problems of one rule a record keeps, and how many places an error names.
const (
	keptProblems = 25
	shownPlaces  = 100
)

// unacknowledged returns a refusal that names the warnings somebody must take responsibility for and nobody has.
func unacknowledged(r Release) error {
	var rules []string
	var places []fault.Place
	for _, p := range r.Problems {
		if p.Severity != listing.Warning || slices.ContainsFunc(r.Acknowledged, func(a Acknowledgement) bool { return a.Rule == p.Rule }) {
			continue
		}
		if !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
		if len(places) < shownPlaces {
			places = append(places, fault.Place{Where: p.Place(), Problem: p.Said()})
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return fault.New(fault.Refused, "%s has warnings that nobody has acknowledged, the first in %s: %s", r.ID, places[0].Where, places[0].Problem).
		WithPlaces(places...).WithHint("if all of them are meant, say so: --acknowledge %s", strings.Join(rules, ","))
}

// checkAcknowledged returns an invalid fault when a name is neither that of a warning that was found nor of one that lists of prices can
// have. What is acknowledged and not there does no harm.
func checkAcknowledged(rules []string, problems []listing.Problem) error {
	for _, rule := range rules {
		if rule == RuleLaterList || slices.Contains(pricelist.Warnings(), rule) || warned(problems, rule) {
			continue
		}
		var found []string
		for _, p := range problems {
			if p.Severity == listing.Warning && !slices.Contains(found, p.Rule) {
				found = append(found, p.Rule)
			}
		}
		hint := "there is no warning: leave it out"
		if len(found) > 0 {
			hint = "the warnings there are: " + strings.Join(found, ", ")
		}
		return badParameter("acknowledge", "%q is not a warning", rule).WithHint("%s", hint)
	}
	return nil
}

func warned(problems []listing.Problem, rule string) bool {
	return slices.ContainsFunc(problems, func(p listing.Problem) bool { return p.Severity == listing.Warning && p.Rule == rule })
}
