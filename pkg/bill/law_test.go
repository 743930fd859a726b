package bill

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// unitByUnit is the model of graduated tiers: it walks through the units of a month one by one, from the n-th on, and looks up for each what
// it costs. What is given back walks the other way. Units before the first were used in another bill, and cost what the first does.
func unitByUnit(n, units, block int64, included int64, minima []int64, prices []*big.Rat) *big.Rat {
	sum, step := new(big.Rat), int64(1)
	if units < 0 {
		step = -1
	}
	for ; units != 0; units -= step {
		number := n + 1 // which unit of the month it is
		if step < 0 {
			number = n
		}
		n += step
		price := prices[0]
		if number > 0 {
			number -= included * block
			if number <= 0 {
				continue
			}
			for i := range minima {
				if number > minima[i]*block {
					price = prices[i]
				}
			}
		}
		each := new(big.Rat).Quo(price, big.NewRat(block, 1))
		sum.Add(sum, each.Mul(each, big.NewRat(step, 1)))
	}
	return sum
}

func TestGraduatedTiersCostWhatTheirUnitsCostOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block := rapid.SampledFrom([]int64{1, 3, 7, 10}).Draw(t, "block")
		included := rapid.Int64Range(0, 4).Draw(t, "included")
		minima, prices := []int64{0}, []*big.Rat{}
		for range rapid.IntRange(0, 3).Draw(t, "more tiers") {
			minima = append(minima, minima[len(minima)-1]+rapid.Int64Range(1, 5).Draw(t, "wide"))
		}
		var rates []Rate
		for _, minimum := range minima {
			price := dec(t, rapid.SampledFrom([]string{"0", "1", "0.5", "0.123456789", "7"}).Draw(t, "price"))
			prices = append(prices, rational(price))
			rates = append(rates, Rate{Tier: money.Int(minimum), Price: price, Included: money.Int(included), Unit: fmt.Sprint(block, " Hours")})
		}
		var used Used
		position := int64(0)
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			quantity := rapid.Int64Range(-20, 60).Draw(t, "quantity")
			u := usage(t, "2026-01-10", fmt.Sprint(quantity), rapid.SampledFrom([]string{"1 Hour", "Hours", ""}).Draw(t, "unit"), "1")
			units := quantity
			if u.Unit == "" {
				units = quantity * block
			}
			c, err := u.Check(then(), NewScale(rates), &used, noExchange)
			if err != nil || !c.Verdict.Priced {
				t.Fatal(c, err)
			}
			if want := rounded(t, unitByUnit(position, units, block, included, minima, prices)); c.Verdict.Expected != want {
				t.Fatalf("%d units behind %d cost %s, one by one %s", units, position, c.Verdict.Expected, want)
			}
			position += units
		}
	})
}

// TestABillThatIsRightMatchesOrIsRounded: whatever is charged as the model says is never a difference, however it is cut into lines.
func TestABillThatIsRightMatchesOrIsRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := tiers(t, "10 GB", "0", "1.1", "2", "0.77", "5", "0")
		decimals := rapid.IntRange(2, 6).Draw(t, "decimals")
		var used Used
		position := int64(0)
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			units := rapid.Int64Range(0, 40).Draw(t, "units")
			right := unitByUnit(position, units, 10, 0, []int64{0, 2, 5}, []*big.Rat{big.NewRat(11, 10), big.NewRat(77, 100), new(big.Rat)})
			position += units
			u := usage(t, "2026-01-10", fmt.Sprint(units), "GB", right.FloatString(decimals))
			c, err := u.Check(then(), scale, &used, noExchange)
			if err != nil || c.Verdict.Reason.Differs() || len(c.Questions()) > 0 {
				t.Fatalf("%s for %d units behind %d: %+v %v", u.Charged, units, position-units, c.Verdict, err)
			}
			exact := rational(u.Charged).Cmp(right) == 0
			if exact != (c.Verdict.Reason == Match) {
				t.Fatalf("%s is exact: %v, but %s", u.Charged, exact, c.Verdict.Reason)
			}
		}
	})
}

// dayByDay is the model of proration: it walks through the days of a charge one by one, and for each looks for its billing period, from the
// anchor on, month by month.
func dayByDay(anchor, from, to time.Time, months int) *big.Rat {
	sum := new(big.Rat)
	for at := from; at.Before(to); at = at.AddDate(0, 0, 1) {
		n := 0
		for laterMonth(anchor, n).After(at) {
			n -= months
		}
		for !laterMonth(anchor, n+months).After(at) {
			n += months
		}
		length := 0
		for d := laterMonth(anchor, n); d.Before(laterMonth(anchor, n+months)); d = d.AddDate(0, 0, 1) {
			length++
		}
		sum.Add(sum, big.NewRat(1, int64(length)))
	}
	return sum
}

// laterMonth is the anchor's day so many months later, found by going back from it until it is in the right month.
func laterMonth(anchor time.Time, months int) time.Time {
	want := effective.MonthOf(anchor).Add(months)
	for dayOfMonth := anchor.Day(); ; dayOfMonth-- {
		t := time.Date(want.Year, want.Month, dayOfMonth, 0, 0, 0, 0, time.UTC)
		if effective.MonthOf(t) == want {
			return t
		}
	}
}

func TestALicenceCostsWhatItsDaysCostOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := rapid.SampledFrom([]string{"Monthly", "Annual", "Triennial", "None"}).Draw(t, "plan")
		term := rapid.SampledFrom([]string{"P1M", "P1Y", "P3Y"}).Draw(t, "term")
		basis := rapid.SampledFrom([]pricelist.Basis{pricelist.PerTerm, pricelist.PerMonth}).Draw(t, "basis")
		anchor := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 800).Draw(t, "anchor"))
		from := anchor.AddDate(0, 0, rapid.IntRange(-100, 500).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(1, 500).Draw(t, "days"))
		l := &License{
			Charge: Charge{Charged: money.Int(1), Currency: "USD"}, Term: term, Plan: plan, Seats: rapid.Int64Range(-20, 300).Draw(t, "seats"),
			Ordered: anchor.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second), From: from, To: to,
		}
		p := priced(t, rapid.SampledFrom([]string{"72", "0.01", "1440.5", "33"}).Draw(t, "price"), "99")
		p.Basis = basis

		termMonths := map[string]int{"P1M": 1, "P1Y": 12, "P3Y": 36}[term]
		months := min(map[string]int{"Monthly": 1, "Annual": 12, "Triennial": 36, "None": 36}[plan], termMonths)
		each := new(big.Rat).Mul(rational(p.Unit), big.NewRat(int64(months), int64(termMonths)))
		if basis == pricelist.PerMonth {
			months, each = 1, rational(p.Unit)
		}
		want := new(big.Rat).Mul(dayByDay(anchor, from, to, months), each)
		want.Mul(want, big.NewRat(l.Seats, 1))
		c, err := l.Check(then(), Prices{p}, noExchange)
		if err != nil || !c.Verdict.Priced || c.Verdict.Expected != rounded(t, want) {
			t.Fatalf("%s %s of %s by the %s, %d seats, %s to %s since %s: %+v %v, day by day %s", term, plan, p.Unit, basis, l.Seats, from, to, anchor, c.Verdict, err, want.FloatString(18))
		}
	})
}

func TestInstalmentsOfATermAddUpToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anchor := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "anchor"))
		cut := rapid.IntRange(1, 364).Draw(t, "cut")
		sum := new(big.Rat)
		for _, p := range [][2]time.Time{{anchor, anchor.AddDate(0, 0, cut)}, {anchor.AddDate(0, 0, cut), laterMonth(anchor, 12)}} {
			l := license(t, "Annual", 3, p[0].Format(time.DateOnly), p[1].Format(time.DateOnly), "1")
			l.Ordered = anchor
			a := l.cost(priced(t, "100", "120"), dec(t, "100"))
			sum.Add(sum, new(big.Rat).Quo(a.num.Rat(), a.den.Rat()))
		}
		if sum.Cmp(big.NewRat(300, 1)) != 0 {
			t.Fatalf("cut after %d days from %s the year costs %s", cut, anchor, sum.FloatString(18))
		}
	})
}
