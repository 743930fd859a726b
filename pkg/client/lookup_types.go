package client

import (
	"time"
)

// PriceLookupItem asks for one licence price.
type PriceLookupItem struct {
	Market   string    `json:"market"`             // ISO 3166
	Currency string    `json:"currency,omitempty"` // empty: every currency
	Product  string    `json:"product"`            // in a legacy list the offer id
	SKU      string    `json:"sku"`                // leading zeros may be missing
	Term     string    `json:"term"`
	Billing  string    `json:"billing"`
	Tier     string    `json:"tier,omitempty"`    // tier minimum; empty: every tier
	At       time.Time `json:"at,omitzero"`       // valid time; now when zero
	KnownAt  time.Time `json:"known_at,omitzero"` // knowledge time; now when zero
}

// PriceLookup answers a PriceLookupItem.
type PriceLookup struct {
	Prices []SourcedPrice `json:"prices"` // the prices that match and are there then, in the order of currency and tier; empty: none
}

// SourcedPrice is a price and the message it came with.
type SourcedPrice struct {
	Price
	Source Source `json:"source"`
}

// RateLookupItem asks for one usage rate.
type RateLookupItem struct {
	PriceList       string    `json:"price_list,omitempty"` // retail when empty
	MeterID         string    `json:"meter_id"`
	SKUID           string    `json:"sku_id"`
	Currency        string    `json:"currency,omitempty"`         // USD when empty
	Type            string    `json:"type,omitempty"`             // consumption when empty
	ReservationTerm string    `json:"reservation_term,omitempty"` // empty: no reservation
	Tier            string    `json:"tier,omitempty"`             // tier minimum units; 0 when empty
	AllTiers        bool      `json:"all_tiers,omitempty"`        // every tier; tier is not looked at
	At              time.Time `json:"at,omitzero"`                // valid time; now when zero
	KnownAt         time.Time `json:"known_at,omitzero"`          // knowledge time; now when zero
}

// RateLookup answers a RateLookupItem.
type RateLookup struct {
	Rates []SourcedRate `json:"rates"` // the rates that have a price then, in the order of their tiers; empty: none
}

// SourcedRate is a rate and the message it came with.
type SourcedRate struct {
	Rate
	RowKnownAt *time.Time `json:"row_known_at"` // when the row became known that all but price, effective_from and valid_to are of: the last one known, whatever at
	Source     Source     `json:"source"`
}

// Source is the message an answer came with.
type Source struct {
	Stream string `json:"stream"` // the stream with its incarnation; the event at that place names the crawl, or the release
	Seq    uint64 `json:"seq"`    // sequence of the message in it
	Row    int    `json:"row"`    // place among the rows that the message gave, from 0
}
