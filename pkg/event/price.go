package event

import "time"

// PriceIdentity is the identity of a licence line on the wire.
type PriceIdentity struct {
	Market   string `json:"market"`
	Currency string `json:"currency"`
	Product  string `json:"product"`
	SKU      string `json:"sku"`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	Tier     string `json:"tier"`
}

// PriceLine is what a line of a licence list says.
type PriceLine struct {
	UnitPrice    string     `json:"unit_price"`
	ERPPrice     string     `json:"erp_price"`
	PriceBasis   string     `json:"price_basis"` // term or month
	StartsAt     *time.Time `json:"starts_at"`   // null: always
	EndsAt       *time.Time `json:"ends_at"`     // null: open
	ProductTitle string     `json:"product_title"`
	SKUTitle     string     `json:"sku_title"`
	Publisher    string     `json:"publisher"`
	Description  string     `json:"description"`
	Unit         string     `json:"unit"`
	TierMax      string     `json:"tier_max,omitempty"`
	EndOfSale    string     `json:"end_of_sale,omitempty"`
	Segment      string     `json:"segment"`
	Tags         string     `json:"tags"`
}

// PricePeriod is a range of valid time whose answer changed; Line is null where there is no price.
type PricePeriod struct {
	From    time.Time  `json:"from"`
	To      *time.Time `json:"to"`
	Release string     `json:"release"` // whose line it is
	Line    *PriceLine `json:"line"`
}

// PriceStep is one step of a line's timeline; prices are null where there is none.
type PriceStep struct {
	From      time.Time  `json:"from"`
	To        *time.Time `json:"to"`
	UnitPrice *string    `json:"unit_price"`
	ERPPrice  *string    `json:"erp_price"`
	Release   string     `json:"release"`
}

// PriceChanged is the payload of TypePriceChanged: what becomes known of one line by a release, or by a withdrawal of it. A release of the
// past may have several events of one line: what it changed at the time, and what of later knowledge it changes.
type PriceChanged struct {
	Release    string        `json:"release"`
	Withdrawal int           `json:"withdrawal,omitempty"` // the n-th of the release, from 1; 0: it is the release that changes the line
	Identity   PriceIdentity `json:"identity"`
	Change     string        `json:"change"`
	N          int           `json:"n"`  // its place in the batch, from 1
	Of         int           `json:"of"` // of how many such events
	Before     *PriceLine    `json:"before"`
	After      *PriceLine    `json:"after"`
	Periods    []PricePeriod `json:"periods"`
	Timeline   []PriceStep   `json:"timeline"` // everything known of the line from now on
	KnownAt    time.Time     `json:"known_at"`
}
