package event

import "time"

// RateIdentity is a rate's identity on the wire.
type RateIdentity struct {
	PriceList       string `json:"price_list"`
	Currency        string `json:"currency"`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Type            string `json:"type"`
	ReservationTerm string `json:"reservation_term"`
	Tier            string `json:"tier"`
}

// RateAttributes are the twelve compared attributes on the wire.
type RateAttributes struct {
	MeterName            string `json:"meter_name"`
	ProductID            string `json:"product_id"`
	ProductName          string `json:"product_name"`
	SKUName              string `json:"sku_name"`
	ServiceName          string `json:"service_name"`
	ServiceID            string `json:"service_id"`
	ServiceFamily        string `json:"service_family"`
	UnitOfMeasure        string `json:"unit_of_measure"`
	Region               string `json:"region"`
	Location             string `json:"location"`
	ARMSKUName           string `json:"arm_sku_name"`
	IsPrimaryMeterRegion string `json:"is_primary_meter_region"`
}

// SavingsPlan is an hourly price under a savings plan.
type SavingsPlan struct {
	Term  string `json:"term"`
	Price string `json:"price"`
}

// RateRow is the current row of a rate.
type RateRow struct {
	Price            string         `json:"price"`
	EffectiveFrom    time.Time      `json:"effective_from"`
	EffectiveTo      *time.Time     `json:"effective_to"` // null: open
	Attributes       RateAttributes `json:"attributes"`
	SavingsPlans     []SavingsPlan  `json:"savings_plans,omitempty"`
	IncludedQuantity string         `json:"included_quantity,omitempty"` // plain number; absent: none
}

// RatePeriod is a range of valid time whose answer the observation changed.
type RatePeriod struct {
	From          time.Time  `json:"from"`
	To            *time.Time `json:"to"`             // null: open
	Price         *string    `json:"price"`          // null: none
	EffectiveFrom *time.Time `json:"effective_from"` // start of the row that gives the price; null with it
}

// RateChanged is the payload of TypeRateChanged: one identity, one observation.
type RateChanged struct {
	Key        string       `json:"key"` // 16 hex digits
	Identity   RateIdentity `json:"identity"`
	Region     string       `json:"region"` // region or "global" as first seen: a token of the subject for ever after
	Kind       string       `json:"kind"`
	Field      string       `json:"field,omitempty"`
	Returned   bool         `json:"returned,omitempty"`
	Correction bool         `json:"correction,omitempty"`
	Backdated  bool         `json:"backdated,omitempty"`
	Expiring   bool         `json:"expiring,omitempty"`
	Upcoming   bool         `json:"upcoming,omitempty"`
	Before     *RateRow     `json:"before"`
	After      *RateRow     `json:"after"`
	Periods    []RatePeriod `json:"periods"`
	KnownAt    time.Time    `json:"known_at"`
	Scope      string       `json:"scope"`
	Crawl      string       `json:"crawl"`
}

// QuarantinedRow is a row that was kept but not believed.
type QuarantinedRow struct {
	Reason    string       `json:"reason"`
	Detail    string       `json:"detail"`
	Identity  RateIdentity `json:"identity"`
	Raw       string       `json:"raw,omitempty"`        // the row's own bytes when they are text
	RawBase64 string       `json:"raw_base64,omitempty"` // and when they are not
}

// RateQuarantined is the payload of TypeRateQuarantined: rows of one crawl that were not believed. A crawl may have several.
type RateQuarantined struct {
	Crawl    string           `json:"crawl"`
	Scope    string           `json:"scope"`
	Currency string           `json:"currency"`
	KnownAt  time.Time        `json:"known_at"`
	Rows     []QuarantinedRow `json:"rows"`
}
