package azuretest

import (
	"cmp"
	"strconv"
	"time"
)

// Identity tells one rate from another, as the row writes it; the tier is a plain number.
type Identity struct{ Currency, MeterID, SKUID, Type, ReservationTerm, Tier string }

func compareIdentities(a, b Identity) int {
	return cmp.Or(cmp.Compare(a.MeterID, b.MeterID), cmp.Compare(a.SKUID, b.SKUID), cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.ReservationTerm, b.ReservationTerm), cmp.Compare(len(a.Tier), len(b.Tier)), cmp.Compare(a.Tier, b.Tier))
}

func (c *Catalogue) identity(n uint32) Identity {
	i := &c.items[n]
	var t texts
	c.texts(&t, i)
	return Identity{c.settings.Currency, string(t.meterID), string(t.skuID), i.variant.kind(), i.variant.term(), strconv.FormatInt(i.variant.tier(), 10)}
}

// Event is what a correct watcher publishes of a rate and a crawl.
type Event struct {
	Identity Identity
	Kind     string // added, price_changed, rescheduled, renamed, restated, retired
	Field    string // savings_plan where only they changed
	// Returned is of added; Correction and Backdated of price_changed; Expiring of rescheduled; Upcoming of restated.
	Returned, Correction, Backdated, Expiring, Upcoming bool
	Before, After                                       string // prices as plain decimals; empty for none
	From                                                time.Time
	// From is the start of the row that is current, the first absence of a rate that is retired, or zero for what has no current row.
}
