package pricesheet

import "github.com/pricewire/pricewire/services/ingester/record"

// The columns that are read, in the order of columns.
const (
	productTitle = iota
	productID
	skuID
	skuTitle
	unitOfMeasure
	termDuration
	marketColumn
	currencyColumn
	unitPrice
	rangeMin
	rangeMax
	startDate
	endDate
	meterIDs
	meterType
)

// columns names what identity, price and times need as required, and what only describes as not.
func columns() []record.Column {
	return []record.Column{
		{Name: "ProductTitle"},
		{Name: "ProductId", Required: true},
		{Name: "SkuId", Required: true},
		{Name: "SkuTitle"},
		{Name: "UnitOfMeasure"},
		{Name: "TermDuration", Required: true},
		{Name: "Market", Required: true},
		{Name: "Currency", Required: true},
		{Name: "UnitPrice", Required: true},
		{Name: "PricingTierRangeMin", Required: true},
		{Name: "PricingTierRangeMax", Required: true},
		{Name: "EffectiveStartDate", Required: true},
		{Name: "EffectiveEndDate", Required: true},
		{Name: "MeterIds", Required: true},
		{Name: "MeterType"},
	}
}
