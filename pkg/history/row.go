package history

import (
	"time"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Position is where a row came from: the stream's name with its incarnation, the message's sequence, and the row's ordinal among the
// rows of one table that the message gave, from 0. No two rows of a table share one.
type Position struct {
	Stream   string
	Sequence uint64
	Row      uint32
}

// RateChange is a change of a usage rate: one row of TableRateChanges, and one of TableRates for each of its periods.
type RateChange struct {
	Position // of the change; a period's has the period's place as Row
	rate.Change
	Crawl string
}

// Quarantined is a row of a crawl that was not believed.
type Quarantined struct {
	Position
	rate.Quarantined
	Crawl    string
	Scope    string
	Currency string
	KnownAt  time.Time
}

// Crawl is the record of a crawl.
type Crawl struct {
	Position
	rate.Record
}

// Stale says that crawls of a scope keep being refused.
type Stale struct {
	Position
	rate.Stale
	Crawl    string // the last of them
	Source   string
	Scope    string
	Currency string
	Reason   string
	KnownAt  time.Time
}

// CrawlPart ends a batch before the last of a crawl.
type CrawlPart struct {
	Position
	rate.CrawlPart
}

// PriceChange is a change of a licence line: one row of TableLicenseChanges, and one of TableLicensePrices for each of its spans.
type PriceChange struct {
	Position
	pricelist.Difference
	Release    string // whose publication or withdrawal changed it
	Withdrawal int    // the release's n-th withdrawal, from 1; 0: its publication
	N, Of      int    // its place among the changes that came with it, from 1
	Spans      []pricelist.Span
	KnownAt    time.Time // its own: a list of the past that is published late tells some lines again as of later instants
}

// ItemChange is a change of an item of the lists that hold no prices: one row of TableItemChanges, and one of TableItems for each of its
// spans.
type ItemChange struct {
	Position
	item.Difference
	List, Market string // market: upper case, "WW" where a list has none
	Release      string // whose publication or withdrawal changed it
	Withdrawal   int    // the release's n-th withdrawal, from 1; 0: its publication
	N, Of        int    // its place among the changes that came with it, from 1
	Spans        []item.Span
	KnownAt      time.Time // its own, as that of a PriceChange
}

// Reject is a message that could not be kept as what it says, with its bytes.
type Reject struct {
	Position
	Subject string
	EventID string
	Reason  string
	Data    []byte
}
