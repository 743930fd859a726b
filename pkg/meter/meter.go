package meter

import (
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Meter is all that is derived of a rate beside amounts; what is not known is empty.
type Meter struct {
	Unit
	OperatingSystem string // Windows or Linux
	PurchaseOption  string // one of the ways to buy
}

// Read derives what the identity and the attributes of a rate say.
func Read(id *rate.Identity, a *rate.Attributes) Meter {
	return Meter{Unit: ParseUnit(a.UnitOfMeasure), OperatingSystem: OperatingSystem(id, a), PurchaseOption: PurchaseOption(id, a)}
}

// Price is all that is derived of a rate's price; nil where there is none.
type Price struct {
	PerUnit *money.Decimal // of a single unit, exact
	Hourly  *money.Decimal // of a reservation, rounded to HourlyDecimals
}

// Price derives what a price of the rate comes to.
func (m Meter) Price(id *rate.Identity, price money.Decimal) Price {
	var p Price
	if d, ok := PerUnit(id, price, m.Unit); ok {
		p.PerUnit = &d
	}
	if d, ok := Hourly(id, price); ok {
		p.Hourly = &d
	}
	return p
}
