package client

import (
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// Diff is what a release changes.
type Diff struct {
	Release string           `json:"release"`
	Against string           `json:"against"` // the release it is compared with; empty when there is none
	Planned bool             `json:"planned"` // whether that one is approved but not public yet
	Summary DiffCounts       `json:"summary"` // all lines by change kind, whatever was asked for
	Renamed int              `json:"renamed"` // how many lines have another title or description at the same price
	Totals  []Total          `json:"totals"`  // lines by product and by segment, those with most changes first
	Lines   []Difference     `json:"lines"`   // of a list of prices; without unchanged ones
	Items   []ItemDifference `json:"items"`   // of any other list; without unchanged ones
}

// Total counts the lines of a diff that have something in common.
type Total struct {
	By           string `json:"by"` // product, segment
	Name         string `json:"name"`
	Added        int    `json:"added"`
	PriceChanged int    `json:"price_changed"`
	Changed      int    `json:"changed"`
	Ending       int    `json:"ending"`
	Removed      int    `json:"removed"`
	Unchanged    int    `json:"unchanged"`
}

// Difference is one changed line.
type Difference struct {
	Change   string       `json:"change"`  // added, price_changed, changed, ending, removed, unchanged
	Renamed  bool         `json:"renamed"` // the prices stay, and a title or the description is another
	Identity LineIdentity `json:"identity"`
	Move     *Move        `json:"move"` // how far the prices go; nil where the line has no other side
	Before   *Line        `json:"before"`
	After    *Line        `json:"after"`
}

// LineIdentity is what tells one line from another.
type LineIdentity struct {
	Market   string `json:"market"`
	Currency string `json:"currency"`
	Product  string `json:"product"`
	SKU      string `json:"sku"`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	Tier     string `json:"tier"`
}

// Line is what a line says.
type Line struct {
	UnitPrice    *money.Decimal `json:"unit_price"` // nil without the right to see cost
	ERPPrice     money.Decimal  `json:"erp_price"`
	PriceBasis   string         `json:"price_basis"` // term, month
	StartsAt     *time.Time     `json:"starts_at"`   // nil: always
	EndsAt       *time.Time     `json:"ends_at"`     // nil: open
	EndOfSale    string         `json:"end_of_sale"`
	ProductTitle string         `json:"product_title"`
	SKUTitle     string         `json:"sku_title"`
	Publisher    string         `json:"publisher"`
	Description  string         `json:"description"`
	Unit         string         `json:"unit"`
	Segment      string         `json:"segment"`
	Tags         string         `json:"tags"`
}

// Move is how far the prices of a line go.
type Move struct {
	UnitAmount  *money.Decimal `json:"unit_amount"`  // new minus old, in the line's currency. Nil without the right to see cost.
	UnitPercent *money.Decimal `json:"unit_percent"` // of the old price; nil when that was 0, and without the right to see cost
	ERPAmount   money.Decimal  `json:"erp_amount"`
	ERPPercent  *money.Decimal `json:"erp_percent"`
}

// ItemDifference is one changed item of a list without prices.
type ItemDifference struct {
	Key    string            `json:"key"`
	Change string            `json:"change"` // added, changed, removed
	Before map[string]string `json:"before"` // what it said; nil when it was not there
	After  map[string]string `json:"after"`  // A text for each column of the list, empty where the item says nothing
}

// Changes are what a release changes, a list for each column.
type Changes struct {
	Release string        `json:"release"`
	Against string        `json:"against"` // the release it is compared with; empty when there is none
	Planned bool          `json:"planned"` // whether that one is approved but not public yet
	Summary DiffCounts    `json:"summary"`
	Renamed int           `json:"renamed"` // how many lines have another title or description at the same price
	Totals  []Total       `json:"totals"`  // lines by product and by segment, those with most changes first
	Lines   ChangeColumns `json:"lines"`
}

// ChangeColumns are the changed lines, those whose price moves by the largest percentage first: the n-th of every column is of the n-th line. What a
// line has no other side for, or does not say, is empty; what who asks may not see is nil.
type ChangeColumns struct {
	Change      []string  `json:"change"`
	Currency    []string  `json:"currency"`
	Product     []string  `json:"product"`
	SKU         []string  `json:"sku"`
	Term        []string  `json:"term"`
	Billing     []string  `json:"billing"`
	Tier        []string  `json:"tier"`
	Segment     []string  `json:"segment"`
	Title       []string  `json:"title"`        // the SKU's, as it will be
	TitleBefore []string  `json:"title_before"` // where it was another
	UnitBefore  []*string `json:"unit_before"`
	UnitAfter   []*string `json:"unit_after"`
	UnitPercent []*string `json:"unit_percent"`
	ERPBefore   []string  `json:"erp_before"`
	ERPAfter    []string  `json:"erp_after"`
	ERPPercent  []string  `json:"erp_percent"`
	EndsAt      []string  `json:"ends_at"` // where an end appears or is another
}
