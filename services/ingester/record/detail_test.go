package record

import "testing"

func TestWhatIsWrongIsToldByLineAndColumn(t *testing.T) {
	columns := []Renamed{{"retailPrice", "UnitPrice"}, {"effectiveEndDate", "EffectiveEndDate"}, {"type", "TermDuration"}}
	for detail, want := range map[string]string{
		`retailPrice: "-1" is negative`:                        `line 3: UnitPrice: "-1" is negative`,
		`retailPrice: "retailPrice: x" is no number`:           `line 3: UnitPrice: "retailPrice: x" is no number`,
		"effectiveEndDate 2025-01-01 is not after the start":   "line 3: EffectiveEndDate 2025-01-01 is not after the start",
		"type is missing":                                      "line 3: TermDuration is missing",
		"types are many":                                       "line 3: types are many",
		"PricingTierRangeMin: the first 5 units have no price": "line 3: PricingTierRangeMin: the first 5 units have no price",
	} {
		r := Record{Line: 3}
		if got := r.Told(detail, columns...); got != want {
			t.Errorf("%s is %s, want %s", detail, got, want)
		}
	}
}
