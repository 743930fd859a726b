package pricelist

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
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

// Difference is one identity of a diff. Before is the line that answers just before the effective instant, After the one that answers
// from it on; where none does, the next that will, else the last that did. Before is nil when the line is added, After when it is removed.
type Difference struct {
	Identity      Identity
	Change        listing.Change
	Before, After *Line
}
