package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// layoutFocus is the layout of FocusView.
const layoutFocus = "focus"

// focusVersion is the version of the specification that FocusView follows.
const focusVersion = "1.2"

// microsoft provides, publishes and invoices everything on its price lists.
const microsoft = "Microsoft"

// FocusView is a usage rate in the words of FOCUS, the FinOps Open Cost and Usage Specification, version 1.2. The specification is of charges
// and has no price lists: a row says what the columns of a charge at this price would say. Columns are in the order of their names, those of
// the specification first; null is what it prescribes for what does not apply or is not known.
type FocusView struct {
	BillingCurrency            string  `json:"BillingCurrency"`
	ChargeCategory             string  `json:"ChargeCategory"` // Usage, or Purchase for reservations
	CommitmentDiscountCategory *string `json:"CommitmentDiscountCategory"`
	CommitmentDiscountType     *string `json:"CommitmentDiscountType"`
	InvoiceIssuerName          string  `json:"InvoiceIssuerName"`
	ListUnitPrice              string  `json:"ListUnitPrice" format:"decimal"` // of one PricingUnit
	PricingCategory            *string `json:"PricingCategory"`
	PricingCurrency            string  `json:"PricingCurrency"`
	PricingUnit                *string `json:"PricingUnit"`
	ProviderName               string  `json:"ProviderName"`
	PublisherName              string  `json:"PublisherName"`
	RegionID                   *string `json:"RegionId"`
	RegionName                 *string `json:"RegionName"`
	ServiceCategory            *string `json:"ServiceCategory"`
	ServiceName                *string `json:"ServiceName"`
	SKUID                      string  `json:"SkuId"`
	SKUMeter                   *string `json:"SkuMeter"`
	SKUPriceDetails            *string `json:"SkuPriceDetails"` // a JSON object
	SKUPriceID                 string  `json:"SkuPriceId"`

	ARMSKUName           *string           `json:"x_ArmSkuName"`
	BlockSize            *string           `json:"x_BlockSize" format:"decimal"`
	EffectiveStart       *time.Time        `json:"x_EffectiveStart"`
	HourlyEquivalent     *string           `json:"x_HourlyEquivalent" format:"decimal"` // rounded to 10 decimals
	IncludedQuantity     string            `json:"x_IncludedQuantity" format:"decimal"`
	IsPrimaryMeterRegion *string           `json:"x_IsPrimaryMeterRegion"`
	KnownAt              time.Time         `json:"x_KnownAt"`
	Price                string            `json:"x_Price" format:"decimal"` // as listed, for x_UnitOfMeasure
	PriceList            string            `json:"x_PriceList"`
	PriceType            string            `json:"x_PriceType"`
	ProductID            *string           `json:"x_ProductId"`
	ProductName          *string           `json:"x_ProductName"`
	PurchaseOption       *string           `json:"x_PurchaseOption"`
	ReservationTerm      *string           `json:"x_ReservationTerm"`
	SavingsPlans         []SavingsPlanView `json:"x_SavingsPlans"`
	ServiceFamily        *string           `json:"x_ServiceFamily"`
	ServiceID            *string           `json:"x_ServiceId"`
	SKUMeterID           string            `json:"x_SkuMeterId"`
	SKUName              *string           `json:"x_SkuName"`
	SKUTier              string            `json:"x_SkuTier" format:"decimal"`
	UnitOfMeasure        *string           `json:"x_UnitOfMeasure"`
	ValidTo              *time.Time        `json:"x_ValidTo"`
}

// focusNotes say in a file how it is to be read.
func focusNotes() []sheet.Note {
	return []sheet.Note{
		{Name: "Layout", Text: "Columns as FOCUS " + focusVersion + " names them, of prices and not of charges; those it has no name for begin with x_"},
		{Name: "ListUnitPrice", Text: "Of one PricingUnit. Where the price of a single unit is not exact in 18 decimals, PricingUnit names the whole block; of a reservation, the term"},
		{Name: "x_HourlyEquivalent", Text: "Of reservations: the price by 8760 hours a year of the term, rounded half to even to 10 decimals"},
	}
}

func focusView(a history.RateAnswer) FocusView {
	v, m := rateView(a), meter.Read(&a.Identity, &a.Attributes)
	f := FocusView{
		BillingCurrency: v.Currency, PricingCurrency: v.Currency, ChargeCategory: "Usage", InvoiceIssuerName: microsoft, ProviderName: microsoft,
		PublisherName: microsoft, PricingCategory: textOrNull(pricingCategory(m.PurchaseOption)), RegionID: textOrNull(v.Region), RegionName: textOrNull(v.Location),
		ServiceCategory: textOrNull(serviceCategory(v.ServiceFamily)), ServiceName: textOrNull(v.ServiceName), SKUID: v.SKUID, SKUMeter: textOrNull(v.MeterName),
		SKUPriceID: skuPriceID(&a.Identity), SKUPriceDetails: textOrNull(skuPriceDetails(&a, m)),

		ARMSKUName: textOrNull(v.ARMSKUName), BlockSize: v.BlockSize, EffectiveStart: v.EffectiveFrom, HourlyEquivalent: v.HourlyEquivalent,
		IncludedQuantity: v.IncludedQuantity, IsPrimaryMeterRegion: textOrNull(v.IsPrimaryRegion), KnownAt: v.KnownAt, Price: v.Price, PriceList: v.PriceList,
		PriceType: v.Type, ProductID: textOrNull(v.ProductID), ProductName: textOrNull(v.ProductName), PurchaseOption: textOrNull(v.PurchaseOption),
		ReservationTerm: textOrNull(v.ReservationTerm), SavingsPlans: v.SavingsPlans, ServiceFamily: textOrNull(v.ServiceFamily), ServiceID: textOrNull(v.ServiceID),
		SKUMeterID: v.MeterID, SKUName: textOrNull(v.SKUName), SKUTier: v.Tier, UnitOfMeasure: textOrNull(v.UnitOfMeasure), ValidTo: v.ValidTo,
	}
	if a.Identity.Type == rate.Reservation {
		f.ChargeCategory = "Purchase"
		f.CommitmentDiscountCategory, f.CommitmentDiscountType = textOrNull("Usage"), textOrNull("Reservation")
	}
	price, unit := listUnitPrice(&a, m)
	f.ListUnitPrice, f.PricingUnit = money.Currency(v.Currency).Format(price), textOrNull(unit)
	return f
}

// listUnitPrice returns what one of a unit costs, and the unit: a single one where that price is exact, else the whole block, else what the
// list calls it. A reservation is priced for its term, whatever its unit of measure says.
func listUnitPrice(a *history.RateAnswer, m meter.Meter) (price money.Decimal, unit string) {
	if a.Identity.Type == rate.Reservation {
		if a.Identity.ReservationTerm == "1 Year" {
			return a.Price, "Years"
		}
		return a.Price, a.Identity.ReservationTerm
	}
	name := compound(m.Name)
	single, ok := meter.PerUnit(&a.Identity, a.Price, m.Unit)
	switch {
	case ok:
		return single, name
	case m.Known():
		return a.Price, m.Block.String() + " " + name
	}
	return a.Price, a.Attributes.UnitOfMeasure
}

// compound writes a unit of an amount over a time as the specification asks for: GB-Hours. The toolkit's names have a blank there.
func compound(unit string) string {
	amount, time, ok := strings.Cut(unit, " ")
	if !ok || strings.Contains(unit, "/") {
		return unit
	}
	switch time {
	case "Seconds", "Minutes", "Hours", "Days", "Months", "Years":
		return amount + "-" + time
	}
	return unit
}

// pricingCategory is how a purchase option is called: what may be evicted is priced as its provider likes at the time, all else by the list.
// It is empty where the option is not known.
//
// A reservation is bought at the list's price: Standard. Committed is what is used under one, and of that there is no row.
// Source: FOCUS 1.2, PricingCategory.
func pricingCategory(option string) string {
	switch option {
	case meter.Spot, meter.LowPriority:
		return "Dynamic"
	case meter.OnDemand, meter.DevTest, meter.Reserved:
		return "Standard"
	}
	return ""
}

// serviceCategory maps the service family of the Retail Prices API to a category of the specification, where both mean the same; empty for the
// others, such as Data or Quantum Computing.
func serviceCategory(family string) string {
	switch family {
	case "Analytics", "Compute", "Databases", "Developer Tools", "Identity", "Integration", "Internet of Things", "Management and Governance",
		"Media", "Migration", "Mobile", "Networking", "Security", "Storage", "Web", "Other":
		return family
	case "AI + Machine Learning":
		return "AI and Machine Learning"
	case "Containers": // the category Compute is of containers too
		return "Compute"
	}
	return ""
}

// skuPriceID names a price of a SKU: its identity without the currency and the price list, which the specification keeps out.
func skuPriceID(id *rate.Identity) string {
	parts := []string{id.SKUID, id.MeterID, id.Type}
	if id.ReservationTerm != "" {
		parts = append(parts, id.ReservationTerm)
	}
	return strings.Join(append(parts, id.Tier.String()), "_")
}

// skuPriceDetails is a JSON object of what tells the price from others; names the specification does not define begin with x_.
func skuPriceDetails(a *history.RateAnswer, m meter.Meter) string {
	var d struct {
		InstanceType    string `json:"InstanceType,omitempty"`
		OperatingSystem string `json:"OperatingSystem,omitempty"`
		PurchaseOption  string `json:"x_PurchaseOption,omitempty"`
		ReservationTerm string `json:"x_ReservationTerm,omitempty"`
		Tier            string `json:"x_SkuTier,omitempty"`
	}
	d.OperatingSystem, d.PurchaseOption, d.ReservationTerm = m.OperatingSystem, m.PurchaseOption, a.Identity.ReservationTerm
	if a.Attributes.ServiceName == meter.VirtualMachines {
		d.InstanceType = a.Attributes.ARMSKUName
	}
	if !a.Identity.Tier.IsZero() {
		d.Tier = a.Identity.Tier.String()
	}
	text, err := json.Marshal(d)
	if err != nil || string(text) == "{}" { // texts always encode
		return ""
	}
	return string(text)
}
