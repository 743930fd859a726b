package bill

import (
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Partner Center rounds amounts down before it multiplies them, so that a line may be charged less than its exact amount by more than one
// rounding makes: seats as ROUNDDOWN(price of a seat × exchange rate) × seats, usage as ROUNDDOWN(ROUNDDOWN(price × quantity) × exchange rate).

// down is an amount cut off, towards zero, behind the decimals of a currency.
func (a amount) down(currency string) decimal.Decimal {
	cut, _ := a.num.QuoRem(a.den, int32(money.Currency(currency).Decimals()))
	return cut
}

// seatsDown is an amount of so many seats, where that of one is cut off.
func (a amount) seatsDown(seats decimal.Decimal, currency string) decimal.Decimal {
	if seats.IsZero() {
		return decimal.Decimal{}
	}
	return a.over(seats).down(currency).Mul(seats)
}

// cutOff reports whether the line was charged an amount, converted where it is, cut off as Partner Center does it, exactly.
func (l *License) cutOff(a amount) bool {
	return l.Charged.Exact().Equal(a.seatsDown(decimal.NewFromInt(l.Seats), l.Currency))
}

// cutOff reports whether the line was charged an amount of its price's currency cut off as Partner Center does it, exactly: a reservation as
// seats are, usage before and after it is converted by the rates of a month.
func (u *Usage) cutOff(a amount, month effective.Month, exchange Exchange) bool {
	if !u.reservation() {
		a = whole(a.down(u.PriceCurrency))
	}
	converted, ok := u.convert(a, month, exchange)
	if !ok {
		return false
	}
	if u.reservation() {
		return u.Charged.Exact().Equal(converted.seatsDown(u.Quantity.Exact(), u.Currency))
	}
	return u.Charged.Exact().Equal(converted.down(u.Currency))
}
