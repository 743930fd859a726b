package cli

import (
	"strconv"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/services/pricewire/reconcile"
)

// printBillProblems names every problem of a bill, which makes it a failure.
func (a *app) printBillProblems(file string, result *reconcile.Result) error {
	if err := a.writeTables(named{"problems", problemTable(result.Problems)}); err != nil {
		return err
	}
	if result.More > 0 {
		a.note("and %d more problems, which are not listed", result.More)
	}
	return fault.New(fault.Invalid, "%s has %d problems in %d lines; nothing was checked", file, len(result.Problems)+result.More, result.Lines)
}

func problemTable(problems []listing.Problem) sheet.Table {
	return sheet.Table{
		Columns: []sheet.Column{{Name: "row", Kind: sheet.Whole}, {Name: "column"}, {Name: "value"}, {Name: "text"}, {Name: "rule"}},
		Rows: func(yield func([]string, error) bool) {
			for _, p := range problems {
				if !yield([]string{strconv.Itoa(p.Row), p.Column, p.Value, p.Text, p.Rule}, nil) {
					return
				}
			}
		},
	}
}
