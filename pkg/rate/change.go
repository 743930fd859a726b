package rate

import "time"

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

// The Field of a price change that is of the savings plans or, these being equal, of the included quantity alone.
const (
	FieldSavingsPlan      = "savings_plan"
	FieldIncludedQuantity = "included_quantity"
)

// BackdatedAfter is how long before it was seen a price may start without being called backdated.
const BackdatedAfter = 72 * time.Hour

// GlobalRegion is the Region of a rate whose rows name none.
const GlobalRegion = "global"

// Change is one change of one identity, found by one observation. It tells all that a Ledger needs to go on from it.
type Change struct {
	Identity Identity
	Key      Key
	Scope    string // that owns the identity
	Region   string // region or GlobalRegion, as first seen; part of the subject for ever after
	Kind     Kind

	Returned   bool   // added again after it was retired
	Correction bool   // price changed while the effective start stayed
	Backdated  bool   // price changed with a start more than BackdatedAfter before it was known
	Expiring   bool   // an end appeared where there was none
	Upcoming   bool   // restated: of the future
	Field      string // FieldSavingsPlan or FieldIncludedQuantity when the price itself stayed

	// Before is the last known current row, nil when there was none or the rate was retired. After is the current row, nil when there is
	// none: the rate is retired, or restated while all its rows lie in the past or the future.
	Before, After *Row
	Periods       []Span // maximal ranges of valid time whose answer changed, in order; may be empty
	KnownAt       time.Time
}

// classify says what kind of change it is that the current row was before and is after; both are present.
func (c *Change) classify(before, after *Row) bool {
	switch {
	case before.Price != after.Price:
		c.Kind = PriceChanged
	case !samePlans(before, after):
		c.Kind, c.Field = PriceChanged, FieldSavingsPlan
	case before.IncludedQuantity != after.IncludedQuantity:
		c.Kind, c.Field = PriceChanged, FieldIncludedQuantity
	case !before.sameTimes(after):
		c.Kind = Rescheduled
		c.Expiring = before.Effective.To.IsZero() && !after.Effective.To.IsZero()
	case before.Attributes != after.Attributes:
		c.Kind = Renamed
	default:
		return false
	}
	if c.Kind == PriceChanged {
		c.Correction = before.Effective.From.Equal(after.Effective.From)
		c.Backdated = c.KnownAt.Sub(after.Effective.From) > BackdatedAfter
	}
	return true
}

func samePlans(a, b *Row) bool {
	if len(a.SavingsPlans) != len(b.SavingsPlans) {
		return false
	}
	for i := range a.SavingsPlans {
		if a.SavingsPlans[i] != b.SavingsPlans[i] {
			return false
		}
	}
	return true
}

// upcoming reports whether any period begins after t.
func upcoming(periods []Span, t time.Time) bool {
	for _, p := range periods {
		if p.From.After(t) {
			return true
		}
	}
	return false
}
