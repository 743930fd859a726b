package up

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

func TestTheSampleListsHaveNothingWrong(t *testing.T) {
	month := effective.Month{Year: 2026, Month: 12}
	prices := lookalike.Generate(lookalike.Spec{Seed: 1, Lines: 1000, Market: sampleMarket, Currencies: []string{sampleCurrency}, Month: month}).Rows
	for list, policy := range part.UsualPolicies() {
		if release.Priced(list) {
			continue
		}
		var rows []item.Row
		for _, made := range sampleItems(list, prices) {
			rows = append(rows, item.Row{Item: made})
		}
		if len(rows) < 5 {
			t.Errorf("%s has %d items", list, len(rows))
		}
		if problems := policy.Check(rows, item.Check{Whole: true}); len(problems) > 0 {
			t.Errorf("%s: %d problems, the first %v", list, len(problems), problems[0])
		}
	}
}
