package history

import (
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
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

// PriceChange is a change of a licence line: one row of TableLicenseChanges, and one of TableLicensePrices for each of its spans.
type PriceChange struct {
	Position
	pricelist.Difference
	Release string // whose publication changed it
	N, Of   int    // its place among the release's changes, from 1
	Spans   []pricelist.Span
	KnownAt time.Time // when the release was published
}

// Release is the manifest of a published release.
type Release struct {
	Position
	Release      string
	List         string
	Market       string // upper case
	Month        string
	Revision     int
	Kind         string
	EffectiveAt  time.Time
	PublishedAt  time.Time
	Baseline     bool
	Predecessor  string
	Supersedes   string
	NoticePolicy string
	NoticeDays   int
	NoticeShort  bool
	NoticeReason string
	Lines        int
	Changed      int // its price.changed events: the release is visible when as many are kept
	Checksum     string
	Content      string
	Diff         listing.Counts
	CreatedBy    string
	ApprovedBy   string
}

// Effective says that a release has taken effect.
type Effective struct {
	Position
	Release     string
	List        string
	Market      string
	EffectiveAt time.Time
	Supersedes  string
}

// Reject is a message that could not be kept as what it says, with its bytes.
type Reject struct {
	Position
	Subject string
	EventID string
	Reason  string
	Data    []byte
}
