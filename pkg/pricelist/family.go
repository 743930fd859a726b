package pricelist

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The product families.
const (
	FamilyOffice   = "Office 365"
	FamilyEMS      = "EMS"
	FamilyDynamics = "Dynamics CRM"
	FamilyOther    = "other"
)

// Families returns the product families in their order.
func Families() []string { return []string{FamilyOffice, FamilyEMS, FamilyDynamics, FamilyOther} }

// Family returns the product family of a line. No list says it, so it is derived from the titles: the family whose product is named first
// in the product title counts, where that names none the first in the SKU title, and where neither does the family is other. So an add-on
// belongs to what it is, not to what it is for: "Dynamics 365 for Sales, Qualified Offer to O365 Users" is Dynamics CRM.
func (l Line) Family() string {
	for _, title := range [...]string{l.ProductTitle, l.SKUTitle} {
		if family := named(title); family != "" {
			return family
		}
	}
	return FamilyOther
}

// named returns the family whose product a title names first, empty when it names none.
func named(title string) string {
	title = strings.ToLower(title)
	family, first := "", len(title)
	for _, f := range [...]struct {
		family   string
		products []string
	}{
		{FamilyOffice, officeProducts()}, {FamilyEMS, emsProducts()}, {FamilyDynamics, []string{"dynamics"}},
	} {
		for _, product := range f.products {
			if at := word(title, product); at >= 0 && at < first {
				family, first = f.family, at
			}
		}
	}
	return family
}

// officeProducts are Office 365, Microsoft 365 and their apps.
func officeProducts() []string {
	return []string{
		"office 365", "o365", "microsoft office", "microsoft 365", "m365", "exchange online", "sharepoint", "onedrive", "teams", "skype for business", "outlook", "yammer", "viva",
		"visio", "project online", "project plan", "planner", "audio conferencing", "phone system", "calling plan",
	}
}

// emsProducts are the parts of Enterprise Mobility + Security.
func emsProducts() []string {
	return []string{"enterprise mobility", "ems", "intune", "entra", "azure active directory", "azure information protection"}
}

// word returns where a title holds a text as whole words, -1 when it does not. Both are in lower case.
func word(title, text string) int {
	for from := 0; ; {
		at := strings.Index(title[from:], text)
		if at < 0 {
			return -1
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(title[:at])
		after, _ := utf8.DecodeRuneInString(title[at+len(text):])
		if !partOfWord(before) && !partOfWord(after) {
			return at
		}
		from = at + len(text)
	}
}

func partOfWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
