package history

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

func TestAPeriodIsLeftOutWhereAllOfItsTimeWasSaidBefore(t *testing.T) {
	day := func(n int) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC)
	}
	period := func(from, to int, erp int64) PricePeriod {
		return PricePeriod{Period: effective.Period{From: day(from), To: day(to)}, PriceSaying: PriceSaying{ERPPrice: money.Int(erp), UnitPrice: money.Int(erp)}}
	}
	for what, c := range map[string]struct {
		before []PricePeriod
		p      PricePeriod
		said   bool
	}{
		"nothing before":              {nil, period(1, 0, 10), false},
		"the same":                    {[]PricePeriod{period(1, 0, 10)}, period(5, 0, 10), true},
		"the same within":             {[]PricePeriod{period(1, 9, 10)}, period(2, 8, 10), true},
		"another price":               {[]PricePeriod{period(1, 0, 10)}, period(5, 0, 11), false},
		"less time":                   {[]PricePeriod{period(1, 9, 10)}, period(5, 0, 10), false},
		"later another price":         {[]PricePeriod{period(1, 0, 10), period(7, 0, 12)}, period(5, 0, 10), false},
		"another price of other time": {[]PricePeriod{period(1, 9, 10), period(9, 0, 12)}, period(2, 9, 10), true},
	} {
		if got := said(c.before, c.p); got != c.said {
			t.Errorf("%s: %t", what, got)
		}
	}
}
