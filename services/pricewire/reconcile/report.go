package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/sheet"
)

func listingPlace(row int) string { return fmt.Sprintf("row %d", row) }

// put counts a line, and keeps its row of the report.
func (r *Result) put(c *bill.Charge, v *bill.Verdict, cells []string) error {
	r.Totals.Add(c, v)
	if r.options.DifferencesOnly && !v.Reason.Differs() {
		return nil
	}
	var content packer
	for _, cell := range cells {
		content.text(cell)
	}
	return r.report.add(rowKey(c.Row), content)
}

// Table returns the report: a row for each line, or for each that differs, in the order of the file. Its rows can be read once.
func (r *Result) Table() sheet.Table {
	columns := usageColumns()
	if r.Layout == LicenseLayout {
		columns = licenseColumns()
	}
	return sheet.Table{Name: "Report", Columns: columns, Rows: func(yield func([]string, error) bool) {
		cells := make([]string, len(columns))
		for content, err := range r.report.all() {
			u := unpacker{rest: content}
			for i := range cells {
				if err == nil {
					cells[i] = u.text()
				}
			}
			if err == nil {
				err = u.err
			}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	}}
}

// Main are the columns of a report that people read first.
func (r *Result) Main() []string {
	if r.Layout == LicenseLayout {
		return []string{"row", "scope", "ordered", "product", "sku", "term", "billing", "seats", "currency", "charged", "expected", "difference", "reason", "note", "source"}
	}
	return []string{"row", "scope", "date", "meter", "sku", "quantity", "unit", "currency", "charged", "expected", "difference", "reason", "note", "source"}
}

func usageColumns() []sheet.Column {
	return append([]sheet.Column{
		{Name: "row", Kind: sheet.Whole},
		{Name: "scope"},
		{Name: "kind"},
		{Name: "date", Kind: sheet.Time},
		{Name: "price_list"},
		{Name: "meter"},
		{Name: "sku"},
		{Name: "type"},
		{Name: "reservation_term"},
		{Name: "quantity", Kind: sheet.Decimal},
		{Name: "unit"},
	}, verdictColumns()...)
}

func licenseColumns() []sheet.Column {
	return append([]sheet.Column{
		{Name: "row", Kind: sheet.Whole},
		{Name: "scope"},
		{Name: "kind"},
		{Name: "ordered", Kind: sheet.Time},
		{Name: "market"},
		{Name: "product"},
		{Name: "sku"},
		{Name: "term"},
		{Name: "billing"},
		{Name: "seats", Kind: sheet.Whole},
		{Name: "charge_start", Kind: sheet.Time},
		{Name: "charge_end", Kind: sheet.Time},
	}, verdictColumns()...)
}

// verdictColumns are what both reports end in.
func verdictColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "currency"},
		{Name: "charged", Kind: sheet.Decimal},
		{Name: "expected", Kind: sheet.Decimal},
		{Name: "difference", Kind: sheet.Decimal},
		{Name: "reason"},
		{Name: "note"},
		{Name: "price", Kind: sheet.Decimal},
		{Name: "price_currency"},
		{Name: "price_unit"},
		{Name: "tier", Kind: sheet.Decimal},
		{Name: "exchange_rate", Kind: sheet.Decimal},
		{Name: "source"},
		{Name: "effective_from", Kind: sheet.Time},
		{Name: "known_at", Kind: sheet.Time},
		{Name: "source_stream"},
		{Name: "source_seq"},
		{Name: "source_row"},
	}
}

func usageCells(u *bill.Usage, v *bill.Verdict) []string {
	source := ""
	if v.Priced {
		source = u.PriceList + " crawl of " + stamp(v.Source.KnownAt)
	}
	return append([]string{
		strconv.Itoa(u.Row), u.Scope, string(v.Kind), stamp(u.Date), u.PriceList, u.Meter, u.SKU, u.Type, u.Term, u.Quantity.String(), u.Unit,
	}, verdictCells(&u.Charge, v, source)...)
}

func licenseCells(l *bill.License, v *bill.Verdict) []string {
	return append([]string{
		strconv.Itoa(l.Row), l.Scope, string(v.Kind), stamp(l.Ordered), l.Market, l.Product, l.SKU, l.Term, l.Plan, strconv.FormatInt(l.Seats, 10), stamp(l.From), stamp(l.To),
	}, verdictCells(&l.Charge, v, v.Source.List)...)
}

func verdictCells(c *bill.Charge, v *bill.Verdict, source string) []string {
	cells := []string{c.Currency, in(c.Currency, c.Charged), "", "", string(v.Reason), v.Note, "", "", "", "", "", source, "", "", "", "", ""}
	if !v.Priced {
		return cells
	}
	cells[2], cells[3] = in(c.Currency, v.Expected), in(c.Currency, v.Difference)
	cells[6], cells[7], cells[8], cells[9] = in(v.Source.Currency, v.Source.Price), v.Source.Currency, v.Source.Unit, v.Source.Tier.String()
	if v.Exchange != nil {
		cells[10] = v.Exchange.String()
	}
	cells[12], cells[13] = stamp(v.Source.From), stamp(v.Source.KnownAt)
	copy(cells[14:], placeCells(v.Source.Places))
	return cells
}

// placeCells are stream, sequence and row of a place; of several those of each, joined, but a stream that is the same for all once.
func placeCells(places []bill.Place) []string {
	var streams, sequences, rows []string
	for _, p := range places {
		if p.Stream == "" {
			return nil // a server that does not say
		}
		streams = append(streams, p.Stream)
		sequences, rows = append(sequences, strconv.FormatUint(p.Sequence, 10)), append(rows, strconv.FormatUint(uint64(p.Row), 10))
	}
	const between = ";"
	return []string{strings.Join(slices.Compact(streams), between), strings.Join(sequences, between), strings.Join(rows, between)}
}

func in(currency string, d money.Decimal) string { return money.Currency(currency).Format(d) }

// stamp is an instant as RFC 3339 has it, empty when there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// TotalsTable returns the totals by currency, kind and reason.
func (r *Result) TotalsTable() sheet.Table {
	columns := []sheet.Column{
		{Name: "currency"},
		{Name: "kind"},
		{Name: "reason"},
		{Name: "lines", Kind: sheet.Whole},
		{Name: "charged", Kind: sheet.Decimal},
		{Name: "priced", Kind: sheet.Whole},
		{Name: "expected", Kind: sheet.Decimal},
		{Name: "difference", Kind: sheet.Decimal},
	}
	return sheet.Table{Name: "Totals", Columns: columns, Rows: func(yield func([]string, error) bool) {
		for _, t := range r.Totals.All() {
			cells := []string{
				t.Currency, string(t.Kind), string(t.Reason), strconv.Itoa(t.Lines), "", strconv.Itoa(t.Priced), "", "",
			}
			var err error
			for i, sum := range map[int]decimal.Decimal{4: t.Charged, 6: t.Expected, 7: t.Difference} {
				d, wrong := money.FromExact(sum) // what lines are bounded by leaves room for all of them
				cells[i], err = in(t.Currency, d), errors.Join(err, wrong)
			}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	}}
}
