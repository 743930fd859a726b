package meter

import (
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// HourlyDecimals is how many decimals an hourly equivalent is rounded to.
const HourlyDecimals = 10

// PerUnit returns what a single unit costs: the price divided by the unit's block. It is never rounded: where 18 decimals do not hold the
// quotient, and where the unit is not known, there is none.
//
// A reservation has none either: its price is for the whole term, whatever its unit of measure says (see Hourly).
func PerUnit(id *rate.Identity, price money.Decimal, u Unit) (money.Decimal, bool) {
	if !u.Known() || id.Type == rate.Reservation {
		return money.Decimal{}, false
	}
	if u.Block == money.Int(1) {
		return price, true
	}
	quotient, rest := price.Exact().QuoRem(u.Block.Exact(), money.Scale)
	if !rest.IsZero() {
		return money.Decimal{}, false
	}
	exact, err := money.FromExact(quotient)
	return exact, err == nil
}

// hours returns how many hours a reservation's term has, 0 when it is not known: years of 365 days.
func hours(term string) int64 {
	const year = 365 * 24
	switch term {
	case "1 Year":
		return year
	case "3 Years":
		return 3 * year
	case "5 Years":
		return 5 * year
	}
	return 0
}

// Hourly returns what a reservation costs an hour: its price divided by the hours of its term (8,760 a year), rounded half to even to
// HourlyDecimals. It is the only derived amount that is rounded: to compare prices, not to bill by. Anything but a reservation of a known
// term has none.
//
// Source: the Retail Prices API gives the total of a reservation's term as its price, in the unit of the meter, 1 Hour.
func Hourly(id *rate.Identity, price money.Decimal) (money.Decimal, bool) {
	n := hours(id.ReservationTerm)
	if id.Type != rate.Reservation || n == 0 {
		return money.Decimal{}, false
	}
	divisor := money.Int(n).Exact()
	quotient, rest := price.Exact().QuoRem(divisor, HourlyDecimals)
	// The rest, doubled, against the divisor at the last decimal tells which neighbour is nearer.
	last := money.FromUnscaled(0, unscaledLast).Exact()
	switch twice := rest.Add(rest); twice.Cmp(divisor.Mul(last)) {
	case 1:
		quotient = quotient.Add(last)
	case 0:
		if quotient.Coefficient().Bit(0) == 1 {
			quotient = quotient.Add(last)
		}
	}
	rounded, err := money.FromExact(quotient)
	return rounded, err == nil
}

// unscaledLast is one in the last place of an hourly equivalent, in units of 10^-18.
const unscaledLast = 100_000_000
