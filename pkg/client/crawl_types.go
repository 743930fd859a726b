package client

import (
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// Crawl is the record of a crawl.
type Crawl struct {
	ID          string      `json:"id"`
	Source      string      `json:"source"`
	Scope       string      `json:"scope"`
	Currency    string      `json:"currency"`
	Started     time.Time   `json:"started"` // the observation time
	Finished    time.Time   `json:"finished"`
	Pages       int         `json:"pages"`
	Rows        int         `json:"rows"`
	Identities  int         `json:"identities"`
	Complete    bool        `json:"complete"`
	Partial     bool        `json:"partial"`
	Accepted    bool        `json:"accepted"` // let through by a person
	Refused     string      `json:"refused"`  // why nothing was published from it
	Repeated    bool        `json:"repeated"` // already made: nothing was published
	Counts      CrawlCounts `json:"counts"`
	Quarantined int         `json:"quarantined"`
	Foreign     int         `json:"foreign"`
	Content     string      `json:"content"`
	Traversals  int         `json:"traversals"`  // how often the catalogue, or the shard that took longest to settle, was read; 0: it is not traversed
	Parts       int         `json:"parts"`       // how many batches the changes came in; 0: one
	Shards      []Shard     `json:"shards"`      // the parts of the catalogue that were read, each taken or refused for itself
	OfferTerms  []OfferTerm `json:"offer_terms"` // the conditions of a rate card
}

// CrawlCounts are the events of a crawl by kind.
type CrawlCounts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Corrections  int `json:"corrections"`
	Backdated    int `json:"backdated"`
	Rescheduled  int `json:"rescheduled"`
	Expiring     int `json:"expiring"`
	Renamed      int `json:"renamed"`
	Restated     int `json:"restated"`
	Retired      int `json:"retired"`
	Periods      int `json:"periods"`
}

// Shard is a part of a crawl.
type Shard struct {
	Name       string `json:"name"` // family, or family and region: compute/westeurope
	Pages      int    `json:"pages"`
	Rows       int    `json:"rows"`
	Identities int    `json:"identities"`
	Traversals int    `json:"traversals"`
	Refused    string `json:"refused"` // why nothing was taken from it; empty when it was taken
}

// OfferTerm is a term of an offer that lowers prices.
type OfferTerm struct {
	Name             string        `json:"name"`
	Discount         money.Decimal `json:"discount"`           // share of the price, 0 to 1
	ExcludedMeterIds []string      `json:"excluded_meter_ids"` // the meters that the discount does not hold for
	EffectiveFrom    *time.Time    `json:"effective_from"`     // from when it holds; nil: it does not say
}

// CrawlInput says what to crawl.
type CrawlInput struct {
	Source   string `json:"source,omitempty"`   // base URL of anything that speaks the Retail Prices API; empty: the server's own source
	Currency string `json:"currency,omitempty"` // the server's first currency when empty, USD unless it is told another
	Scope    string `json:"scope,omitempty"`    // <source>-<currency> when empty
}

// Running is a crawl that runs now.
type Running struct {
	Source       string    `json:"source"`
	Scope        string    `json:"scope"`
	Currency     string    `json:"currency"`
	Started      time.Time `json:"started"`       // the observation time
	Pages        int       `json:"pages"`         // read so far, of all traversals
	Rows         int       `json:"rows"`          // read so far, of all traversals
	ExpectedRows *int      `json:"expected_rows"` // of one traversal, by what the last crawls found; nil: nothing is known yet. Rows come to more where shards are read again.
	Shards       int       `json:"shards"`        // parts of the catalogue, each read for itself; 0: they are not known yet
	ShardsRead   int       `json:"shards_read"`   // shards that were read to their end; once all are, the crawl is judged and published
	SecondsLeft  *int      `json:"seconds_left"`  // how long reading takes yet, by what was read so far; nil: that is not known
}

// Quarantined is a row that was kept but not believed.
type Quarantined struct {
	Crawl           string    `json:"crawl"`
	Scope           string    `json:"scope"`
	KnownAt         time.Time `json:"known_at"`
	Reason          string    `json:"reason"`
	Detail          string    `json:"detail"`
	Currency        string    `json:"currency"`
	MeterID         string    `json:"meter_id"`
	SKUID           string    `json:"sku_id"`
	Type            string    `json:"type"`
	ReservationTerm string    `json:"reservation_term"`
	Tier            string    `json:"tier"`
	Raw             string    `json:"raw"` // the row's own bytes
}

// Reject is a message that could not be decoded.
type Reject struct {
	Stream  string `json:"stream"`
	Seq     uint64 `json:"seq"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
	Text    string `json:"text,omitempty"` // the message, when it is text
	Bytes   []byte `json:"bytes"`          // the message, base64
}
