package offer

import (
	"fmt"
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

// references reads a list of offers as matrices write them: "CFQ7TTC0LDPB/0001,CFQ7TTC0LF8Q/0001", or with semicolons, bars, blanks or
// line breaks between offers and a colon or blanks between product and SKU, or ids of legacy offers. It returns the keys, sorted and each
// once, and what could not be read.
func references(text string) (keys, bad []string) {
	if saysNothing(text) {
		return nil, nil
	}
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(",;|\n\r", c) }) {
		words := strings.Fields(tight(part))
		for len(words) > 0 {
			key, taken := reference(words)
			if key == "" {
				bad = append(bad, words[0])
			} else {
				keys = append(keys, key)
			}
			words = words[taken:]
		}
	}
	return set(keys), bad
}

// saysNothing reports whether people wrote that there is nothing.
func saysNothing(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "none", "n/a", "na", "-":
		return true
	}
	return false
}

// tight writes slashes for colons, without blanks around them.
func tight(part string) string {
	sides := strings.Split(strings.ReplaceAll(part, ":", "/"), "/")
	for i := range sides {
		sides[i] = strings.TrimSpace(sides[i])
	}
	return strings.Join(sides, "/")
}

// reference reads the offer that words begin with, and says how many words it took; the key is empty when they begin with none.
func reference(words []string) (key string, taken int) {
	first := upper(words[0])
	product, sku, paired := strings.Cut(first, "/")
	switch {
	case paired:
		return skuKey(product, sku), 1
	case isOfferID(first):
		return first, 1
	case len(words) > 1 && len(words[1]) <= skuLength && skuKey(first, upper(words[1])) != "":
		return skuKey(first, upper(words[1])), 2
	}
	return "", 1
}

// skuLength is how long Microsoft's SKUs are. Only where blanks stand between product and SKU does it tell the SKU from a next product.
const skuLength = 4

// skuKey returns the key of a product's SKU, empty when the two are none.
func skuKey(product, sku string) string {
	if !isID(product) || !isID(sku) {
		return ""
	}
	return keyOf(product, pricelist.PadSKU(sku), "")
}

// isID reports whether s is upper-case letters and digits.
func isID(s string) bool {
	for i := range len(s) {
		if !isLetterOrDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isOfferID reports whether s can be the id of a legacy offer: upper-case letters and digits with hyphens between.
func isOfferID(s string) bool {
	for i := range len(s) {
		if !isLetterOrDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return strings.Contains(strings.Trim(s, "-"), "-")
}

// isGUID reports whether s is a GUID in any case.
func isGUID(s string) bool {
	for i := range len(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (s[i] == '-') || !hyphen && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return false
		}
	}
	return len(s) == 36
}

func isLetterOrDigit(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' }

// upper makes ASCII letters upper case and leaves all others: ids and codes have no others, and one that has must not become a valid one.
func upper(s string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' {
			return c - 'a' + 'A'
		}
		return c
	}, s)
}

// short is a value as problems show it.
func short(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// some joins the first few of many, as problems show them.
func some(all []string, between string) string {
	const most = 5
	var shown []string
	for _, s := range all[:min(len(all), most)] {
		shown = append(shown, short(s))
	}
	text := strings.Join(shown, between)
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
