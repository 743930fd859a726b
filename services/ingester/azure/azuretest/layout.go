package azuretest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// relaid writes a row in another way that says the same: other order of its fields and plans, white space, numbers with exponents, an end
// without its Z, fields that nobody knows. What is no object stays.
func relaid(row string, random *rand.Rand) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(row), &fields) != nil {
		return row
	}
	names := slices.Sorted(maps.Keys(fields))
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	space := []string{"", " ", "\n\t", "\r\n  "}[random.IntN(4)]
	var b strings.Builder
	b.WriteString("{" + space)
	if random.IntN(2) == 0 {
		b.WriteString(`"availabilityId":null,` + space + `"x-note":{"a":[1,{"b":"}"}]},`)
	}
	for i, name := range names {
		if i > 0 {
			b.WriteString("," + space)
		}
		b.WriteString(`"` + name + `"` + space + ":" + space + relaidValue(name, string(fields[name]), random))
	}
	b.WriteString(space + "}")
	return b.String()
}

func relaidValue(name, value string, random *rand.Rand) string {
	switch name {
	case "effectiveEndDate":
		if strings.HasSuffix(value, `Z"`) && random.IntN(2) == 0 {
			return strings.TrimSuffix(value, `Z"`) + `"`
		}
	case "retailPrice", "tierMinimumUnits":
		if random.IntN(2) == 0 {
			return exponential(value)
		}
	case "savingsPlan":
		var plans []json.RawMessage
		if json.Unmarshal([]byte(value), &plans) == nil && len(plans) > 1 {
			slices.Reverse(plans)
			again, err := json.Marshal(plans)
			if err == nil {
				return string(again)
			}
		}
	}
	return value
}

// exponential writes a plain number as a whole one with an exponent: 0.34323 as 34323e-5.
func exponential(number string) string {
	whole, decimals, found := strings.Cut(number, ".")
	if !found || strings.ContainsAny(number, "eE-\"") {
		return number
	}
	digits := strings.TrimLeft(whole+decimals, "0")
	if digits == "" {
		return "0e0"
	}
	return digits + "e-" + itoa(len(decimals))
}
