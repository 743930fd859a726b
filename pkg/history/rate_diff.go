package history

import (
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// RateFilter chooses usage rates as the fields of a RateList do: empty and nil fields let everything through.
type RateFilter struct {
	PriceList, Currency, MeterID, SKUID, Type string

	ReservationTerm *string
	Tier            *money.Decimal
	Region, Service string
	Meters          []string // unless empty, only these, whether letters are small or capital

	OperatingSystem, PurchaseOption string
}

// Selects reports whether a filter lets a rate through.
func (f *RateFilter) Selects(id *rate.Identity) bool {
	for _, field := range [][2]string{
		{f.PriceList, id.PriceList}, {f.Currency, id.Currency}, {f.MeterID, id.MeterID}, {f.SKUID, id.SKUID}, {f.Type, id.Type},
	} {
		if field[0] != "" && field[0] != field[1] {
			return false
		}
	}
	if len(f.Meters) > 0 && !AnyFold(f.Meters, id.MeterID) {
		return false
	}
	return (f.ReservationTerm == nil || *f.ReservationTerm == id.ReservationTerm) && (f.Tier == nil || *f.Tier == id.Tier)
}

// AnyFold reports whether a text is among some, whether letters are small or capital.
func AnyFold(some []string, text string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return strings.EqualFold(s, text) })
}

// Describes reports whether a filter lets a rate with some attributes through.
func (f *RateFilter) Describes(id *rate.Identity, a *rate.Attributes) bool {
	if f.Region != "" && f.Region != a.ARMRegionName || f.Service != "" && f.Service != a.ServiceName {
		return false
	}
	if f.OperatingSystem != "" && f.OperatingSystem != meter.OperatingSystem(id, a) {
		return false
	}
	return f.PurchaseOption == "" || f.PurchaseOption == meter.PurchaseOption(id, a)
}

// Described reports whether a filter asks for attributes at all.
func (f *RateFilter) Described() bool {
	return f.Region != "" || f.Service != "" || f.OperatingSystem != "" || f.PurchaseOption != ""
}

// RateDiff asks how usage rates differ between two instants, or between what was known of one on two days. Each side is filtered for
// itself, so that a rate that comes to another region appears there.
type RateDiff struct {
	RateFilter
	From, To AsOf
	// Cursor, unless empty, is the RateCursor of the identity that the differences begin behind.
	Cursor string
}

// RateDifference is one rate whose answers differ. Before is nil when there is no price on the first side, After when there is none on the
// second.
type RateDifference struct {
	Identity      rate.Identity
	Change        listing.Change // added, removed, price_changed, or changed: the start of the row, an attribute, a savings plan
	Before, After *RateAnswer
}

// RateRestatements asks where, in a range of valid time, what was said of usage rates is not what is said now. Attributes are filtered as of
// the last current row known at KnownAt.
type RateRestatements struct {
	RateFilter
	From, To time.Time // of valid time
	SaidAt   time.Time // the knowledge that was; zero: for every instant that of the instant itself, up to KnownAt
	KnownAt  time.Time // the knowledge that is
	// Cursor, unless empty, is the RestatementCursor of the restatement that they begin behind.
	Cursor string
}

// RateRestatement is a range of valid time in which what was said of a rate and what is said are two constant answers that differ.
type RateRestatement struct {
	Identity   rate.Identity
	Period     effective.Period
	Said, Says RateSaying
	Attributes rate.Attributes // of the last current row known
}

// RateSaying is the answer for a range of valid time.
type RateSaying struct {
	None          bool
	Price         money.Decimal
	EffectiveFrom time.Time // start of the row that gives the price; zero when None, or when it always did
	KnownAt       time.Time // when the answer for the first instant of the range became known; zero when nothing was said of it
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateDiff) Validate() error {
	var c check
	c.instants(q.From, "from", "known_from")
	c.instants(q.To, "to", "known_to")
	return c.result("rate differences")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateRestatements) Validate() error {
	var c check
	c.restatements(q.From, q.To, q.SaidAt, q.KnownAt)
	return c.result("rate restatements")
}

func (c *check) restatements(from, to, saidAt, knownAt time.Time) {
	if saidAt.IsZero() {
		saidAt = knownAt
	}
	c.instants(AsOf{At: from, KnownAt: saidAt}, "from", "said_at")
	c.instants(AsOf{At: to, KnownAt: knownAt}, "to", "known_at")
	c.require(from.Before(to), "to", "it must lie behind from")
}

// DifferenceOf tells how a rate differs between two sides, of which at most one is nil; Unchanged when it does not.
func DifferenceOf(before, after *RateAnswer) RateDifference {
	d := RateDifference{Change: listing.Unchanged, Before: before, After: after}
	switch {
	case before == nil:
		d.Identity, d.Change = after.Identity, listing.Added
		return d
	case after == nil:
		d.Change = listing.Removed
	case before.Price != after.Price:
		d.Change = listing.PriceChanged
	case !before.EffectiveFrom.Equal(after.EffectiveFrom) || before.Attributes != after.Attributes || before.IncludedQuantity != after.IncludedQuantity ||
		!samePlans(before.SavingsPlans, after.SavingsPlans):
		d.Change = listing.Changed
	}
	d.Identity = before.Identity
	return d
}

func samePlans(a, b []rate.SavingsPlan) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// RateCursor makes the cursor of a list of rates, or of their differences, behind one.
func RateCursor(id rate.Identity) string { return EncodeCursor(id.Key().String()) }

// DecodeRateCursor is the inverse of RateCursor; false when the cursor is empty, an invalid fault when it is none.
func DecodeRateCursor(cursor string) (rate.Key, bool, error) {
	place, err := DecodeCursor(cursor, 1)
	if err != nil || place == nil {
		return 0, false, err
	}
	key, err := rate.ParseKey(place[0])
	if err != nil {
		return 0, false, badCursor()
	}
	return key, true, nil
}

// RestatementCursor makes the cursor behind a restatement of a rate.
func RestatementCursor(id rate.Identity, from time.Time) string {
	return EncodeCursor(id.Key().String(), StoredFrom(from).Format(time.RFC3339Nano))
}

// DecodeRestatementCursor is the inverse of RestatementCursor; false when the cursor is empty, an invalid fault when it is none.
func DecodeRestatementCursor(cursor string) (key rate.Key, from time.Time, ok bool, err error) {
	place, err := DecodeCursor(cursor, 2)
	if err != nil || place == nil {
		return 0, from, false, err
	}
	key, err = rate.ParseKey(place[0])
	if err == nil {
		from, err = time.Parse(time.RFC3339Nano, place[1])
	}
	if err != nil {
		return 0, from, false, badCursor()
	}
	return key, from, true, nil
}
