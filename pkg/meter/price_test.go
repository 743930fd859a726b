package meter

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

func amount(t interface{ Fatal(...any) }, s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestThePriceOfASingleUnitIsExactOrNone(t *testing.T) {
	used := &rate.Identity{Type: "Consumption"}
	for _, c := range []struct{ price, unit, want string }{
		{"0.05", "10K", "0.000005"},
		{"0.886", "1 Hour", "0.886"},
		{"0", "1M", "0"},
		{"7.5", "100 Hours", "0.075"},
		{"1", "60 Minutes", ""},             // 0.01666... has no end
		{"3", "60 Minutes", "0.05"},         // and this has
		{"0.000000000000000001", "10K", ""}, // needs 22 decimals
		{"0.00000000000001", "10K", "0.000000000000000001"},
		{"5", "1 Widget", ""},
	} {
		d, ok := PerUnit(used, amount(t, c.price), ParseUnit(c.unit))
		if ok != (c.want != "") || ok && d.String() != c.want {
			t.Errorf("%s a %s is %s, %v, want %q", c.price, c.unit, d, ok, c.want)
		}
	}
	if d, ok := PerUnit(&rate.Identity{Type: rate.Reservation, ReservationTerm: "1 Year"}, money.Int(8760), ParseUnit("1 Hour")); ok {
		t.Errorf("the price of a reservation is for its term, but is %s an hour", d)
	}
}

func TestTheHourlyEquivalentOfAReservationIsItsPriceOverItsHours(t *testing.T) {
	for _, c := range []struct{ kind, term, price, want string }{
		{rate.Reservation, "1 Year", "8760", "1"},
		{rate.Reservation, "3 Years", "26280", "1"},
		{rate.Reservation, "5 Years", "43800", "1"},
		{rate.Reservation, "1 Year", "0", "0"},
		{rate.Reservation, "1 Year", "1", "0.0001141553"}, // 0.00011415525..., up
		{rate.Reservation, "3 Years", "5165", "0.1965372907"},
		{rate.Reservation, "1 Year", "0.000000438", "0"},            // half of the last place, to even
		{rate.Reservation, "1 Year", "0.000001314", "0.0000000002"}, // one and a half, to even
		{rate.Reservation, "1 Year", "0.00000219", "0.0000000002"},  // two and a half, to even
		{rate.Reservation, "1 Year", "0.000002190000000001", "0.0000000003"},
		{rate.Reservation, "2 Years", "100", ""},
		{rate.Reservation, "", "100", ""},
		{"Consumption", "1 Year", "100", ""},
	} {
		d, ok := Hourly(&rate.Identity{Type: c.kind, ReservationTerm: c.term}, amount(t, c.price))
		if ok != (c.want != "") || ok && d.String() != c.want {
			t.Errorf("%s %q at %s is %s an hour, %v, want %q", c.kind, c.term, c.price, d, ok, c.want)
		}
	}
}

func TestAnHourlyEquivalentIsNeverFurtherOffThanHalfOfItsLastPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := &rate.Identity{Type: rate.Reservation, ReservationTerm: rapid.SampledFrom([]string{"1 Year", "3 Years", "5 Years"}).Draw(t, "term")}
		price := money.FromUnscaled(rapid.Int64Range(0, 1<<40).Draw(t, "high"), rapid.Uint64().Draw(t, "low"))
		d, ok := Hourly(id, price)
		if !ok || d.Decimals() > HourlyDecimals {
			t.Fatalf("%s, %v", d, ok)
		}
		exact := new(big.Rat).Quo(rational(price), new(big.Rat).SetInt64(hours(id.ReservationTerm)))
		off := new(big.Rat).Abs(exact.Sub(exact, rational(d)))
		if off.Cmp(big.NewRat(1, 20_000_000_000)) > 0 {
			t.Fatalf("%s over %s is %s: off by %s", price, id.ReservationTerm, d, off.FloatString(20))
		}
	})
}

func rational(d money.Decimal) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}
