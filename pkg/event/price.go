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

// PricePeriod is a range of valid time whose answer the release changed; Line is null where there is no price.
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

// PriceChanged is the payload of TypePriceChanged: one changed line of a release.
type PriceChanged struct {
	Release  string        `json:"release"`
	Identity PriceIdentity `json:"identity"`
	Change   string        `json:"change"`
	N        int           `json:"n"`  // its place, from 1
	Of       int           `json:"of"` // of how many changed lines
	Before   *PriceLine    `json:"before"`
	After    *PriceLine    `json:"after"`
	Periods  []PricePeriod `json:"periods"`
	Timeline []PriceStep   `json:"timeline"` // everything known of the line from now on
	KnownAt  time.Time     `json:"known_at"`
}

// DiffCounts are the lines of a release by change kind.
type DiffCounts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

// ReleaseNotice is the notice a release really gave.
type ReleaseNotice struct {
	Policy string `json:"policy"`
	Days   int    `json:"days"`
	Short  bool   `json:"short"`
	Reason string `json:"reason,omitempty"`
}

// ReleasePublished is the payload of TypeReleasePublished: the manifest of a release. It ends the batch of the release's lines, of which
// there are Changed with the checksum given.
type ReleasePublished struct {
	Release     string        `json:"release"`
	List        string        `json:"list"`
	Market      string        `json:"market"`
	Month       string        `json:"month"`
	Revision    int           `json:"revision"`
	Kind        string        `json:"kind"`
	EffectiveAt time.Time     `json:"effective_at"`
	PublishedAt time.Time     `json:"published_at"`
	Baseline    bool          `json:"baseline,omitempty"`
	Predecessor string        `json:"predecessor,omitempty"`
	Supersedes  string        `json:"supersedes,omitempty"`
	Notice      ReleaseNotice `json:"notice"`
	Lines       int           `json:"lines"`    // of the whole list
	Changed     int           `json:"changed"`  // price.changed events in the batch
	Checksum    string        `json:"checksum"` // SHA-256 over the ids of the batch's price.changed events in order, hex
	Content     string        `json:"content"`  // SHA-256 of the whole list
	Diff        DiffCounts    `json:"diff"`
	CreatedBy   string        `json:"created_by"`
	ApprovedBy  string        `json:"approved_by"`
}

// ReleaseEffective is the payload of TypeReleaseEffective.
type ReleaseEffective struct {
	Release     string    `json:"release"`
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Revision    int       `json:"revision"`
	EffectiveAt time.Time `json:"effective_at"`
	Supersedes  string    `json:"supersedes,omitempty"` // the release in force until now
}
