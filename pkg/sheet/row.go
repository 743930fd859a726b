package sheet

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// longestKey bounds each part of an identity, in bytes: they become parts of subjects.
const longestKey = 128

// parser turns the rows of a table into lines and problems.
type parser struct {
	layout   layout
	rows     []pricelist.Row
	problems []listing.Problem
	limit    int
	more     int // problems beyond the limit

	record []string
	number int
	failed bool // an error was found in the row
}

func (p *parser) sheet() Sheet {
	if p.more > 0 {
		p.problems = append(p.problems, listing.Problem{
			Severity: listing.Error, Rule: RuleTooManyProblems, Text: fmt.Sprintf("and %d more problems, which are not listed", p.more),
		})
	}
	return Sheet{p.rows, p.problems}
}

func (p *parser) problem(row int, severity listing.Severity, rule, column, value, text string) {
	p.failed = p.failed || severity == listing.Error
	if len(p.problems) >= p.limit {
		p.more++
		return
	}
	p.problems = append(p.problems, listing.Problem{Severity: severity, Rule: rule, Row: row, Column: column, Value: excerpt(value), Text: text})
}

func (p *parser) wrong(rule, column, value, text string) {
	p.problem(p.number, listing.Error, rule, column, value, text)
}

// row reads one row; with an error in it, it becomes no line.
func (p *parser) row(record []string, number int) {
	p.record, p.number, p.failed = record, number, false
	if empty(record) {
		return
	}
	if !p.fits() || !p.isText() {
		return
	}
	r := pricelist.Row{Number: number}
	r.Line = pricelist.Line{
		Identity: p.identity(), UnitPrice: p.price(pricelist.ColumnUnitPrice), ERPPrice: p.price(pricelist.ColumnERPPrice),
		Basis: pricelist.PerTerm, Effective: p.period(), Attributes: p.attributes(),
	}
	r.Flag, r.Claims = p.flag(), p.claims()
	if !p.failed {
		p.rows = append(p.rows, r)
	}
}

func empty(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// fits checks that the row has as many fields as the header; empty ones behind the last are a spreadsheet's habit.
func (p *parser) fits() bool {
	if len(p.record) == p.layout.width || len(p.record) > p.layout.width && empty(p.record[p.layout.width:]) {
		return true
	}
	p.wrong(RuleColumnCount, "", "", fmt.Sprintf("the row has %d fields and the header %d: look for a comma or a quote too many or too few", len(p.record), p.layout.width))
	return false
}

// isText checks that every column that is read holds readable text.
func (p *parser) isText() bool {
	good := true
	for _, cell := range p.record[:p.layout.width] {
		good = good && utf8.ValidString(cell) && !strings.ContainsFunc(cell, control)
	}
	if good {
		return true
	}
	for _, column := range append(official(), pricelist.ColumnEndOfSale) {
		i := p.layout.place(column)
		switch {
		case i < 0:
		case !utf8.ValidString(p.record[i]):
			p.wrong(RuleNotUTF8, column, p.record[i], "the value is not UTF-8: save the file as CSV in UTF-8")
		case strings.ContainsFunc(p.record[i], control):
			p.wrong(RuleControl, column, p.record[i], "the value holds a control character: remove it")
		}
	}
	return !p.failed // what an unknown column holds does not matter
}

func control(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }

// cell returns a column's value, trimmed and without what protects spreadsheets from formulas; empty when the file lacks the column.
func (p *parser) cell(column string) string {
	i := p.layout.place(column)
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(unprotect(strings.TrimSpace(p.record[i])))
}

func (p *parser) identity() pricelist.Identity {
	return pricelist.Identity{
		Market:   strings.ToUpper(p.key(pricelist.ColumnMarket)),
		Currency: strings.ToUpper(p.key(pricelist.ColumnCurrency)),
		Product:  strings.ToUpper(p.key(pricelist.ColumnProduct)),
		SKU:      pricelist.PadSKU(strings.ToUpper(p.key(pricelist.ColumnSKU))),
		Term:     strings.ToUpper(p.key(pricelist.ColumnTerm)),
		Billing:  billing(p.key(pricelist.ColumnBilling)),
		Tier:     p.tier(),
	}
}

// key returns a column that a line cannot do without.
func (p *parser) key(column string) string {
	cell := p.cell(column)
	switch {
	case cell == "":
		p.wrong(RuleMissingValue, column, "", "the value is missing; no line can do without it")
	case len(cell) > longestKey:
		p.wrong(RuleTooLong, column, cell, fmt.Sprintf("the value is longer than %d bytes", longestKey))
	}
	return cell
}

// billing returns a known plan in its usual spelling.
func billing(s string) string {
	for _, plan := range [...]string{"Monthly", "Annual", "Triennial", "None"} {
		if strings.EqualFold(s, plan) {
			return plan
		}
	}
	return s
}

func (p *parser) tier() money.Decimal {
	cell := p.cell(pricelist.ColumnTierMin)
	if cell == "" {
		return money.Decimal{}
	}
	tier := p.decimal(pricelist.ColumnTierMin, cell)
	if tier.IsNegative() {
		p.wrong(RuleNotANumber, pricelist.ColumnTierMin, cell, "a tier cannot begin below 0")
	}
	return tier
}

func (p *parser) price(column string) money.Decimal {
	cell := p.cell(column)
	if cell == "" {
		p.wrong(RuleMissingValue, column, "", "the price is missing; write 0 when there is nothing to pay")
		return money.Decimal{}
	}
	return p.decimal(column, cell)
}

func (p *parser) decimal(column, cell string) money.Decimal {
	d, err := money.Parse(cell)
	switch {
	case errors.Is(err, money.ErrSyntax):
		p.wrong(RuleNotANumber, column, cell, "not a number: write it plainly, with a point and without separators or currency signs")
	case err != nil:
		p.wrong(RuleNotANumber, column, cell, "the number has "+err.Error())
	}
	return d
}

func (p *parser) period() effective.Period {
	var period effective.Period
	var ok bool
	if cell := p.cell(pricelist.ColumnStart); cell != "" {
		if period.From, ok = parseStart(cell); !ok {
			p.wrong(RuleNotADate, pricelist.ColumnStart, cell, "not a start date: write it as 2026-12-01T00:00:00Z, or leave it empty for always")
		}
	}
	if cell := p.cell(pricelist.ColumnEnd); cell != "" {
		if period.To, ok = parseEnd(cell); !ok {
			p.wrong(RuleNotADate, pricelist.ColumnEnd, cell, "not an end date: write it as 2026-12-31T23:59:59Z, or leave it empty for open")
		}
	}
	return period
}

func (p *parser) attributes() pricelist.Attributes {
	return pricelist.Attributes{
		ProductTitle: p.cell(pricelist.ColumnProductTitle),
		SKUTitle:     p.cell(pricelist.ColumnSKUTitle),
		Publisher:    p.cell(pricelist.ColumnPublisher),
		Description:  p.cell(pricelist.ColumnDescription),
		Unit:         p.cell(pricelist.ColumnUnit),
		TierMax:      p.cell(pricelist.ColumnTierMax),
		EndOfSale:    p.cell(pricelist.ColumnEndOfSale),
		Segment:      p.cell(pricelist.ColumnSegment),
		Tags:         p.cell(pricelist.ColumnTags),
	}
}

func (p *parser) flag() pricelist.Flag {
	cell := p.cell(pricelist.ColumnFlag)
	switch strings.ToLower(cell) {
	case "":
		return pricelist.NoFlag
	case "add", "new":
		return pricelist.FlagAdded
	case "change":
		return pricelist.FlagChanged
	case "delete":
		return pricelist.FlagRemoved
	case "unchanged":
		return pricelist.FlagUnchanged
	}
	p.problem(p.number, listing.Note, RuleUnknownFlag, pricelist.ColumnFlag, cell, "the flag is not known; changes are computed, so it does not matter")
	return pricelist.NoFlag
}

func (p *parser) claims() []pricelist.Claim {
	cell := p.cell(pricelist.ColumnPrevious)
	if cell == "" {
		return nil
	}
	claims, ok := parsePrevious(cell)
	if !ok {
		p.problem(p.number, listing.Note, RulePreviousValues, pricelist.ColumnPrevious, cell, "the previous values cannot be read; changes are computed, so it does not matter")
	}
	return claims
}
