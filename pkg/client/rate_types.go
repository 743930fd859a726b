package client

import (
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// RateIdentity is what tells one rate from another.
type RateIdentity struct {
	PriceList       string `json:"price_list"`
	Currency        string `json:"currency"`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Type            string `json:"type"`
	ReservationTerm string `json:"reservation_term"`
	Tier            string `json:"tier"` // tier minimum units, a plain number
}

// Rate is a usage rate in force at an instant.
type Rate struct {
	RateIdentity
	Price                money.Decimal  `json:"price"`          // exact; for a reservation the total of the term
	EffectiveFrom        *time.Time     `json:"effective_from"` // start of the row that gives the price
	ValidTo              *time.Time     `json:"valid_to"`       // when the answer ends, as known; nil: open
	KnownAt              time.Time      `json:"known_at"`       // when the answer became known
	MeterName            string         `json:"meter_name"`
	ProductID            string         `json:"product_id"`
	ProductName          string         `json:"product_name"`
	SKUName              string         `json:"sku_name"`
	ServiceName          string         `json:"service_name"`
	ServiceID            string         `json:"service_id"`
	ServiceFamily        string         `json:"service_family"`
	UnitOfMeasure        string         `json:"unit_of_measure"`
	Region               string         `json:"region"`
	Location             string         `json:"location"`
	ARMSKUName           string         `json:"arm_sku_name"`
	IsPrimaryMeterRegion string         `json:"is_primary_meter_region"`
	SavingsPlans         []SavingsPlan  `json:"savings_plans"`
	IncludedQuantity     money.Decimal  `json:"included_quantity"` // units a month that cost nothing before the tiers begin to count; 0: none
	BlockSize            *money.Decimal `json:"block_size"`        // how many units the price is for, derived from unit_of_measure; nil where that is not understood
	Unit                 string         `json:"unit"`              // the unit that block_size counts, as the FinOps toolkit calls it; empty where block_size is nil
	PricePerUnit         *money.Decimal `json:"price_per_unit"`    // price by block_size, exact; nil where it has more than 18 decimals, where the unit is not understood, and for reservations, whose price is for the term
	HourlyEquivalent     *money.Decimal `json:"hourly_equivalent"` // of a reservation: the price by the hours of the term, 8760 a year, rounded half to even to 10 decimals; nil for all else
	OperatingSystem      string         `json:"operating_system"`  // Windows or Linux, derived from the names of virtual machines; empty when not known
	PurchaseOption       string         `json:"purchase_option"`   // on-demand, spot, low-priority, dev-test or reservation, derived from type and names; empty when not known
}

// SavingsPlan is the price under a savings plan.
type SavingsPlan struct {
	Term  string        `json:"term"`
	Price money.Decimal `json:"price"`
}

// RateDifference is a rate that differs between two instants.
type RateDifference struct {
	RateIdentity
	Change string `json:"change"` // changed: the start of the row, an attribute, a savings plan
	Before *Rate  `json:"before"` // nil: there was no price
	After  *Rate  `json:"after"`  // nil: there is no price
}

// RateMover is a rate that moved, and how far.
type RateMover struct {
	RateIdentity
	Change  string         `json:"change"`  // changed: the start of the row, an attribute, a savings plan
	Before  *Rate          `json:"before"`  // nil: there was no price
	After   *Rate          `json:"after"`   // nil: there is no price
	Amount  money.Decimal  `json:"amount"`  // new price minus old
	Percent *money.Decimal `json:"percent"` // of the old price, rounded to two decimals; nil when that was 0
}

// RateHistory is every period and every change of a rate.
type RateHistory struct {
	Changes []RateChange `json:"changes"`
	Periods []RatePeriod `json:"periods"`
}

// RatePeriod is a range of valid time, its price, and how that became known.
type RatePeriod struct {
	KnownAt       time.Time      `json:"known_at"`
	ValidFrom     *time.Time     `json:"valid_from"` // nil: always
	ValidTo       *time.Time     `json:"valid_to"`   // nil: open
	Price         *money.Decimal `json:"price"`      // nil: none
	EffectiveFrom *time.Time     `json:"effective_from"`
	Kind          string         `json:"kind"`
}

// RateChange is one event of a rate.
type RateChange struct {
	KnownAt       time.Time      `json:"known_at"`
	Kind          string         `json:"kind"`
	Flags         string         `json:"flags"` // correction, backdated, expiring, upcoming, returned, savings_plan, included_quantity; separated by blanks
	PriceBefore   *money.Decimal `json:"price_before"`
	Price         *money.Decimal `json:"price"`
	EffectiveFrom *time.Time     `json:"effective_from"`
	EffectiveTo   *time.Time     `json:"effective_to"`
	MeterName     string         `json:"meter_name"`
	ProductName   string         `json:"product_name"`
	Crawl         string         `json:"crawl"`
}

// RateRestatement is a range of valid time of which something else is said now.
type RateRestatement struct {
	RateIdentity
	From          time.Time  `json:"from"`
	To            time.Time  `json:"to"`
	Said          RateSaying `json:"said"`
	Says          RateSaying `json:"says"`
	MeterName     string     `json:"meter_name"`
	ProductName   string     `json:"product_name"`
	ServiceName   string     `json:"service_name"`
	Region        string     `json:"region"`
	UnitOfMeasure string     `json:"unit_of_measure"`
}

// RateSaying is what is said of a rate.
type RateSaying struct {
	Price         *money.Decimal `json:"price"` // nil: none
	EffectiveFrom *time.Time     `json:"effective_from"`
	KnownAt       *time.Time     `json:"known_at"` // when it became known; nil when nothing was said
}

// RateLine is a rate over time.
type RateLine struct {
	RateIdentity
	Steps []RateStep `json:"steps"` // from each on, until the next, the price is this; the first is at the start of the range
	Whole int        `json:"whole"` // how many steps there were before they were thinned out
}

// RateStep is from when on a rate holds.
type RateStep struct {
	At            time.Time      `json:"at"`
	Price         *money.Decimal `json:"price"`          // nil: none
	EffectiveFrom *time.Time     `json:"effective_from"` // start of the row that gives the price
	KnownAt       *time.Time     `json:"known_at"`       // when the answer became known; nil when nothing was said
}

// RateGroup counts the rates that a service has in a region.
type RateGroup struct {
	ServiceFamily string `json:"service_family"`
	Service       string `json:"service_name"`
	Region        string `json:"region"` // empty: of no region
	Rates         uint64 `json:"rates"`
}
