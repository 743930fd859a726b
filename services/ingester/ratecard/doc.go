// Package ratecard reads Azure rate cards: the one of Partner Center (GET /v1/ratecards/azure) and its sibling of the Commerce API, which
// says the same under other names.
//
//	what we read         Partner Center     Commerce
//	meter id, SKU id     id                 MeterId
//	meterName            name               MeterName
//	serviceName          category           MeterCategory
//	productName          subcategory        MeterSubCategory      the category where it is empty
//	armRegionName        region             MeterRegion           location is the same: a card knows display names only
//	unitOfMeasure        unit               Unit
//	included quantity    includedQuantity   IncludedQuantity      0 is none
//	start                effectiveDate      EffectiveDate         without a zone it is UTC; a card knows no end
//	tiers and prices     rates              MeterRates            one row each: the key is where the tier begins
//
// Names are compared without regard to case and may be mixed. Tags and all unknown members are ignored.
//
// A card has no SKUs: the meter id stands for the SKU as well, because an identity needs one. A meter that is marked as deprecated
// (MeterStatus) is a row like any other, for usage is still billed by it; it is retired when cards no longer hold it.
//
// Offer terms are what the card says beside its rows. Those of the Commerce API that are no discount, such as credits, come with a discount
// of 0. They hold for all meters, so a wrong one makes the card wrong.
//
// A row's meaning depends on the card's currency, which may stand behind all meters; so the sink is never asked whether it knows the
// bytes of a row already. The package must not compare rows: that is the rate ledger's business.
//
// Source: Partner Center, Azure rate card resources; Commerce RateCard, 2016-08-31-preview.
package ratecard
