package item

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
)

// The rules of Validate, by their stable names. They are those of price lists.
const (
	RuleNoLines           = "no-lines"
	RuleDuplicateIdentity = "duplicate-identity"
	RuleRepeatedLine      = "repeated-line"
	RuleLinesGone         = "lines-gone"
)

// GonePercent is the share of the predecessor's lines that a whole sheet may lose without being acknowledged.
const GonePercent = 15

// Check is what rows are validated against. Its zero value checks the rows by themselves.
type Check struct {
	Whole  bool   // a whole sheet: the lines it does not hold are gone
	Before []Item // the predecessor's, nil for a first list
}

// Validate returns what is wrong and noteworthy in the rows of any list, whatever its items say, in the order of Sort. Errors stop a list,
// warnings and notes don't; a problem that has to be acknowledged says so.
func Validate(rows []Row, check Check) []listing.Problem {
	var problems []listing.Problem
	if len(rows) == 0 {
		problems = append(problems, listing.Problem{
			Severity: listing.Error, Rule: RuleNoLines, Text: "the list has no line: check that the right file and sheet were given",
		})
	}
	problems = append(problems, missing(rows, check)...)
	problems = append(problems, repeated(rows)...)
	Sort(problems)
	return problems
}

// Sort orders problems by sheet and row; what is about the whole comes first, and problems of one row stay in their order.
func Sort(problems []listing.Problem) {
	slices.SortStableFunc(problems, func(a, b listing.Problem) int {
		return cmp.Or(strings.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Row, b.Row))
	})
}

// At makes a problem at a row's place.
func (r *Row) At(severity listing.Severity, rule, column, value, text string) listing.Problem {
	return listing.Problem{Severity: severity, Rule: rule, Sheet: r.Sheet, Row: r.Number, Column: column, Value: value, Text: text}
}

// Place names where a row stands, as other problems refer to it.
func (r *Row) Place() string {
	switch {
	case r.Number == 0:
		return "an earlier line"
	case r.Sheet != "":
		return fmt.Sprintf("row %d of sheet %s", r.Number, r.Sheet)
	}
	return fmt.Sprintf("row %d", r.Number)
}

// repeated checks the rows of each key against each other.
func repeated(rows []Row) []listing.Problem {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rows[a].Compare(rows[b].Item) })
	var problems []listing.Problem
	for len(order) > 0 {
		end := 1
		for end < len(order) && rows[order[end]].Key == rows[order[0]].Key {
			end++
		}
		problems = append(problems, sameKey(rows, order[:end])...)
		order = order[end:]
	}
	return problems
}

// sameKey judges the rows of one key, given by their places in the order of what they say, rows that say the same in the order of the file.
func sameKey(rows []Row, places []int) []listing.Problem {
	first := &rows[slices.Min(places)]
	var problems []listing.Problem
	var head *Row // the first of the rows that say the same
	for _, i := range places {
		r := &rows[i]
		if head != nil && head.Compare(r.Item) == 0 {
			problems = append(problems, r.At(listing.Warning, RuleRepeatedLine, "", r.Key, "the line repeats "+head.Place()+" and counts once"))
			continue
		}
		if head = r; r != first {
			problems = append(problems, r.At(listing.Error, RuleDuplicateIdentity, firstDifference(first.Item, r.Item), r.Key,
				"the line is of the same thing as "+first.Place()+" but does not say the same: keep one of them"))
		}
	}
	return problems
}

// firstDifference names the first column that two items of one key fill differently.
func firstDifference(a, b Item) string {
	for _, v := range b.Values {
		if a.Get(v.Name) != v.Text {
			return v.Name
		}
	}
	for _, v := range a.Values {
		if b.Get(v.Name) == "" {
			return v.Name
		}
	}
	return ""
}

// missing asks for acknowledgement when a whole sheet loses more than GonePercent of the lines there were.
func missing(rows []Row, check Check) []listing.Problem {
	if !check.Whole || len(check.Before) == 0 {
		return nil
	}
	kept := make(map[string]bool, len(rows))
	for i := range rows {
		kept[rows[i].Key] = true
	}
	lost := 0
	for i := range check.Before {
		if !kept[check.Before[i].Key] {
			lost++
		}
	}
	if lost*100 <= len(check.Before)*GonePercent {
		return nil
	}
	return []listing.Problem{{
		Severity: listing.Warning, Rule: RuleLinesGone, Value: fmt.Sprint(lost),
		Text: fmt.Sprintf("%d of %d lines are gone, more than %d %%: check that the sheet is whole, or give it as a delta", lost, len(check.Before), GonePercent),
	}}
}
