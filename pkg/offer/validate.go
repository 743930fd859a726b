package offer

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// The rules of Validate beside those of item.Validate, by their stable names.
const (
	RuleUnknownPrerequisite = "unknown-prerequisite"
	RuleRequiresItself      = "requires-itself"
	RuleUnknownConversion   = "unknown-conversion"
	RuleNoCountry           = "no-allowed-country"
)

// Check is what rows are validated against.
type Check = item.Check

// Validate returns what is wrong and noteworthy in the rows of a matrix, in the order of item.Sort: what item.Validate says of any list,
// and what the lines of a matrix mean together. A delta refers to the offers of its predecessor as well.
func Validate(rows []item.Row, check Check) []listing.Problem {
	problems := item.Validate(rows, check)
	known := keysOf(rows, check)
	for i := range rows {
		problems = append(problems, judge(&rows[i], known)...)
	}
	item.Sort(problems)
	return problems
}

func keysOf(rows []item.Row, check Check) map[string]bool {
	known := make(map[string]bool, len(rows))
	for i := range rows {
		known[rows[i].Key] = true
	}
	if !check.Whole {
		for i := range check.Before {
			known[check.Before[i].Key] = true
		}
	}
	return known
}

// judge checks one row against the offers there are.
func judge(r *item.Row, known map[string]bool) []listing.Problem {
	var problems []listing.Problem
	needed := split(r.Get(ColumnPrerequisites))
	if slices.Contains(needed, r.Key) {
		problems = append(problems, r.At(listing.Warning, RuleRequiresItself, ColumnPrerequisites, r.Key,
			"the offer is its own prerequisite, which can never be met: take it out"))
	}
	isKnown := func(key string) bool { return known[key] }
	if strange := slices.DeleteFunc(needed, isKnown); len(strange) > 0 {
		problems = append(problems, r.At(listing.Warning, RuleUnknownPrerequisite, ColumnPrerequisites, some(strange, separator),
			"no offer of the matrix: correct the prerequisite, or add the offer; nobody can fulfil it as it is"))
	}
	if strange := slices.DeleteFunc(split(r.Get(ColumnConversions)), isKnown); len(strange) > 0 {
		problems = append(problems, r.At(listing.Note, RuleUnknownConversion, ColumnConversions, some(strange, separator), "no offer of the matrix"))
	}
	if r.Get(ColumnCountries) == "" {
		problems = append(problems, r.At(listing.Warning, RuleNoCountry, ColumnCountries, "",
			"the offer names no country where it may be sold: nobody can order it"))
	}
	return problems
}

// split takes a list of the matrix apart; none when it is empty.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, separator)
}
