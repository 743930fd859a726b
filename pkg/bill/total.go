package bill

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// Total is what lines of one currency, kind and reason come to.
type Total struct {
	Currency string
	Kind     Kind
	Reason   Reason
	Lines    int
	Charged  decimal.Decimal
	// Expected and Difference are of the lines that a price was found for, Priced of them.
	Priced     int
	Expected   decimal.Decimal
	Difference decimal.Decimal
}

// Totals adds up lines. The zero value is ready.
type Totals struct{ sums map[key]*Total }

type key struct {
	currency string
	kind     Kind
	reason   Reason
}

// Add counts a line.
func (t *Totals) Add(c *Charge, v *Verdict) {
	k := key{c.Currency, v.Kind, v.Reason}
	sum := t.sums[k]
	if sum == nil {
		if t.sums == nil {
			t.sums = map[key]*Total{}
		}
		sum = &Total{Currency: c.Currency, Kind: v.Kind, Reason: v.Reason}
		t.sums[k] = sum
	}
	sum.Lines++
	sum.Charged = sum.Charged.Add(c.Charged.Exact())
	if v.Priced {
		sum.Priced++
		sum.Expected = sum.Expected.Add(v.Expected.Exact())
		sum.Difference = sum.Difference.Add(v.Difference.Exact())
	}
}

// All returns the totals by currency, kind, and reason in the order of Reasons.
func (t *Totals) All() []Total {
	order := map[Reason]int{}
	for i, r := range Reasons() {
		order[r] = i
	}
	all := make([]Total, 0, len(t.sums))
	for _, sum := range t.sums {
		all = append(all, *sum)
	}
	slices.SortFunc(all, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Kind, b.Kind), cmp.Compare(order[a.Reason], order[b.Reason]))
	})
	return all
}

// Lines returns how many lines were added, and how many of them differ.
func (t *Totals) Lines() (all, differ int) {
	for _, sum := range t.sums {
		all += sum.Lines
		if sum.Reason.Differs() {
			differ += sum.Lines
		}
	}
	return all, differ
}
