package current

import (
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// rateEntry is a present answer as it is kept: 144 bytes. Numbers are those of values.
type rateEntry struct {
	identity   [6]uint32
	attributes [12]uint32
	tier       uint32
	price      uint32
	included   uint32
	plans      uint32

	effectiveFrom, validTo, knownAt, newest, since, until moment

	followed bool // the newest of what it rests on came from the stream: of what is known at the same instant, later messages count
}

func identityTexts(i *rate.Identity) [6]*string {
	return [6]*string{&i.PriceList, &i.Currency, &i.MeterID, &i.SKUID, &i.Type, &i.ReservationTerm}
}

func attributeTexts(a *rate.Attributes) [12]*string {
	return [12]*string{
		&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure,
		&a.ARMRegionName, &a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion,
	}
}

// packRate keeps an answer that has a price.
func packRate(v *values, a *history.PresentRate, followed bool) rateEntry {
	e := rateEntry{
		tier: v.amount(a.Identity.Tier), price: v.amount(a.Price), included: v.amount(a.IncludedQuantity), plans: v.savings(a.SavingsPlans),
		effectiveFrom: momentOf(a.EffectiveFrom), validTo: momentOf(a.ValidTo), knownAt: momentOf(a.KnownAt), newest: momentOf(a.Newest),
		since: momentOf(a.Since), until: momentOf(a.Until), followed: followed,
	}
	for i, s := range identityTexts(&a.Identity) {
		e.identity[i] = v.text(*s)
	}
	for i, s := range attributeTexts(&a.Attributes) {
		e.attributes[i] = v.text(*s)
	}
	return e
}

// drop gives back the values of an answer that is kept no more. The zero entry has none.
func (e *rateEntry) drop(v *values) {
	v.dropAmount(e.tier)
	v.dropAmount(e.price)
	v.dropAmount(e.included)
	v.dropSavings(e.plans)
	for _, n := range e.identity {
		v.dropText(n)
	}
	for _, n := range e.attributes {
		v.dropText(n)
	}
}

// unpackRate is the inverse of packRate. Savings plans are shared and must not be modified.
func unpackRate(v *values, e *rateEntry) history.PresentRate {
	a := history.PresentRate{
		RateAnswer: history.RateAnswer{
			Price: v.amounts.value(e.price), EffectiveFrom: e.effectiveFrom.time(), ValidTo: e.validTo.time(), KnownAt: e.knownAt.time(),
			SavingsPlans: v.plans.value(e.plans), IncludedQuantity: v.amounts.value(e.included),
		},
		Holds:  history.Holds{Since: e.since.time(), Until: e.until.time()},
		Newest: e.newest.time(),
	}
	a.Identity.Tier = v.amounts.value(e.tier)
	for i, s := range identityTexts(&a.Identity) {
		*s = v.texts.value(e.identity[i])
	}
	for i, s := range attributeTexts(&a.Attributes) {
		*s = v.texts.value(e.attributes[i])
	}
	return a
}
