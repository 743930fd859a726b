package sheet

import (
	"io"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// WriteLicense writes a licence price list as partners get it, with flags and claims. Prices per term are written as a new-commerce list:
// the 21 columns in their official order, then the end of sale when a line has one. Prices per month are written as a legacy list, with
// columns for market and currency and for what else lines say; in a workbook there is a sheet for each currency. Both together have no
// place in one file and are refused.
//
// ReadLicense reads CSV and workbooks back as exactly the same lines. In the other formats, which are for programs, periods that are open
// have null in place of the official lists' placeholders. The notes are those of a Table.
func WriteLicense(w io.Writer, f Format, rows []pricelist.Row, notes []Note) error {
	return writeLicense(w, f, rows, notes, false)
}

// WriteLicenseWithoutCost is WriteLicense for somebody who must not see what a partner pays: there is no column of the unit price, and no previous
// value of one. What is read back from it is no list of prices.
func WriteLicenseWithoutCost(w io.Writer, f Format, rows []pricelist.Row, notes []Note) error {
	public := slices.Clone(rows)
	for i := range public {
		public[i].Line = public[i].WithoutCost()
		public[i].Claims = slices.DeleteFunc(slices.Clone(public[i].Claims), func(c pricelist.Claim) bool { return tellsCost(c.Column) })
	}
	return writeLicense(w, f, public, notes, true)
}

// tellsCost reports whether a column says what a partner pays.
func tellsCost(column string) bool {
	return column == pricelist.ColumnUnitPrice || column == legacyPrice
}

// withoutCost is a table without the columns that tell cost.
func (t Table) withoutCost() Table {
	var kept []int
	public := Table{Name: t.Name, Notes: t.Notes}
	for i, c := range t.Columns {
		if !tellsCost(c.Name) {
			kept = append(kept, i)
			public.Columns = append(public.Columns, c)
		}
	}
	public.Rows = func(yield func([]string, error) bool) {
		record := make([]string, len(kept))
		for row, err := range t.Rows {
			for n, i := range kept {
				if err == nil {
					record[n] = row[i]
				}
			}
			if !yield(record, err) {
				return
			}
		}
	}
	return public
}

func writeLicense(w io.Writer, f Format, rows []pricelist.Row, notes []Note, withoutCost bool) error {
	shown := func(t Table) Table {
		if withoutCost {
			return t.withoutCost()
		}
		return t
	}
	legacyRows := 0
	for i := range rows {
		if rows[i].Basis == pricelist.PerMonth {
			legacyRows++
		}
	}
	switch {
	case legacyRows == 0:
		return writeTables(w, f, []Table{shown(newCommerceTable(len(rows), func(i int) *pricelist.Row { return &rows[i] }, f.official()))}, notes)
	case legacyRows < len(rows):
		return fault.New(fault.Invalid, "write sheet: %d of %d prices are per month and the others per term", legacyRows, len(rows)).
			WithHint("write legacy and new-commerce lines as two files")
	case f != XLSX:
		return writeTables(w, f, []Table{shown(legacyTable("", rows, f.official()))}, notes)
	}
	var tables []Table
	for _, currency := range currencies(rows) {
		var own []pricelist.Row
		for i := range rows {
			if rows[i].Currency == currency {
				own = append(own, rows[i])
			}
		}
		tables = append(tables, shown(legacyTable(currency, own, true)))
	}
	return writeTables(w, f, tables, notes)
}

// currencies returns the currencies of rows, in order.
func currencies(rows []pricelist.Row) []string {
	var all []string
	for i := range rows {
		if n := len(all); n == 0 || all[n-1] != rows[i].Currency {
			all = append(all, rows[i].Currency)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// WriteNewCommerce writes lines as a new-commerce price list in CSV, as WriteLicense does with rows. A line whose price is per month has no
// place in this form and is refused.
func WriteNewCommerce(w io.Writer, lines []pricelist.Line) error {
	row := pricelist.Row{}
	return writeNewCommerce(w, len(lines), func(i int) *pricelist.Row { row.Line = lines[i]; return &row })
}

// WriteNewCommerceRows is WriteNewCommerce with flags and claims.
func WriteNewCommerceRows(w io.Writer, rows []pricelist.Row) error {
	return writeNewCommerce(w, len(rows), func(i int) *pricelist.Row { return &rows[i] })
}

func writeNewCommerce(w io.Writer, n int, row func(i int) *pricelist.Row) error {
	for i := range n {
		if r := row(i); r.Basis != pricelist.PerTerm {
			return fault.New(fault.Invalid, "write sheet: the price of %s is per %s, and new-commerce lists have prices per term only", r.Key(), r.Basis)
		}
	}
	return writeTables(w, CSV, []Table{newCommerceTable(n, row, true)}, nil)
}

func newCommerceTable(n int, row func(i int) *pricelist.Row, official bool) Table {
	names := officialColumns(n, row)
	return rowsTable("Prices", names, n, row, func(r *pricelist.Row, column string) string { return value(r, column, official) })
}

func officialColumns(n int, row func(i int) *pricelist.Row) []string {
	names := official()
	for i := range n {
		if row(i).EndOfSale != "" {
			return append(names, pricelist.ColumnEndOfSale)
		}
	}
	return names
}

// rowsTable makes a table of rows; cell says what one holds in a column.
func rowsTable(name string, names []string, n int, row func(i int) *pricelist.Row, cell func(r *pricelist.Row, column string) string) Table {
	t := Table{Name: name, Columns: make([]Column, len(names))}
	for i, column := range names {
		t.Columns[i] = Column{column, kindOf(column)}
	}
	t.Rows = func(yield func([]string, error) bool) {
		record := make([]string, len(names))
		for i := range n {
			r := row(i)
			for c, column := range names {
				record[c] = cell(r, column)
			}
			if !yield(record, nil) {
				return
			}
		}
	}
	return t
}

func kindOf(column string) Kind {
	switch column {
	case pricelist.ColumnUnitPrice, pricelist.ColumnERPPrice, pricelist.ColumnTierMin, legacyPrice:
		return Decimal
	case pricelist.ColumnStart, pricelist.ColumnEnd, legacyStart, legacyEnd:
		return Time
	}
	return Text
}

// value returns what a row holds in a column; official dates are as the official lists write them.
func value(r *pricelist.Row, column string, official bool) string {
	switch column {
	case pricelist.ColumnFlag:
		return flagText(r.Flag)
	case pricelist.ColumnPrevious:
		return formatPrevious(r.Claims)
	case pricelist.ColumnUnitPrice:
		return money.Currency(r.Currency).Format(r.UnitPrice)
	case pricelist.ColumnERPPrice:
		return money.Currency(r.Currency).Format(r.ERPPrice)
	case pricelist.ColumnTierMin:
		if r.Tier.IsZero() {
			return ""
		}
		return r.Tier.String()
	case pricelist.ColumnStart:
		return dateOr(r.Effective.From, official, "")
	case pricelist.ColumnEnd:
		return dateOr(r.Effective.To, official, openEnd)
	}
	return text(r, column)
}

// dateOr writes a date, or in an official list what stands for none.
func dateOr(t time.Time, official bool, none string) string {
	switch {
	case t.IsZero() && official:
		return none
	case t.IsZero():
		return ""
	case official:
		return formatDate(t)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// text returns what a row holds in a column of plain text.
func text(r *pricelist.Row, column string) string {
	switch column {
	case pricelist.ColumnProductTitle:
		return r.ProductTitle
	case pricelist.ColumnProduct:
		return r.Product
	case pricelist.ColumnSKU:
		return r.SKU
	case pricelist.ColumnSKUTitle:
		return r.SKUTitle
	case pricelist.ColumnPublisher:
		return r.Publisher
	case pricelist.ColumnDescription:
		return r.Description
	case pricelist.ColumnUnit:
		return r.Unit
	case pricelist.ColumnTerm:
		return r.Term
	case pricelist.ColumnBilling:
		return r.Billing
	case pricelist.ColumnMarket:
		return r.Market
	case pricelist.ColumnCurrency:
		return r.Currency
	case pricelist.ColumnTierMax:
		return r.TierMax
	case pricelist.ColumnTags:
		return r.Tags
	case pricelist.ColumnSegment:
		return r.Segment
	}
	return r.EndOfSale
}

func flagText(f pricelist.Flag) string {
	switch f {
	case pricelist.FlagAdded:
		return "Add"
	case pricelist.FlagChanged:
		return "Change"
	case pricelist.FlagRemoved:
		return "Delete"
	case pricelist.FlagUnchanged:
		return "Unchanged"
	case pricelist.FlagDeprecated:
		return "Deprecated"
	case pricelist.NoFlag:
	}
	return ""
}
