package pricelist

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// RuleSelectsNothing is the rule of the error that a row of a selection matches no line.
const RuleSelectsNothing = "selects-nothing"

// Selector chooses lines by parts of their identity; an empty part matches all.
type Selector struct {
	Row                                           int // of the file it stands in
	Market, Currency, Product, SKU, Term, Billing string
	Tier                                          *money.Decimal
}

// Matches reports whether the selector chooses an identity. Case does not matter.
func (s Selector) Matches(id *Identity) bool {
	for _, part := range [...][2]string{
		{s.Market, id.Market}, {s.Currency, id.Currency}, {s.Product, id.Product}, {s.SKU, id.SKU}, {s.Term, id.Term}, {s.Billing, id.Billing},
	} {
		if part[0] != "" && !strings.EqualFold(part[0], part[1]) {
			return false
		}
	}
	return s.Tier == nil || *s.Tier == id.Tier
}

// Select returns the lines that some selector chooses, in their order, and an error for each selector that chooses none.
func Select(lines []Line, selectors []Selector) ([]Line, []listing.Problem) {
	var chosen []Line
	used := make([]bool, len(selectors))
	for i := range lines {
		selected := false
		for n := range selectors {
			if selectors[n].Matches(&lines[i].Identity) {
				used[n], selected = true, true
			}
		}
		if selected {
			chosen = append(chosen, lines[i])
		}
	}
	var problems []listing.Problem
	for n, ok := range used {
		if s := &selectors[n]; !ok {
			problems = append(problems, listing.Problem{
				Severity: listing.Error, Rule: RuleSelectsNothing, Row: s.Row, Column: ColumnProduct, Value: s.Product,
				Text: "the list has no such line: check product, SKU, term, billing plan, currency and tier",
			})
		}
	}
	return chosen, problems
}
