package rate

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Attributes are what a row says beside identity, price and times. They are compared trimmed, absent being empty.
type Attributes struct {
	MeterName            string
	ProductID            string
	ProductName          string
	SKUName              string
	ServiceName          string
	ServiceID            string
	ServiceFamily        string
	UnitOfMeasure        string
	ARMRegionName        string
	Location             string
	ARMSKUName           string
	IsPrimaryMeterRegion string // "true", "false" or empty
}

// attributeCount is how many attributes are compared.
const attributeCount = 12

// list returns pointers to the attributes in the order in which they are compared.
func (a *Attributes) list() [attributeCount]*string {
	return [attributeCount]*string{
		&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure,
		&a.ARMRegionName, &a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion,
	}
}

// Compare orders attributes by the twelve in the order of the struct, as text.
func (a *Attributes) Compare(o *Attributes) int {
	left, right := a.list(), o.list()
	for i, s := range left {
		if c := cmp.Compare(*s, *right[i]); c != 0 {
			return c
		}
	}
	return 0
}

// SavingsPlan is the hourly price under a savings plan commitment.
type SavingsPlan struct {
	Term  string // "1 Year", "3 Years"
	Price money.Decimal
}

func comparePlans(a, b SavingsPlan) int {
	return cmp.Or(cmp.Compare(a.Term, b.Term), a.Price.Cmp(b.Price))
}

// Row is one valid row of a source. Its period is half-open; an open end is zero. Savings plans are in order of their term, so that rows
// compare equal whatever order the source listed them in. A Row is not changed once it is made: copies share its savings plans.
type Row struct {
	Identity
	Attributes
	Price        money.Decimal
	Effective    effective.Period
	SavingsPlans []SavingsPlan
	// IncludedQuantity is how many units a month cost nothing before the tiers begin to count; 0 but in rate cards.
	IncludedQuantity money.Decimal
}

// span returns what the row says: its price, in its period.
func (r *Row) span() Span {
	return Span{Period: r.Effective, Price: r.Price, Start: r.Effective.From}
}

// agrees reports whether two rows of one identity and start say the same.
func (r *Row) agrees(o *Row) bool { return r.Price == o.Price && r.Effective.To.Equal(o.Effective.To) }

func (r *Row) sameTimes(o *Row) bool {
	return r.Effective.From.Equal(o.Effective.From) && r.Effective.To.Equal(o.Effective.To)
}

// compareRows orders rows of one identity by start, end (an open one last) and price, then the twelve attributes, then savings plans
// and included quantity.
func compareRows(a, b *Row) int {
	if c := cmp.Or(a.Effective.From.Compare(b.Effective.From), compareEnds(a.Effective.To, b.Effective.To), a.Price.Cmp(b.Price)); c != 0 {
		return c
	}
	return cmp.Or(a.Attributes.Compare(&b.Attributes), slices.CompareFunc(a.SavingsPlans, b.SavingsPlans, comparePlans),
		a.IncludedQuantity.Cmp(b.IncludedQuantity))
}

func compareEnds(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
