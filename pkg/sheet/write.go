package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// WriteNewCommerce writes lines as a new-commerce price list that ReadNewCommerce reads back as they are: UTF-8 with byte order mark, the
// 21 columns in their official order, then the end of sale when a line has one. The change indicator and previous values stay empty;
// WriteNewCommerceRows fills them. Values that a spreadsheet would take for a formula are preceded by an apostrophe. A line whose price
// is per month has no place in this format and is refused.
func WriteNewCommerce(w io.Writer, lines []pricelist.Line) error {
	return write(w, len(lines), func(i int) pricelist.Row { return pricelist.Row{Line: lines[i]} })
}

// WriteNewCommerceRows is WriteNewCommerce with flags and claims.
func WriteNewCommerceRows(w io.Writer, rows []pricelist.Row) error {
	return write(w, len(rows), func(i int) pricelist.Row { return rows[i] })
}

func write(w io.Writer, n int, row func(i int) pricelist.Row) error {
	columns := official()
	for i := range n {
		if row(i).EndOfSale != "" {
			columns = append(columns, pricelist.ColumnEndOfSale)
			break
		}
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	out := csv.NewWriter(buffered)
	record := append([]string(nil), columns...)
	err := out.Write(record)
	for i := 0; i < n && err == nil; i++ {
		r := row(i)
		if r.Basis != pricelist.PerTerm {
			return fault.New(fault.Invalid, "write sheet: the price of %s is per %s, and new-commerce lists have prices per term only", r.Key(), r.Basis)
		}
		for c, column := range columns {
			record[c] = protect(value(&r, column))
		}
		err = out.Write(record)
	}
	if err == nil {
		out.Flush()
		err = out.Error()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	return nil
}

// value returns what a row holds in a column, as the official lists write it.
func value(r *pricelist.Row, column string) string {
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
		return orElse(r.Effective.From, "")
	case pricelist.ColumnEnd:
		return orElse(r.Effective.To, openEnd)
	}
	return text(r, column)
}

func orElse(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return formatDate(t)
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
	case pricelist.NoFlag:
	}
	return ""
}

// protect puts an apostrophe before what a spreadsheet would take for a formula; unprotect takes it away again, and leaves apostrophes
// that have nothing to do with it.
func protect(s string) string {
	if formula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func unprotect(s string) string {
	if strings.HasPrefix(s, "'") && formula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

// formula reports whether spreadsheets may evaluate a cell that begins so; they also know the full-width signs.
func formula(s string) bool {
	for _, start := range [...]string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}
