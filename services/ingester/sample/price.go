package sample

import (
	"math/bits"
	"strconv"
)

// price counts units of 10^-10 of a currency.
type price int64

const one price = 10_000_000_000

// times returns p times a number of thousandths, rounded to what price lists print: four decimals from one unit of currency on, five
// significant digits below.
func (p price) times(thousandths int) price {
	high, low := bits.Mul64(uint64(p), uint64(thousandths)) // a yearly total in won does not fit into 64 bits on the way
	exact, _ := bits.Div64(high, low, 1000)
	p = price(exact)
	step := price(1_000_000)
	for p < one && step > 1 && p/step < 10_000 {
		step /= 10
	}
	return max((p+step/2)/step*step, 1)
}

// whole rounds to whole units of currency, as reservations do.
func (p price) whole() price { return max((p+one/2)/one, 1) * one }

// appendTo writes the JSON number as the feed does: with a decimal always, and small ones with an exponent.
func (p price) appendTo(b []byte) []byte {
	exponent := 0
	if p > 0 && p < one/10_000 {
		for ; p < one; p *= 10 {
			exponent++
		}
	}
	b = strconv.AppendInt(b, int64(p/one), 10)
	b = append(b, '.')
	rest := strconv.FormatInt(int64(one+p%one), 10)[1:]
	end := len(rest)
	for end > 1 && rest[end-1] == '0' {
		end--
	}
	b = append(b, rest[:end]...)
	if exponent > 0 {
		b = append(b, "e-"...)
		if exponent < 10 {
			b = append(b, '0')
		}
		b = strconv.AppendInt(b, int64(exponent), 10)
	}
	return b
}

// thousandths returns how many thousandths of a currency buy a US dollar in the sample, for the currencies that the API knows; invented.
func thousandths(currency string) (int, bool) {
	n, ok := map[string]int{
		"USD": 1000, "AUD": 1530, "BRL": 5420, "CAD": 1380, "CHF": 890, "CNY": 7180, "DKK": 6900, "EUR": 925, "GBP": 790, "INR": 83500,
		"JPY": 149500, "KRW": 1345000, "NOK": 10700, "NZD": 1650, "RUB": 91000, "SEK": 10500, "TWD": 32100,
	}[currency]
	return n, ok
}
