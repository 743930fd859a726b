package rate

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Kind says what a change is; an observation makes at most one change of an identity.
type Kind string

// The kinds of change, the more telling first.
const (
	Added        Kind = "added"
	PriceChanged Kind = "price_changed"
	Rescheduled  Kind = "rescheduled"
	Renamed      Kind = "renamed"
	Restated     Kind = "restated"
	Retired      Kind = "retired"
)

// FieldSavingsPlan is the Field of a price change that is of the savings plans alone.
const FieldSavingsPlan = "savings_plan"

// Span is a period of valid time and the answer that holds in it: a price and the start of its row, or none.
type Span struct {
	effective.Period
	None  bool
	Price money.Decimal // 0 when None
	Start time.Time     // start of the row that gives the price; zero when None
}

// Change is one change of one identity, found by one observation.
type Change struct {
	Identity Identity
	Key      Key
	Region   string // region or "global", as first seen; part of the subject for ever after
	Kind     Kind

	Returned   bool   // added again after it was retired
	Correction bool   // price changed while the effective start stayed
	Backdated  bool   // price changed with a start more than 72 h before it was known
	Expiring   bool   // an end appeared where there was none
	Upcoming   bool   // restated: of the future
	Field      string // FieldSavingsPlan when only savings plans changed

	Before, After *Row   // the current row before and after; nil when there was or is none
	Periods       []Span // maximal ranges of valid time whose answer changed, in order; may be empty
	KnownAt       time.Time
}
