package up

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
)

func TestNoticeIsConfiguredByList(t *testing.T) {
	policies, err := Config{Notice: []string{"offers=days:5", "license=first-of-month"}}.policies()
	if err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]string{release.License: "first-of-month", release.Offers: "days:5", release.Services: "none", release.Documents: "none"} {
		if got := policies[list].Notice.String(); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
	for text, says := range map[string]string{"licence=none": "license", "offers": "offers", "offers=days:x": "days", "=": "LIST=POLICY"} {
		if _, err := (Config{Notice: []string{text}}).policies(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheSampleListsHaveNothingWrong(t *testing.T) {
	month := effective.Month{Year: 2026, Month: 12}
	prices := lookalike.Generate(lookalike.Spec{Seed: 1, Lines: 1000, Market: sampleMarket, Currencies: []string{sampleCurrency}, Month: month}).Rows
	for list, policy := range usualPolicies() {
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
