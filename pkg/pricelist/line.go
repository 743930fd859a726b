package pricelist

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Basis says what a price is for.
type Basis string

// The bases: new-commerce prices are for the whole term, legacy ones per month.
const (
	PerTerm  Basis = "term"
	PerMonth Basis = "month"
)

// Line is one line of a list. Its period is half-open; a zero start means always, a zero end open.
type Line struct {
	Identity
	UnitPrice money.Decimal // what the partner pays
	ERPPrice  money.Decimal // estimated retail price
	Basis     Basis
	Effective effective.Period
	Attributes
}

// Attributes are what a line says beside identity, prices and period.
type Attributes struct {
	ProductTitle string
	SKUTitle     string
	Publisher    string
	Description  string
	Unit         string
	TierMax      string // upper bound of the tier as written, empty when open
	EndOfSale    string // date as written, empty when none
	Segment      string
	Tags         string // as written, separated by semicolons
}

// Change says how a line differs from the predecessor's; it is computed, whatever flag a sheet carries.
type Change string

// The change kinds. An identity has one: the first that holds of added and removed, unchanged, price changed, ending, changed.
const (
	Added        Change = "added"         // the predecessor has no line of the identity
	PriceChanged Change = "price_changed" // unit or ERP price
	Changed      Change = "changed"       // attributes or periods only
	Ending       Change = "ending"        // an end date or end of sale appears
	Removed      Change = "removed"       // the list has no line of the identity any more
	Unchanged    Change = "unchanged"     // what is said of the effective instant and later is the same
)

// Counts are the lines of a diff by change kind.
type Counts struct {
	Added, PriceChanged, Changed, Ending, Removed, Unchanged int
}

// Add counts one line.
func (c *Counts) Add(change Change) {
	switch change {
	case Added:
		c.Added++
	case PriceChanged:
		c.PriceChanged++
	case Changed:
		c.Changed++
	case Ending:
		c.Ending++
	case Removed:
		c.Removed++
	case Unchanged:
		c.Unchanged++
	}
}

// Difference is one identity of a diff. Before is the line that answers just before the effective instant, After the one that answers
// from it on; where none does, the next that will, else the last that did. Before is nil when the line is added, After when it is removed.
type Difference struct {
	Identity      Identity
	Change        Change
	Before, After *Line
}

// Severity says what a problem does.
type Severity string

// The severities: errors stop a list, warnings and notes don't.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Problem is something wrong or noteworthy at one place of a list.
type Problem struct {
	Severity    Severity
	Rule        string // stable name of the rule, for example "duplicate-identity"
	Sheet       string // empty where a file has one
	Row         int    // as a person counts in the file: the header is row 1; 0 when it is about the whole
	Column      string
	Value       string
	Text        string // what is wrong and how to mend it
	Acknowledge bool   // the list is refused unless a person says that this is meant
}
