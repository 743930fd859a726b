package api

import (
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/money"
)

// RateView is what is known of a usage rate at an instant.
type RateView struct {
	PriceList       string            `json:"price_list"`
	Currency        string            `json:"currency"`
	MeterID         string            `json:"meter_id"`
	SKUID           string            `json:"sku_id"`
	Type            string            `json:"type"`
	ReservationTerm string            `json:"reservation_term"`
	Tier            string            `json:"tier" format:"decimal" doc:"Tier minimum units."`
	Price           string            `json:"price" format:"decimal" doc:"Exact; for a reservation the total of the term."`
	EffectiveFrom   *time.Time        `json:"effective_from" doc:"Start of the row that gives the price."`
	ValidTo         *time.Time        `json:"valid_to" doc:"When the answer ends, as known; null: open."`
	KnownAt         time.Time         `json:"known_at" doc:"When the answer became known."`
	MeterName       string            `json:"meter_name"`
	ProductID       string            `json:"product_id"`
	ProductName     string            `json:"product_name"`
	SKUName         string            `json:"sku_name"`
	ServiceName     string            `json:"service_name"`
	ServiceID       string            `json:"service_id"`
	ServiceFamily   string            `json:"service_family"`
	UnitOfMeasure   string            `json:"unit_of_measure"`
	Region          string            `json:"region"`
	Location        string            `json:"location"`
	ARMSKUName      string            `json:"arm_sku_name"`
	IsPrimaryRegion string            `json:"is_primary_meter_region"`
	SavingsPlans    []SavingsPlanView `json:"savings_plans"`

	IncludedQuantity string  `json:"included_quantity" format:"decimal" doc:"Units a month that cost nothing before the tiers begin to count; 0: none."`
	BlockSize        *string `json:"block_size" format:"decimal" doc:"How many units the price is for, derived from unit_of_measure; null where that is not understood."`
	Unit             string  `json:"unit" doc:"The unit that block_size counts, as the FinOps toolkit calls it; empty where block_size is null."`
	PricePerUnit     *string `json:"price_per_unit" format:"decimal" doc:"Price by block_size, exact; null where it has more than 18 decimals, where the unit is not understood, and for reservations, whose price is for the term."`
	HourlyEquivalent *string `json:"hourly_equivalent" format:"decimal" doc:"Of a reservation: the price by the hours of the term, 8760 a year, rounded half to even to 10 decimals; null for all else."`
	OperatingSystem  string  `json:"operating_system" doc:"Windows or Linux, derived from the names of virtual machines; empty when not known."`
	PurchaseOption   string  `json:"purchase_option" doc:"on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known."`
}

// SavingsPlanView is an hourly price under a savings plan.
type SavingsPlanView struct {
	Term  string `json:"term"`
	Price string `json:"price"`
}

func rateView(a history.RateAnswer) RateView {
	currency := money.Currency(a.Identity.Currency)
	v := RateView{
		PriceList: a.Identity.PriceList, Currency: a.Identity.Currency, MeterID: a.Identity.MeterID, SKUID: a.Identity.SKUID, Type: a.Identity.Type,
		ReservationTerm: a.Identity.ReservationTerm, Tier: a.Identity.Tier.String(), Price: currency.Format(a.Price),
		EffectiveFrom: instantOrNull(a.EffectiveFrom), ValidTo: instantOrNull(a.ValidTo), KnownAt: a.KnownAt,
		MeterName: a.Attributes.MeterName, ProductID: a.Attributes.ProductID, ProductName: a.Attributes.ProductName, SKUName: a.Attributes.SKUName,
		ServiceName: a.Attributes.ServiceName, ServiceID: a.Attributes.ServiceID, ServiceFamily: a.Attributes.ServiceFamily, UnitOfMeasure: a.Attributes.UnitOfMeasure,
		Region: a.Attributes.ARMRegionName, Location: a.Attributes.Location, ARMSKUName: a.Attributes.ARMSKUName, IsPrimaryRegion: a.Attributes.IsPrimaryMeterRegion,
		SavingsPlans: make([]SavingsPlanView, 0, len(a.SavingsPlans)), IncludedQuantity: a.IncludedQuantity.String(),
	}
	v.derive(&a, currency)
	for _, plan := range a.SavingsPlans {
		v.SavingsPlans = append(v.SavingsPlans, SavingsPlanView{plan.Term, currency.Format(plan.Price)})
	}
	return v
}

// derive adds what is derived of a rate. It is derived anew for every answer, so that it is there whenever the rate was kept.
func (v *RateView) derive(a *history.RateAnswer, currency money.Currency) {
	m := meter.Read(&a.Identity, &a.Attributes)
	price := m.Price(&a.Identity, a.Price)
	v.Unit, v.OperatingSystem, v.PurchaseOption = m.Name, m.OperatingSystem, m.PurchaseOption
	if m.Known() {
		v.BlockSize = textOrNull(m.Block.String())
	}
	v.PricePerUnit, v.HourlyEquivalent = amountOrNull(currency, price.PerUnit), amountOrNull(currency, price.Hourly)
}

// amountOrNull is an amount that may not be there.
func amountOrNull(currency money.Currency, d *money.Decimal) *string {
	if d == nil {
		return nil
	}
	text := currency.Format(*d)
	return &text
}

// textOrNull is null for an empty text.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
