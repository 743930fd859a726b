package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// The rules of reading, by their stable names.
const (
	RuleUnknownColumn   = "unknown-column"
	RuleMissingColumn   = "missing-column"
	RuleMalformedRow    = "malformed-row"
	RuleColumnCount     = "wrong-column-count"
	RuleNotUTF8         = "not-utf-8"
	RuleControl         = "control-character"
	RuleCellError       = "wrong-cell"
	RuleMissingValue    = "missing-value"
	RuleTooLong         = "too-long"
	RuleNotANumber      = "not-a-number"
	RuleNotADate        = "not-a-date"
	RuleNotAGUID        = "not-a-guid"
	RuleUnknownSKU      = "unknown-sku"
	RuleUnknownTerm     = "unknown-term"
	RuleUnknownBilling  = "unknown-billing-plan"
	RuleTierBounds      = "tier-ends-below-beginning"
	RuleEmptySegment    = "empty-segment"
	RuleUnknownFlag     = "unknown-flag"
	RulePreviousValues  = "unreadable-previous-values"
	RuleIgnoredSheet    = "ignored-sheet"
	RuleTooManyProblems = "too-many-problems"
)

// Options say how a file is read.
type Options struct {
	Limits Limits
	Market string // of lines whose file has no column for it, a country's code; in a column it is what the file says
}

// Sheet is what a file holds: the rows that could be read, and everything that is wrong with the others, in order of sheets and rows.
type Sheet struct {
	Rows     []pricelist.Row
	Problems []listing.Problem
}

// Lines returns the rows' lines, in order of the file.
func (s Sheet) Lines() []pricelist.Line {
	lines := make([]pricelist.Line, len(s.Rows))
	for i := range s.Rows {
		lines[i] = s.Rows[i].Line
	}
	return lines
}

// ReadNewCommerce reads a new-commerce price list as CSV in UTF-8 from a stream, as ReadLicense reads one from memory.
func ReadNewCommerce(r io.Reader, opts Options) (Sheet, error) {
	p := newParser(opts)
	t, err := csvTable(r, []*form{newCommerce(opts.Market)}, p.limits, p.report)
	if err == nil {
		err = p.read(t, "")
	}
	if err != nil {
		return Sheet{}, err
	}
	return p.sheetOf(), nil
}

// ReadLicense reads a licence price list, new-commerce or legacy, which its columns tell: a CSV file, a workbook, or a zip archive or gzip
// file that holds just one of these. What it is, its bytes tell; the name is for errors, and names the currency of a legacy list that is
// neither a workbook nor has a column for it.
//
// Columns are known by their names, in any order; titles may stand above them, within the first 20 rows. CSV may be separated by commas,
// semicolons or tabs, with or without byte order mark. In a workbook every visible sheet is read but one called "Notes". Numbers may have
// decimal commas where that is certain, dates may be typed or counted in days as spreadsheets do.
//
// Rows that cannot be read are problems, errors among them, and the others are still returned. An error of kind invalid means that the
// file cannot be read at all: required columns are missing, or it exceeds a limit.
//
// Whatever the bytes, it allocates at most 64 times their number, unpacked, and 16 MiB.
func ReadLicense(name string, data []byte, opts Options) (Sheet, error) {
	p := newParser(opts)
	f, err := only(name, data, p.limits)
	if err != nil {
		return Sheet{}, err
	}
	// Rows are large: rather one allocation than many that grow. No row of all required columns is shorter than this.
	const shortest = 18
	p.rows = make([]pricelist.Row, 0, min(bytes.Count(f.Data, []byte{'\n'}), len(f.Data)/shortest, p.limits.Rows))
	forms := []*form{newCommerce(opts.Market), legacy()}
	err = eachTable(f, forms, p.limits, p.report, func(t table) error { return p.read(t, f.Name) })
	if err != nil {
		return Sheet{}, err
	}
	return p.sheetOf(), nil
}

func newParser(opts Options) *parser {
	limits := opts.Limits.orDefault()
	return &parser{view: view{report: &report{limit: limits.Problems}}, limits: limits, market: strings.ToUpper(opts.Market)}
}

// read reads the lines of a table; the file's name may tell what its sheets don't.
func (p *parser) read(t table, file string) error {
	p.view = t.view(p.report)
	p.legacy = t.layout.place(legacyOffer) >= 0
	if p.layout.place(pricelist.ColumnMarket) < 0 && p.market == "" {
		return t.wrong("the list does not say for which market it is").WithHint("name the market with the file, or add a column Market")
	}
	if p.layout.place(pricelist.ColumnCurrency) < 0 {
		said := t.sheet
		if said == "" {
			said = file
		}
		if p.currency = currencyIn(said); p.currency == "" {
			return t.wrong("the list does not say in which currency it is").
				WithHint("name the sheet, or the file, after the currency, such as USD, or add a column Currency")
		}
	}
	return t.each(p.report, p.limits, p.row)
}

// sheetOf ends the reading, when every number of the file is known.
func (p *parser) sheetOf() Sheet {
	failed := map[int]bool{}
	for _, u := range p.numbers.unsure {
		d, ok := p.numbers.settle(u)
		switch {
		case !ok && p.full():
			p.leaveOut(listing.Error)
			failed[u.at] = true
		case !ok:
			p.add(listing.Problem{Severity: listing.Error, Rule: RuleNotANumber, Sheet: u.sheet, Row: u.row, Column: u.column, Value: u.text, Text: explainUnsure(u)})
			failed[u.at] = true
		case u.at >= 0:
			*amount(&p.rows[u.at], u.column) = d
		}
	}
	rows := p.rows
	if len(failed) > 0 {
		rows = rows[:0]
		for i := range p.rows {
			if !failed[i] {
				rows = append(rows, p.rows[i])
			}
		}
	}
	if p.segments > 0 {
		p.first.Text = "the row has no segment"
		if p.segments > 1 {
			p.first.Text += fmt.Sprintf(", nor have %d later rows", p.segments-1)
		}
		p.add(p.first)
	}
	return Sheet{rows, p.all()}
}

// amount is where a row holds the number of a column.
func amount(r *pricelist.Row, column string) *money.Decimal {
	switch column {
	case pricelist.ColumnTierMin:
		return &r.Tier
	case pricelist.ColumnERPPrice:
		return &r.ERPPrice
	}
	return &r.UnitPrice
}
