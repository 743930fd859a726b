package money

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestANumberIsReadExactlyAndWrittenPlainly(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.0": "0", "7.50": "7.5", "-3": "-3", "+1": "1", ".5": "0.5", "5.": "5", "1.6e-05": "0.000016",
		"0.0000166667": "0.0000166667", "1E3": "1000", "00012": "12", "1000e-3": "1", "100000000000000000000000e-5": "1000000000000000000",
		"99999999999999999999.999999999999999999": "99999999999999999999.999999999999999999", "0.000000000000000001": "0.000000000000000001",
		"1.0000000000000000000000": "1", "120e-19": "0.000000000000000012", "0e99": "0", "-10.010": "-10.01",
	} {
		got, err := Parse(in)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestANumberThatDoesNotFitIsRefusedNotRounded(t *testing.T) {
	for in, want := range map[string]error{
		"": ErrSyntax, ".": ErrSyntax, "-": ErrSyntax, "1,5": ErrSyntax, "1e": ErrSyntax, "1e+": ErrSyntax, "0x1": ErrSyntax, "NaN": ErrSyntax, "1.2.3": ErrSyntax, " 1": ErrSyntax,
		"0.0000000000000000001": ErrPrecision, "1e-19": ErrPrecision, "1.2345678901234567891": ErrPrecision, "1e-99999999999": ErrPrecision,
		"100000000000000000000": ErrRange, "1e20": ErrRange, "1e99999999999": ErrRange, strings.Repeat("9", 60): ErrRange,
	} {
		if got, err := Parse(in); !errors.Is(err, want) {
			t.Errorf("Parse(%q) = %s, %v; want %v", in, got, err, want)
		}
	}
}

func TestTextHasAtLeastTheCurrencysDecimals(t *testing.T) {
	for _, c := range []struct {
		currency Currency
		in, want string
	}{
		{"USD", "7.5", "7.50"},
		{"USD", "0", "0.00"},
		{"USD", "0.0000166667", "0.0000166667"},
		{"USD", "-0.5", "-0.50"},
		{"USD", "1000", "1000.00"},
		{"JPY", "120", "120"},
		{"JPY", "0", "0"},
		{"JPY", "0.5", "0.5"},
		{"KWD", "1", "1.000"},
	} {
		d, err := Parse(c.in)
		if err != nil || c.currency.Format(d) != c.want {
			t.Errorf("%s of %s = %s, %v; want %s", c.in, c.currency, c.currency.Format(d), err, c.want)
		}
	}
}

func TestCurrenciesAreISOCodes(t *testing.T) {
	if c, err := ParseCurrency("usd"); err != nil || c != "USD" {
		t.Errorf("usd = %s, %v", c, err)
	}
	for _, bad := range []string{"", "US", "DOLLAR", "QQQ"} {
		if c, err := ParseCurrency(bad); err == nil {
			t.Errorf("%q accepted as %s", bad, c)
		}
	}
}

func genDecimal(t *rapid.T, label string) Decimal {
	n := decimal.New(rapid.Int64().Draw(t, label), -int32(rapid.IntRange(0, 18).Draw(t, label+" decimals")))
	d, err := FromExact(n)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	return d
}

func TestDecimalsObeyTheLawsOfNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genDecimal(t, "a"), genDecimal(t, "b")
		if a.Cmp(b) != a.Exact().Cmp(b.Exact()) || (a == b) != (a.Cmp(b) == 0) {
			t.Fatalf("order of %s and %s", a, b)
		}
		if back, err := Parse(a.Text(rapid.IntRange(0, 18).Draw(t, "least"))); err != nil || back != a {
			t.Fatalf("%s read back as %s, %v", a, back, err)
		}
		if FromUnscaled(a.Unscaled()) != a {
			t.Fatalf("%s does not survive its unscaled form", a)
		}
		if a.Abs().Exact().Cmp(a.Exact().Abs()) != 0 {
			t.Fatalf("%s without its sign is %s", a, a.Abs())
		}
		if got := int32(a.Decimals()); !a.Exact().Truncate(got).Equal(a.Exact()) || (got > 0 && a.Exact().Truncate(got-1).Equal(a.Exact())) {
			t.Fatalf("%s needs %d decimals", a, got)
		}
	})
}

func TestIntIsTheSameNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if got := Int(n).Exact(); !got.Equal(decimal.NewFromInt(n)) {
			t.Fatalf("Int(%d) = %s", n, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.5", "1e-5", "", "-", "99999999999999999999.9", "0.0000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err != nil {
			return
		}
		want, err := decimal.NewFromString(s)
		if err != nil {
			return
		}
		if !d.Exact().Equal(want) {
			t.Fatalf("Parse(%q) = %s", s, d)
		}
	})
}

// An exact number becomes the Decimal, or is refused for the reason, that its text is.
func TestAnExactNumberIsWhatItsTextIs(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, e decimal.Decimal) {
		got, err := FromExact(e)
		want, wrong := Parse(e.String())
		if got != want || !errors.Is(err, wrong) {
			t.Errorf("%s: %s, %v; its text is %s, %v", e, got, err, want, wrong)
		}
	}
	for _, text := range []string{
		"0", "-0", "1", "-0.000000000000000001", "0.0000000000000000001", "0.0000000000000000010", "99999999999999999999.999999999999999999",
		"-99999999999999999999.999999999999999999", "100000000000000000000", "18446744073709551615", "18446744073709551616", "1e19", "1e20", "1e38", "1e60", "5e-60",
	} {
		check(t, decimal.RequireFromString(text))
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "coefficient")
		e := decimal.NewFromBigInt(new(big.Int).SetBytes(n), int32(rapid.IntRange(-45, 45).Draw(t, "exponent")))
		if rapid.Bool().Draw(t, "below zero") {
			e = e.Neg()
		}
		check(t, e)
		check(t, e.Truncate(18))
	})
}
