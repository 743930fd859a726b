package client

import (
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// Price is a licence price in force at an instant.
type Price struct {
	LineIdentity
	PriceAnswer
}

// PriceAnswer is what a price is, beside its identity.
type PriceAnswer struct {
	UnitPrice    *money.Decimal `json:"unit_price"`  // what the partner pays. Nil without the right to see cost.
	ERPPrice     money.Decimal  `json:"erp_price"`   // estimated retail price
	PriceBasis   string         `json:"price_basis"` // term, month
	ValidFrom    *time.Time     `json:"valid_from"`  // since when the answer holds; nil: always
	ValidTo      *time.Time     `json:"valid_to"`    // when the answer ends, as known; nil: open
	StartsAt     *time.Time     `json:"starts_at"`   // start of the line, as its list has it; nil: always
	KnownAt      time.Time      `json:"known_at"`    // when the answer became known
	Release      string         `json:"release"`     // the release whose line it is: the one that last changed it
	InForce      string         `json:"in_force"`    // the release in force
	Family       string         `json:"family"`      // product family, derived from the titles: Office 365, EMS, Dynamics CRM or other; empty where it was kept before families were
	ProductTitle string         `json:"product_title"`
	SKUTitle     string         `json:"sku_title"`
	Publisher    string         `json:"publisher"`
	Description  string         `json:"description"`
	Unit         string         `json:"unit"`
	EndOfSale    string         `json:"end_of_sale"`
	Segment      string         `json:"segment"`
	Tags         string         `json:"tags"`
}

// PriceDifference is a price that differs between two instants.
type PriceDifference struct {
	LineIdentity
	Change string       `json:"change"` // added, removed, price_changed, changed
	Before *PriceAnswer `json:"before"` // nil: there was no price
	After  *PriceAnswer `json:"after"`  // nil: there is no price
}

// PriceMover is a price that moved, and how far.
type PriceMover struct {
	LineIdentity
	Change  string         `json:"change"`  // added, removed, price_changed, changed
	Before  *PriceAnswer   `json:"before"`  // nil: there was no price
	After   *PriceAnswer   `json:"after"`   // nil: there is no price
	Amount  money.Decimal  `json:"amount"`  // new unit price minus old
	Percent *money.Decimal `json:"percent"` // of the old unit price, rounded to two decimals; nil when that was 0
}

// PricePeriod is a range of valid time, its price, and how that became known.
type PricePeriod struct {
	LineIdentity
	ValidFrom   *time.Time     `json:"valid_from"`   // nil: always
	ValidTo     *time.Time     `json:"valid_to"`     // nil: open
	UnitPrice   *money.Decimal `json:"unit_price"`   // what the partner pays; nil: none. Nil without the right to see cost.
	ERPPrice    *money.Decimal `json:"erp_price"`    // estimated retail price; nil: none
	PriceBasis  string         `json:"price_basis"`  // term or month; empty where there is no price
	KnownAt     *time.Time     `json:"known_at"`     // when it became known; nil when nothing was said
	Release     string         `json:"release"`      // whose line it is, or that says that there is none
	Change      string         `json:"change"`       // kind of the change that it came with
	PublishedIn string         `json:"published_in"` // the release whose publication, or withdrawal, said it
	Withdrawal  int            `json:"withdrawal"`   // the release's n-th withdrawal, from 1; 0: its publication
}

// PriceRestatement is a range of valid time of which something else is said now.
type PriceRestatement struct {
	LineIdentity
	From time.Time   `json:"from"`
	To   time.Time   `json:"to"`
	Said PriceSaying `json:"said"`
	Says PriceSaying `json:"says"`
}

// PriceSaying is what is said of a price.
type PriceSaying struct {
	UnitPrice  *money.Decimal `json:"unit_price"`  // what the partner pays; nil: none. Nil without the right to see cost.
	ERPPrice   *money.Decimal `json:"erp_price"`   // estimated retail price; nil: none
	PriceBasis string         `json:"price_basis"` // term or month; empty where there is no price
	KnownAt    *time.Time     `json:"known_at"`    // when it became known; nil when nothing was said
	Release    string         `json:"release"`     // whose line it is, or that says that there is none
}

// PriceLine is a price over time.
type PriceLine struct {
	LineIdentity
	Steps []PriceStep `json:"steps"` // from each on, until the next, the price is this; the first is at the start of the range
	Whole int         `json:"whole"` // how many steps there were before they were thinned out
}

// PriceStep is from when on a price holds.
type PriceStep struct {
	At         time.Time      `json:"at"`
	UnitPrice  *money.Decimal `json:"unit_price"`  // what the partner pays; nil: none. Nil without the right to see cost.
	ERPPrice   *money.Decimal `json:"erp_price"`   // estimated retail price; nil: none
	PriceBasis string         `json:"price_basis"` // term or month; empty where there is no price
	KnownAt    *time.Time     `json:"known_at"`    // when it became known; nil when nothing was said
	Release    string         `json:"release"`     // whose line it is, or that says that there is none
}
