package current

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// priceEntry is a present answer as it is kept: 144 bytes. Numbers are those of values; market, and what tells a group, are the snapshot's.
type priceEntry struct {
	currency   uint32
	tier       uint32
	unitPrice  uint32
	erpPrice   uint32
	basis      uint32
	release    uint32
	family     uint32
	attributes [9]uint32

	validFrom, validTo, starts, knownAt, since, until moment

	none bool
}

func lineTexts(a *pricelist.Attributes) [9]*string {
	return [9]*string{&a.ProductTitle, &a.SKUTitle, &a.Publisher, &a.Description, &a.Unit, &a.TierMax, &a.EndOfSale, &a.Segment, &a.Tags}
}

// group tells lines of a market from others that differ in more than currency and tier.
type group struct{ product, sku, term, billing string }

func packPrice(v *values, a *history.PresentPrice) priceEntry {
	e := priceEntry{
		currency: v.text(a.Identity.Currency), tier: v.amount(a.Identity.Tier), unitPrice: v.amount(a.UnitPrice), erpPrice: v.amount(a.ERPPrice),
		basis: v.text(string(a.Basis)), release: v.text(a.Release), family: v.text(a.Family), none: a.None,
		validFrom: momentOf(a.Valid.From), validTo: momentOf(a.Valid.To), starts: momentOf(a.Starts), knownAt: momentOf(a.KnownAt),
		since: momentOf(a.Since), until: momentOf(a.Until),
	}
	for i, s := range lineTexts(&a.Attributes) {
		e.attributes[i] = v.text(*s)
	}
	return e
}

// unpackPrice is the inverse of packPrice, but for what the snapshot knows.
func unpackPrice(v *values, e *priceEntry) history.PriceAnswer {
	a := history.PriceAnswer{
		None: e.none, UnitPrice: v.amounts.value(e.unitPrice), ERPPrice: v.amounts.value(e.erpPrice), Basis: pricelist.Basis(v.texts.value(e.basis)),
		Valid:  effective.Period{From: e.validFrom.time(), To: e.validTo.time()},
		Starts: e.starts.time(), KnownAt: e.knownAt.time(), Release: v.texts.value(e.release), Family: v.texts.value(e.family),
	}
	a.Identity.Currency, a.Identity.Tier = v.texts.value(e.currency), v.amounts.value(e.tier)
	for i, s := range lineTexts(&a.Attributes) {
		*s = v.texts.value(e.attributes[i])
	}
	return a
}

func (e *priceEntry) holds() history.Holds {
	return history.Holds{Since: e.since.time(), Until: e.until.time()}
}
