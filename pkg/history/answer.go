package history

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// RateAnswer is what is known of a usage rate at an instant.
type RateAnswer struct {
	Identity      rate.Identity
	None          bool          // there is no price then, as known
	Price         money.Decimal // 0 when None
	EffectiveFrom time.Time     // start of the row that gives the price; zero when None, or when it always did
	ValidTo       time.Time     // when price or start become others, as known; when None, when a price begins; zero: open
	KnownAt       time.Time     // when the answer became known; zero when nothing was ever said of the instant

	// Attributes, SavingsPlans and IncludedQuantity are those of the last current row known; empty when none ever was.
	Attributes       rate.Attributes
	SavingsPlans     []rate.SavingsPlan
	IncludedQuantity money.Decimal

	// Only lookups say these: the place of the period that answers, and when the current row became known that the attributes are of, zero
	// when none ever was.
	Source     Position
	RowKnownAt time.Time
}

// RatePage is a page of a RateList.
type RatePage struct {
	Items []RateAnswer
	Next  string // cursor of the page behind; empty on the last
}

// RatePeriod is one row of a rate's history: from KnownAt on, the answer in its period is this.
type RatePeriod struct {
	Position
	rate.Span
	KnownAt time.Time
	Kind    rate.Kind // of the change that it came with
}

// RateSeries is all that was ever known of a usage rate. Both lists are in the order in which it became known.
type RateSeries struct {
	Identity rate.Identity
	Periods  []RatePeriod
	Changes  []RateChange // without their periods
}

// PriceAnswer is what is known of a licence price at an instant.
type PriceAnswer struct {
	Identity  pricelist.Identity
	None      bool // there is no price then, as known
	UnitPrice money.Decimal
	ERPPrice  money.Decimal
	Basis     pricelist.Basis
	Valid     effective.Period // the whole time around the instant in which prices, basis, attributes and the line's start stay the same, as known
	Starts    time.Time        // start of the line; zero: always
	KnownAt   time.Time        // when the answer became known; zero when nothing was ever said of the instant
	Release   string           // whose line it is
	InForce   string           // the release in force; it repeats the line or leaves it as it is
	Family    string           // product family as pricelist.Line.Family says; empty when None, and when it was kept before families were
	Source    Position         // the place of the period that answers; only lookups say it
	pricelist.Attributes
}

// PricePage is a page of a PriceList.
type PricePage struct {
	Items   []PriceAnswer
	InForce string // the market's release in force; empty when there is none
	Next    string
}

// ItemAnswer is an item that is on its list at an instant, as known.
type ItemAnswer struct {
	Key     string
	Item    item.Item
	Valid   effective.Period // the whole time around the instant in which the item stays the same, as known
	KnownAt time.Time        // when the answer became known
	Release string           // whose item it is
	InForce string           // the release in force; it repeats the item or leaves it as it is
}

// ItemPage is a page of an ItemList.
type ItemPage struct {
	Items   []ItemAnswer
	InForce string // the release of the list and market in force; empty when there is none
	Next    string
}

// CrawlPage is a page of a CrawlList.
type CrawlPage struct {
	Items []Crawl
	Next  string
}

// QuarantinePage is a page of a QuarantineList.
type QuarantinePage struct {
	Items []Quarantined
	Next  string
}

// ReleasePage is a page of a ReleaseList.
type ReleasePage struct {
	Items []Release
	Next  string
}

// WithdrawalPage is a page of a WithdrawalList.
type WithdrawalPage struct {
	Items []Withdrawal
	Next  string
}

// CorrectionPage is a page of a CorrectionList.
type CorrectionPage struct {
	Items []Correction
	Next  string
}

// RejectPage is a page of a RejectList.
type RejectPage struct {
	Items []Reject
	Next  string
}
