package money

import (
	"fmt"

	"golang.org/x/text/currency"
)

// Currency is an ISO 4217 code in upper case, for example "USD".
type Currency string

// ParseCurrency reads a three-letter ISO 4217 code in any case and refuses codes that do not exist.
func ParseCurrency(s string) (Currency, error) {
	unit, err := currency.ParseISO(s)
	if err != nil {
		return "", fmt.Errorf("%q is not an ISO 4217 currency", s)
	}
	return Currency(unit.String()), nil
}

// Decimals returns how many decimals amounts of the currency have in everyday use, for example 2 for USD and 0 for JPY; 2 for a
// code that does not exist. Source: Unicode CLDR, standard rounding.
func (c Currency) Decimals() int {
	unit, err := currency.ParseISO(string(c))
	if err != nil {
		return 2
	}
	scale, _ := currency.Standard.Rounding(unit)
	return scale
}

// Format returns the amount as people and machines read it beside its currency: plain, with at least the currency's decimals and no
// trailing zeros beyond ("7.50", "0.0000166667").
func (c Currency) Format(d Decimal) string { return d.Text(c.Decimals()) }
