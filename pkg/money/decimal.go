package money

import (
	"encoding/binary"
	"errors"
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Scale is the number of decimals a Decimal keeps.
const Scale = 18

// maxDigits is how many digits a Decimal has in all: 20 before the point and 18 behind it.
const maxDigits = 38

// What Parse can find wrong with a number.
var (
	ErrSyntax    = errors.New("not a decimal number")
	ErrPrecision = errors.New("more than 18 decimals")
	ErrRange     = errors.New("more than 20 digits before the point")
)

// Decimal is an exact decimal number: a sign and a 128-bit count of units of 10^-18. The zero value is 0. Equal numbers are equal with
// ==, so a Decimal can be a map key.
type Decimal struct {
	negative bool // never set for 0
	hi, lo   uint64
}

// Int returns n as a Decimal.
func Int(n int64) Decimal {
	d := Decimal{negative: n < 0}
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	d.hi, d.lo = bits.Mul64(magnitude, 1_000_000_000_000_000_000)
	return d
}

// Parse reads a plain or exponential decimal number ("7.50", "-3", "1.6e-05"). It is exact: a number that needs more than 18 decimals
// is ErrPrecision, one with more than 20 digits before the point is ErrRange, anything else that is no number is ErrSyntax.
func Parse(s string) (Decimal, error) {
	l, err := scan(s)
	if err != nil {
		return Decimal{}, err
	}
	// Trailing zeros mean nothing; without them "more than 18 decimals" is a matter of counting.
	end := l.end
	for end > l.start && (s[end-1] == '0' || s[end-1] == '.') && end > l.point {
		end--
	}
	decimals := max(end-l.point-1, 0) - l.exponent
	var d Decimal
	significant := 0
	for i := l.start; i < end; i++ {
		if s[i] == '.' {
			continue
		}
		if significant > 0 || s[i] != '0' {
			significant++
		}
		if significant > maxDigits {
			return Decimal{}, tooLong(decimals)
		}
		d = d.shift(uint64(s[i] - '0'))
	}
	if significant == 0 {
		return Decimal{}, nil
	}
	for ; decimals > Scale; decimals-- { // an integer's own trailing zeros may still cancel a negative exponent
		q, r := d.quoRem10()
		if r != 0 {
			return Decimal{}, ErrPrecision
		}
		d = q
	}
	for ; decimals < Scale; decimals++ {
		if significant++; significant > maxDigits {
			return Decimal{}, ErrRange
		}
		d = d.shift(0)
	}
	d.negative = l.negative
	return d, nil
}

func tooLong(decimals int) error {
	if decimals > Scale {
		return ErrPrecision
	}
	return ErrRange
}

// layout says where the digits of a number lie, [start,end) with the point at point (end when there is none), and its exponent.
type layout struct {
	negative          bool
	start, point, end int
	exponent          int
}

func scan(s string) (layout, error) {
	l := layout{point: -1}
	if l.start < len(s) && (s[l.start] == '-' || s[l.start] == '+') {
		l.negative = s[l.start] == '-'
		l.start++
	}
	digits := 0
	for l.end = l.start; l.end < len(s) && s[l.end] != 'e' && s[l.end] != 'E'; l.end++ {
		switch c := s[l.end]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && l.point < 0:
			l.point = l.end
		default:
			return l, ErrSyntax
		}
	}
	if digits == 0 {
		return l, ErrSyntax
	}
	if l.point < 0 {
		l.point = l.end
	}
	if l.end == len(s) {
		return l, nil
	}
	var err error
	l.exponent, err = exponent(s[l.end+1:])
	return l, err
}

func exponent(s string) (int, error) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" {
		return 0, ErrSyntax
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, ErrSyntax
		}
		if n < 1000 { // far beyond what fits already
			n = n*10 + int(s[i]-'0')
		}
	}
	if negative {
		n = -n
	}
	return n, nil
}

// shift returns d*10 + digit for a magnitude below 10^38.
func (d Decimal) shift(digit uint64) Decimal {
	carry, lo := bits.Mul64(d.lo, 10)
	lo, c := bits.Add64(lo, digit, 0)
	return Decimal{d.negative, d.hi*10 + carry + c, lo}
}

func (d Decimal) quoRem10() (Decimal, uint64) {
	qhi, r := bits.Div64(0, d.hi, 10)
	qlo, r := bits.Div64(r, d.lo, 10)
	return Decimal{d.negative, qhi, qlo}, r
}

// String returns the plain number without exponent and without trailing zeros: "0.0000166667", "7.5", "-3".
func (d Decimal) String() string { return d.Text(0) }

// Text is String with at least the given number of decimals, 0 to 18: 7.5 with two is "7.50".
func (d Decimal) Text(decimals int) string {
	var digits [maxDigits + 3]byte
	i := len(digits)
	left, seen := d, false
	for place := 0; place < Scale || left.hi|left.lo != 0; place++ {
		q, r := left.quoRem10()
		left = q
		if place == Scale && seen {
			i--
			digits[i] = '.'
		}
		if place < Scale && r == 0 && !seen && Scale-place > decimals {
			continue
		}
		seen = true
		i--
		digits[i] = byte('0' + r)
	}
	return d.finish(digits[:], i)
}

// finish puts the sign and, for a number below one, the leading "0." before the digits from i on.
func (d Decimal) finish(digits []byte, i int) string {
	if d.hi == 0 && d.lo < 1_000_000_000_000_000_000 {
		if i < len(digits) {
			i--
			digits[i] = '.'
		}
		i--
		digits[i] = '0'
	}
	if d.negative {
		i--
		digits[i] = '-'
	}
	return string(digits[i:])
}

// Decimals returns how many decimals the number needs, 0 to 18.
func (d Decimal) Decimals() int {
	if d.IsZero() {
		return 0
	}
	n := Scale
	for n > 0 {
		q, r := d.quoRem10()
		if r != 0 {
			break
		}
		d = q
		n--
	}
	return n
}

// Abs returns d without its sign.
func (d Decimal) Abs() Decimal { return Decimal{hi: d.hi, lo: d.lo} }

// Cmp returns -1, 0 or 1 as d is less than, equal to or greater than o.
func (d Decimal) Cmp(o Decimal) int {
	if d.negative != o.negative {
		return sign(o.negative)
	}
	c := 0
	switch {
	case d.hi != o.hi:
		c = sign(d.hi > o.hi)
	case d.lo != o.lo:
		c = sign(d.lo > o.lo)
	}
	if d.negative {
		return -c
	}
	return c
}

func sign(positive bool) int {
	if positive {
		return 1
	}
	return -1
}

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.hi|d.lo == 0 }

// IsNegative reports whether d is below 0.
func (d Decimal) IsNegative() bool { return d.negative }

// Unscaled returns d as a count of units of 10^-18 in 128-bit two's complement, high and low half: the form of a Decimal(38,18) column.
func (d Decimal) Unscaled() (hi int64, lo uint64) {
	if !d.negative {
		return int64(d.hi), d.lo
	}
	lo, borrow := bits.Sub64(0, d.lo, 0)
	h, _ := bits.Sub64(0, d.hi, borrow)
	return int64(h), lo
}

// FromUnscaled is the inverse of Unscaled.
func FromUnscaled(hi int64, lo uint64) Decimal {
	if hi >= 0 {
		return Decimal{false, uint64(hi), lo}
	}
	l, borrow := bits.Sub64(0, lo, 0)
	h, _ := bits.Sub64(0, uint64(hi), borrow)
	return Decimal{true, h, l}
}

// Exact returns d as an arbitrary-precision decimal, for arithmetic.
func (d Decimal) Exact() decimal.Decimal {
	var units [16]byte
	binary.BigEndian.PutUint64(units[:8], d.hi)
	binary.BigEndian.PutUint64(units[8:], d.lo)
	n := new(big.Int).SetBytes(units[:])
	if d.negative {
		n.Neg(n)
	}
	return decimal.NewFromBigInt(n, -Scale)
}

// FromExact is the inverse of Exact. It never rounds: ErrPrecision and ErrRange are those of Parse.
func FromExact(e decimal.Decimal) (Decimal, error) {
	n := e.Coefficient()
	d := Decimal{negative: n.Sign() < 0}
	if n.Sign() == 0 {
		return Decimal{}, nil
	}
	n.Abs(n)
	switch up := int(e.Exponent()) + Scale; {
	case up > maxDigits:
		return Decimal{}, ErrRange
	case up >= 0:
		n.Mul(n, powers[up])
	case -up > n.BitLen(): // smaller than what it would be divided by
		return Decimal{}, ErrPrecision
	default:
		if _, rest := n.QuoRem(n, power(-up), new(big.Int)); rest.Sign() != 0 {
			return Decimal{}, ErrPrecision
		}
	}
	if n.Cmp(powers[maxDigits]) >= 0 {
		return Decimal{}, ErrRange
	}
	var units [16]byte // 38 digits are 127 bits
	n.FillBytes(units[:])
	d.hi, d.lo = binary.BigEndian.Uint64(units[:8]), binary.BigEndian.Uint64(units[8:])
	return d, nil
}

// powers are those of ten that a Decimal has digits for.
var powers = func() (all [maxDigits + 1]*big.Int) {
	for i := range all {
		all[i] = power(i)
	}
	return all
}()

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// MarshalText makes a Decimal a string in JSON and text formats: the one of String.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what Parse reads.
func (d *Decimal) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
