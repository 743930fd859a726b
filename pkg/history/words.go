package history

import "strings"

// RateWords is the text that the words of a question are looked for in.
func RateWords(a *RateAnswer) string {
	return strings.Join([]string{
		a.Identity.MeterID, a.Identity.SKUID, a.Attributes.MeterName, a.Attributes.ProductName, a.Attributes.SKUName, a.Attributes.ServiceName, a.Attributes.ServiceFamily, a.Attributes.ARMRegionName, a.Attributes.Location, a.Attributes.ARMSKUName,
	}, "\n")
}

// PriceWords is the text that the words of a question are looked for in.
func PriceWords(a *PriceAnswer) string {
	return strings.Join([]string{a.Identity.Product, a.Identity.SKU, a.ProductTitle, a.SKUTitle, a.Segment}, "\n")
}

// HasWords says whether a text has every word, whatever its case.
func HasWords(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// RateGroup counts the rates with a price that a service has in a region.
type RateGroup struct {
	ServiceFamily, Service, Region string
	Rates                          uint64
}
