package pricelist

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Identity tells one line of a list from another. In the legacy format offer id, agreement type, purchase unit and customer type stand in
// the places of product, SKU, term and billing plan.
type Identity struct {
	Market   string // ISO 3166 alpha-2, upper case
	Currency string // ISO 4217, upper case
	Product  string
	SKU      string // digits padded to 4
	Term     string // P1M, P1Y, P3Y
	Billing  string // Monthly, Annual, Triennial, None
	Tier     money.Decimal
}

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
	Tags         string
}

// Change says how a line differs from the predecessor's; it is computed, whatever flag a sheet carries.
type Change string

// The change kinds.
const (
	Added        Change = "added"
	PriceChanged Change = "price_changed" // unit or ERP price
	Changed      Change = "changed"       // attributes only
	Ending       Change = "ending"        // an end date or end of sale appears
	Removed      Change = "removed"
	Unchanged    Change = "unchanged"
)

// Counts are the lines of a diff by change kind.
type Counts struct {
	Added, PriceChanged, Changed, Ending, Removed, Unchanged int
}

// Difference is one line of a diff. Before and After are the lines that answer just before and from the effective instant; nil when there
// is none.
type Difference struct {
	Identity      Identity
	Change        Change
	Before, After *Line
}

// Severity says what a problem does.
type Severity string

// The severities: errors stop a list, warnings need an acknowledgement, notes inform.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Problem is something wrong or noteworthy at one place of a list.
type Problem struct {
	Severity Severity
	Rule     string // stable name of the rule, for example "duplicate-identity"
	Sheet    string // empty where a file has one
	Row      int    // as a person counts in the file: the header is row 1; 0 when it is about the whole
	Column   string
	Value    string
	Text     string // what is wrong and how to mend it
}
