package sheet

import (
	"time"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// legacyTable is a legacy list of rows, with those columns beyond the legacy lists' own that a row needs.
func legacyTable(currency string, rows []pricelist.Row, official bool) Table {
	name := currency
	if name == "" {
		name = "Prices"
	}
	var names []string
	for _, column := range legacyOrder() {
		if needed(column, rows) {
			names = append(names, column)
		}
	}
	row := func(i int) *pricelist.Row { return &rows[i] }
	return rowsTable(name, names, len(rows), row, func(r *pricelist.Row, column string) string { return legacyValue(r, column, official) })
}

// needed reports whether a column must be there. Those that the legacy lists lack are when their value cannot be told from the others.
func needed(column string, rows []pricelist.Row) bool {
	switch column {
	case pricelist.ColumnProductTitle, pricelist.ColumnPublisher, pricelist.ColumnDescription, pricelist.ColumnUnit, pricelist.ColumnTierMin,
		pricelist.ColumnTierMax, pricelist.ColumnSegment, pricelist.ColumnPrevious, pricelist.ColumnEndOfSale:
	case legacyMaterial:
		return false
	default:
		return true
	}
	for i := range rows {
		r := &rows[i]
		told := ""
		switch column {
		case pricelist.ColumnProductTitle:
			told = r.SKUTitle
		case pricelist.ColumnSegment:
			told = r.SKU
		}
		if value(r, column, true) != told {
			return true
		}
	}
	return false
}

// legacyValue returns what a row holds in a column of the legacy lists.
func legacyValue(r *pricelist.Row, column string, official bool) string {
	switch column {
	case legacyFlag:
		return legacyFlagText(r.Flag)
	case legacyStart:
		return legacyDate(r.Effective.From)
	case legacyEnd:
		return legacyLast(r.Effective.To)
	case legacyTitle:
		return r.SKUTitle
	case legacyOffer:
		return r.Product
	case legacyAgreement:
		return r.SKU
	case legacyUnit:
		return r.Term
	case legacySecondary:
		return r.Tags
	case legacyCustomer:
		return r.Billing
	case legacyPrice:
		return money.Currency(r.Currency).Format(r.UnitPrice)
	}
	return value(r, column, official)
}

func legacyFlagText(f pricelist.Flag) string {
	switch f {
	case pricelist.FlagAdded:
		return "ADD"
	case pricelist.FlagChanged:
		return "CHG"
	case pricelist.FlagRemoved:
		return "DEL"
	case pricelist.FlagUnchanged:
		return "UNC"
	case pricelist.FlagDeprecated:
		return "DEPR"
	case pricelist.NoFlag:
	}
	return ""
}

func legacyDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dateText(t.UTC())
}

// legacyLast writes a half-open end as the last day, which the legacy lists name; an end within a day is written with its time.
func legacyLast(t time.Time) string {
	if !t.IsZero() && t.Equal(t.Truncate(24*time.Hour)) {
		t = t.AddDate(0, 0, -1)
	}
	return legacyDate(t)
}
