package reconcile

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/fxrates"
	"github.com/pricewire/pricewire/services/ingester/pricesheet"
	"github.com/pricewire/pricewire/services/ingester/ratecard"
)

// Bills write the same id now in capitals, now not. It is read as lists write it: GUIDs in lower case, products and SKUs in capitals, words in
// their usual spelling. What is none of these stands as it is written.

// foldGUID writes a GUID in lower case.
func foldGUID(s string) string {
	const length = len("00000000-0000-0000-0000-000000000000")
	if len(s) != length {
		return s
	}
	for i := range length {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (s[i] == '-') || !hyphen && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return s
		}
	}
	return strings.ToLower(s)
}

// upper writes the letters of ASCII in capitals; the length stays.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// usual writes one of some words in its usual spelling; others stand.
func usual(s string, words ...string) string {
	for _, word := range words {
		if strings.EqualFold(s, word) {
			return word
		}
	}
	return s
}

func priceLists() []string {
	return []string{rate.Retail, ratecard.PriceList, pricesheet.PriceList, fxrates.PriceList}
}

func rateTypes() []string { return []string{"Consumption", "DevTestConsumption", rate.Reservation} }

// plans are billing plans, and the kinds of customers that stand in their place in legacy lists.
func plans() []string {
	return []string{"Monthly", "Annual", "Triennial", "None", "OneTime", "Corporate", "Government", "Faculty", "Student", "Charity"}
}

// licenseSKU writes a SKU as lists do; in legacy lists, whose terms have two words, an agreement type stands in its place.
func licenseSKU(s, term string) string {
	if strings.Contains(term, " ") {
		return usual(s, "Corporate", "Government", "Academic", "Charity")
	}
	return pricelist.PadSKU(upper(s))
}

// licenseTerm writes a term as lists do: an ISO 8601 period in capitals, and the purchase unit of a legacy list in its words.
func licenseTerm(s string) string {
	number, unit, legacy := strings.Cut(s, " ")
	if !legacy {
		return upper(s)
	}
	return number + " " + usual(strings.TrimSpace(unit), "Day(s)", "Month(s)", "Year(s)")
}
