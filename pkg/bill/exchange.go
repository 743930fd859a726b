package bill

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Exchange returns how many US dollars a unit of a currency is in a month; false when that is not known. It is not asked for dollars.
type Exchange func(currency string, month effective.Month) (money.Decimal, bool)

// dollar is the currency that exchange rates are in.
const dollar = "USD"

// conversion is from the currency of a price into that of a charge.
type conversion struct{ from, to string }

// currencies returns those whose exchange rates are needed: none, or one or two.
func (c conversion) currencies() []string {
	if c.from == c.to {
		return nil
	}
	var needed []string
	for _, currency := range [...]string{c.from, c.to} {
		if currency != dollar {
			needed = append(needed, currency)
		}
	}
	return needed
}

// of returns an amount converted by the rates of a month; false where the month has none.
func (c conversion) of(a amount, month effective.Month, exchange Exchange) (amount, bool) {
	if c.from == c.to {
		return a, true
	}
	if c.from != dollar {
		per, ok := exchange(c.from, month)
		if !ok || per.IsZero() {
			return a, false
		}
		a = a.times(per.Exact())
	}
	if c.to != dollar {
		per, ok := exchange(c.to, month)
		if !ok || per.IsZero() {
			return a, false
		}
		a = a.over(per.Exact())
	}
	return a, true
}

// rate returns what a unit of the price's currency is in the charge's; nil where nothing is converted.
func (c conversion) rate(month effective.Month, exchange Exchange) *money.Decimal {
	if c.from == c.to {
		return nil
	}
	by, ok := c.of(whole(one()), month, exchange)
	if !ok {
		return nil
	}
	rounded, err := by.value()
	if err != nil {
		return nil
	}
	return &rounded
}

// missing is the note of a rate that is not known.
func (c conversion) missing(month effective.Month) string {
	return c.from + " to " + c.to + " in " + month.String()
}
