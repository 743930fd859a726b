package reconcile

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// The layouts of a bill.
const (
	UsageLayout   = "a bill of usage"
	LicenseLayout = "a bill of licences"
)

// Headers of Partner Center's files that stand for a column, or beside it.
const (
	headBillable = "BillableQuantity"
	headStart    = "SubscriptionStartDate"
)

// The columns, as problems call them.
const (
	colScope        = "scope"
	colSubscription = "subscription"
	colCustomer     = "customer"
	colDate         = "date"
	colPriceList    = "price_list"
	colMeter        = "meter"
	colProduct      = "product"
	colSKU          = "sku"
	colType         = "type"
	colReservation  = "reservation_term"
	colPaid         = "paid"
	colBought       = "bought"
	colQuantity     = "quantity"
	colBillable     = "billable_quantity"
	colStart        = "subscription_start"
	colUnit         = "unit"
	colCharged      = "charged"
	colCurrency     = "currency"
	colPriceIn      = "price_currency"
	colMarket       = "market"
	colTerm         = "term"
	colBilling      = "billing"
	colTier         = "tier"
	colSeats        = "seats"
	colOrdered      = "ordered"
	colFrequency    = "frequency"
	colFrom         = "charge_start"
	colTo           = "charge_end"
)

// layouts are those of bills. A file that has BillableQuantity instead of a quantity, or SubscriptionStartDate instead of the order's day, means
// these; one that has both is of a layout with a column more.
func layouts() []sheet.Layout {
	billable := sheet.LayoutColumn{Name: colBillable, Required: true, Aliases: []string{headBillable}}
	start := sheet.LayoutColumn{Name: colStart, Required: true, Aliases: []string{headStart}}
	all := []sheet.Layout{usageLayout(headBillable), licenseLayout([]string{headBillable}, []string{headStart})}
	return append(all,
		with(usageLayout(), headBillable, billable), with(licenseLayout(nil, []string{headStart}), headBillable, billable),
		with(licenseLayout([]string{headBillable}, nil), headStart, start), with(licenseLayout(nil, nil), headBillable+" and "+headStart, billable, start))
}

func with(l sheet.Layout, what string, columns ...sheet.LayoutColumn) sheet.Layout {
	return sheet.Layout{Name: l.Name + " with " + what, Columns: append(l.Columns, columns...)}
}

// kindOf is the layout without what it has besides.
func kindOf(layout string) string {
	if strings.HasPrefix(layout, UsageLayout) {
		return UsageLayout
	}
	return LicenseLayout
}

// who are the columns that both layouts have.
func who() []sheet.LayoutColumn {
	return []sheet.LayoutColumn{
		{Name: colScope},
		{Name: colSubscription, Aliases: []string{"SubscriptionId", "SubscriptionGuid", "EntitlementId"}},
		{Name: colCustomer, Aliases: []string{"CustomerId", "CustomerTenantId"}},
		{Name: colCharged, Required: true, Aliases: []string{"Cost", "Amount", "Subtotal", "PreTaxCost", "BillingPreTaxTotal", "CostInBillingCurrency"}},
		{Name: colCurrency, Aliases: []string{"BillingCurrency", "BillingCurrencyCode", "CurrencyCode"}},
	}
}

// usageLayout has the headers of Partner Center's and Azure's files for its columns, and further ones for the quantity.
func usageLayout(quantity ...string) sheet.Layout {
	return sheet.Layout{Name: UsageLayout, Columns: append([]sheet.LayoutColumn{
		{Name: colDate, Required: true, Aliases: []string{"UsageDate", "UsageDateTime"}},
		{Name: colMeter, Required: true, Aliases: []string{"MeterId"}},
		{Name: colSKU, Aliases: []string{"SkuId"}},
		{Name: colQuantity, Required: true, Aliases: append([]string{"UsageQuantity", "ConsumedQuantity"}, quantity...)},
		{Name: colProduct, Aliases: []string{"ProductId"}},
		{Name: colUnit, Aliases: []string{"UnitOfMeasure", "UnitType"}},
		{Name: colType, Aliases: []string{"PriceType"}},
		{Name: colReservation},
		{Name: colPaid},
		{Name: colBought, Aliases: []string{"PurchaseDate"}},
		{Name: colPriceList},
		{Name: colPriceIn, Aliases: []string{"PricingCurrency"}},
	}, who()...)}
}

// licenseLayout is the same of licences. OrderDate is none of its headers: in new-commerce files it is the day of the billing event.
func licenseLayout(seats, ordered []string) sheet.Layout {
	return sheet.Layout{Name: LicenseLayout, Columns: append([]sheet.LayoutColumn{
		{Name: colMarket, Required: true, Aliases: []string{"Country", "CustomerCountry"}},
		{Name: colProduct, Required: true, Aliases: []string{"ProductId", "OfferId"}},
		{Name: colSKU, Required: true, Aliases: []string{"SkuId", "LicenseAgreementType"}},
		{Name: colTerm, Required: true, Aliases: []string{"TermDuration", "PurchaseUnit"}},
		{Name: colBilling, Required: true, Aliases: []string{"BillingPlan", "EndCustomerType"}},
		{Name: colSeats, Required: true, Aliases: append([]string{"Quantity", "Licenses"}, seats...)},
		{Name: colOrdered, Required: true, Aliases: ordered},
		{Name: colTier, Aliases: []string{"PricingTierRangeMin"}},
		{Name: colFrequency, Aliases: []string{"BillingFrequency"}},
		{Name: colPriceIn, Aliases: []string{"PricingCurrency"}},
		{Name: colFrom, Aliases: []string{"ChargeStartDate"}},
		{Name: colTo, Aliases: []string{"ChargeEndDate"}},
	}, who()...)}
}
