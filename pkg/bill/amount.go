package bill

import (
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// amount is an exact amount of money as a fraction: what is divided only once is rounded only once.
type amount struct{ num, den decimal.Decimal }

func one() decimal.Decimal { return decimal.NewFromInt(1) }

// whole is an amount without a divisor.
func whole(d decimal.Decimal) amount { return amount{d, one()} }

func (a amount) times(d decimal.Decimal) amount { return amount{a.num.Mul(d), a.den} }

func (a amount) over(d decimal.Decimal) amount { return amount{a.num, a.den.Mul(d)} }

// value is the amount rounded half away from zero to 18 decimals.
func (a amount) value() (money.Decimal, error) {
	quotient := a.num
	switch {
	case !a.den.Equal(one()):
		quotient = a.num.DivRound(a.den, money.Scale)
	case a.num.Exponent() < -money.Scale:
		quotient = a.num.Round(money.Scale)
	}
	if quotient.Abs().Cmp(decimal.NewFromInt(MostCharged)) > 0 {
		return money.Decimal{}, fault.New(fault.Invalid, "the quantity times its price is more than %d", int64(MostCharged))
	}
	return money.FromExact(quotient)
}

// MostCharged bounds the amount of a line, in any currency, so that the totals of any bill can be told.
const MostCharged = 1_000_000_000_000
