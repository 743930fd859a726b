package pricelist

import "github.com/pricewire/pricewire/pkg/listing"

// Row is a line as a sheet holds it.
type Row struct {
	Line
	Sheet  string // empty where a file has one
	Number int    // as a person counts in the file: the header is row 1; 0 when the line is not from a file
	Flag   Flag
	Claims []Claim
}

// Flag is what a sheet itself says of a line's change against the list before.
type Flag string

// The flags. A sheet's "changed" does not say whether prices or attributes changed.
const (
	NoFlag        Flag = ""
	FlagAdded     Flag = "added"
	FlagChanged   Flag = "changed"
	FlagRemoved   Flag = "removed"
	FlagUnchanged Flag = "unchanged"

	// FlagDeprecated says that a line is only renewed, no longer sold. What else it changes is not said.
	FlagDeprecated Flag = "deprecated"
)

// agrees reports whether a flag can stand for a computed change.
func (f Flag) agrees(c listing.Change) bool {
	switch f {
	case FlagAdded:
		return c == listing.Added
	case FlagChanged:
		return c == listing.PriceChanged || c == listing.Changed || c == listing.Ending
	case FlagRemoved:
		return c == listing.Removed || c == listing.Ending
	case FlagUnchanged:
		return c == listing.Unchanged
	case FlagDeprecated:
		return c == listing.Ending || c == listing.Removed || c == listing.Changed || c == listing.Unchanged
	case NoFlag:
	}
	return true
}

// Claim is what a sheet says a column held in the list before; it is compared with the predecessor, never believed.
type Claim struct {
	Column string // one of the Column constants
	Value  string // as written
}

// Columns of the new-commerce sheets, as problems and claims name them.
const (
	ColumnProductTitle = "ProductTitle"
	ColumnProduct      = "ProductId"
	ColumnSKU          = "SkuId"
	ColumnSKUTitle     = "SkuTitle"
	ColumnPublisher    = "Publisher"
	ColumnDescription  = "SkuDescription"
	ColumnUnit         = "UnitOfMeasure"
	ColumnTerm         = "TermDuration"
	ColumnBilling      = "BillingPlan"
	ColumnMarket       = "Market"
	ColumnCurrency     = "Currency"
	ColumnUnitPrice    = "UnitPrice"
	ColumnTierMin      = "PricingTierRangeMin"
	ColumnTierMax      = "PricingTierRangeMax"
	ColumnStart        = "EffectiveStartDate"
	ColumnEnd          = "EffectiveEndDate"
	ColumnTags         = "Tags"
	ColumnERPPrice     = "ERP Price"
	ColumnSegment      = "Segment"
	ColumnEndOfSale    = "EndofSaleDate"
	ColumnFlag         = "ChangeIndicator"
	ColumnPrevious     = "PreviousValues"
)
