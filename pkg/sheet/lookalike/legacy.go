package lookalike

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Legacy is one month's list from before the new commerce. A Spec's lines are counted over all its currencies.
type Legacy struct {
	Month effective.Month
	Rows  []pricelist.Row // as read from a correct workbook, with the sheets' names and row numbers
}

// titleRows stand above the header of each sheet, an empty one included.
const titleRows = 3

// GenerateLegacy makes a legacy list: offers with their agreement and customer types, priced per month in each of the currencies. About
// one in a hundred lines is only renewed any more, as many end with the month.
func GenerateLegacy(spec Spec) Legacy {
	if spec.Market == "" {
		spec.Market = "US"
	}
	if len(spec.Currencies) == 0 {
		spec.Currencies = []string{"USD"}
	}
	l := Legacy{Month: spec.Month}
	each := (spec.Lines + len(spec.Currencies) - 1) / len(spec.Currencies)
	for _, currency := range spec.Currencies {
		for i := range min(each, spec.Lines-len(l.Rows)) {
			row := legacyRow(spec, i, currency)
			row.Sheet, row.Number = currency, titleRows+2+i
			l.Rows = append(l.Rows, row)
		}
	}
	return l
}

// legacyRow makes an offer in a currency; all but the prices are the same in each.
func legacyRow(spec Spec, i int, currency string) pricelist.Row {
	r := random(spec.Seed, i)
	kinds := []struct{ agreement, customer string }{
		{"Corporate", "Corporate"}, {"Government", "Government"}, {"Academic", "Faculty"}, {"Academic", "Student"}, {"Charity", "Charity"},
	}
	kind := kinds[r.IntN(len(kinds))]
	title := product(spec.Seed, i)[0].productTitle
	cents := int64(100 + 25*r.IntN(240))
	row := pricelist.Row{Line: pricelist.Line{
		Identity: pricelist.Identity{
			Market: spec.Market, Currency: currency, Product: guid(r), SKU: kind.agreement,
			Term: weighted(r, []string{"1 Month(s)", "1 Year(s)"}, 9, 1), Billing: kind.customer,
		},
		UnitPrice: amount(cents*80/100, currency), ERPPrice: amount(cents, currency), Basis: pricelist.PerMonth,
		Effective:  effective.Period{From: spec.Month.Add(-r.IntN(24)).Start()},
		Attributes: pricelist.Attributes{ProductTitle: title, SKUTitle: title, Segment: kind.agreement, Tags: weighted(r, []string{"Non-specific", "ADD-ON", "Trial"}, 80, 17, 3)},
	}}
	if row.Tags == "Trial" {
		row.UnitPrice, row.ERPPrice = money.Decimal{}, money.Decimal{}
	}
	switch row.Flag = pricelist.FlagUnchanged; r.IntN(100) {
	case 0:
		row.Flag = pricelist.FlagDeprecated
	case 1:
		row.Flag, row.Effective.To = pricelist.FlagRemoved, spec.Month.Add(1).Start()
	case 2:
		row.Flag, row.Effective.From = pricelist.FlagAdded, spec.Month.Start()
	case 3, 4:
		row.Flag = pricelist.FlagChanged
	}
	return row
}

func guid(r *rand.Rand) string {
	return fmt.Sprintf("%08X-%04X-4%03X-A%03X-%012X", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64N(1<<48))
}

// WriteXLSX writes the list as the real ones come: a sheet of explanations, then one for each currency, with titles above its header, typed
// cells, offer ids in lower case, the last day in place of the end, and open ends in the year 9999.
func (l Legacy) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	if err := f.SetSheetName("Sheet1", "Read me"); err != nil {
		return err
	}
	if err := f.SetCellStr("Read me", "A1", "Prices are per month and without taxes."); err != nil {
		return err
	}
	var sheet *legacySheet
	for i := range l.Rows {
		if r := &l.Rows[i]; sheet == nil || sheet.Sheet != r.Currency {
			if err := sheet.end(); err != nil {
				return err
			}
			if sheet, err = l.begin(f, r.Currency); err != nil {
				return err
			}
		}
		if err := sheet.add(&l.Rows[i]); err != nil {
			return err
		}
	}
	if err := sheet.end(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

type legacySheet struct {
	*excelize.StreamWriter
	dates int // style
	rows  int
}

func (l Legacy) begin(f *excelize.File, currency string) (*legacySheet, error) {
	dates, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err == nil {
		_, err = f.NewSheet(currency)
	}
	if err != nil {
		return nil, err
	}
	stream, err := f.NewStreamWriter(currency)
	if err != nil {
		return nil, err
	}
	s := &legacySheet{stream, dates, titleRows}
	if err := s.SetRow("A1", []any{"Cloud Reseller Price List"}); err != nil {
		return nil, err
	}
	if err := s.SetRow("A2", []any{l.Month.Start().Format("January 2006"), currency}); err != nil {
		return nil, err
	}
	return s, s.row("A/C/D/U", "Valid-From Date", "ValidToDate", "Offer Display Name", "Offer ID", "License Agreement Type", "Purchase Unit",
		"Secondary License Type", "End Customer Type", "List Price", "ERP Price", "Material")
}

func (s *legacySheet) row(cells ...any) error {
	s.rows++
	return s.SetRow(fmt.Sprintf("A%d", s.rows), cells)
}

func (s *legacySheet) add(r *pricelist.Row) error {
	flag := map[pricelist.Flag]string{
		pricelist.FlagAdded: "ADD", pricelist.FlagChanged: "CHG", pricelist.FlagRemoved: "DEL", pricelist.FlagUnchanged: "UNC", pricelist.FlagDeprecated: "DEPR",
	}[r.Flag]
	last := time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	if !r.Effective.To.IsZero() {
		last = r.Effective.To.AddDate(0, 0, -1)
	}
	return s.row(flag, s.date(r.Effective.From), s.date(last), r.SKUTitle, strings.ToLower(r.Product), r.SKU, r.Term, r.Tags, r.Billing,
		r.UnitPrice.Exact().InexactFloat64(), r.ERPPrice.Exact().InexactFloat64(), fmt.Sprintf("AAA-%05d", s.rows))
}

func (s *legacySheet) date(t time.Time) excelize.Cell {
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	return excelize.Cell{StyleID: s.dates, Value: (t.Unix() - epoch.Unix()) / (24 * 60 * 60)}
}

func (s *legacySheet) end() error {
	if s == nil {
		return nil
	}
	return s.Flush()
}
