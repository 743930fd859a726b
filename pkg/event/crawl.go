package event

import "time"

// CrawlCounts are the changes of a crawl on the wire.
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

// CrawlShard is what remains of one shard of a crawl: a part of the catalogue that is read, and taken or refused for itself.
type CrawlShard struct {
	Name       string `json:"name"`
	Pages      int    `json:"pages"`
	Rows       int    `json:"rows"`
	Identities int    `json:"identities"`
	Traversals int    `json:"traversals"`
	Refused    string `json:"refused,omitempty"` // why nothing was taken from it
}

// OfferTerm is a condition of a whole rate card.
type OfferTerm struct {
	Name             string     `json:"name"`
	Discount         string     `json:"discount"` // share of the price
	ExcludedMeterIDs []string   `json:"excluded_meter_ids"`
	EffectiveFrom    *time.Time `json:"effective_from"` // null: it does not say
}

// CrawlFinished is the payload of TypeCrawlFinished: the record of a crawl. It ends the last, and mostly only, batch of its changes.
type CrawlFinished struct {
	Crawl       string       `json:"crawl"`
	Source      string       `json:"source"`
	Scope       string       `json:"scope"`
	Currency    string       `json:"currency"`
	Started     time.Time    `json:"started"` // the observation time
	Finished    time.Time    `json:"finished"`
	Pages       int          `json:"pages"`
	Rows        int          `json:"rows"`
	Identities  int          `json:"identities"`
	Complete    bool         `json:"complete"`
	Broken      string       `json:"broken,omitempty"` // why it is not complete
	Partial     bool         `json:"partial,omitempty"`
	Accepted    bool         `json:"accepted,omitempty"`
	Refused     string       `json:"refused,omitempty"` // why nothing was published from it
	Content     string       `json:"content"`
	Counts      CrawlCounts  `json:"counts"`
	Quarantined int          `json:"quarantined"`
	Foreign     int          `json:"foreign"`
	Traversals  int          `json:"traversals,omitempty"` // absent: the source is not traversed
	Parts       int          `json:"parts,omitempty"`      // absent: one batch held everything
	Shards      []CrawlShard `json:"shards,omitempty"`
	OfferTerms  []OfferTerm  `json:"offer_terms,omitempty"`
}

// CrawlProgressed is the payload of TypeCrawlProgressed: it ends each batch but the last of a crawl whose changes need several.
type CrawlProgressed struct {
	Crawl    string    `json:"crawl"`
	Scope    string    `json:"scope"`
	Currency string    `json:"currency"`
	Started  time.Time `json:"started"` // the observation time
	Part     int       `json:"part"`    // counted from 1
	Changes  int       `json:"changes"` // in its batch
}
