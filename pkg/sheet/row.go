package sheet

import (
	"fmt"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// longestKey bounds each part of an identity, in bytes: they become parts of subjects.
const longestKey = 128

// parser turns the rows of price lists into lines.
type parser struct {
	view
	limits   Limits
	market   string // of lines whose sheet has no column for it
	currency string // the same
	legacy   bool   // the sheet has the legacy columns
	rows     []pricelist.Row
	numbers  numbers
	segments int // rows without a segment although there is a column
	first    listing.Problem
}

// row reads one row; with an error in it, it becomes no line.
func (p *parser) row(record record) {
	if !p.turn(record) {
		return
	}
	unsure := len(p.numbers.unsure)
	r := pricelist.Row{Sheet: p.sheet, Number: record.number}
	if p.legacy {
		p.legacyLine(&r)
	} else {
		p.line(&r)
	}
	p.tiers(&r)
	p.segment(&r)
	at := -1
	if !p.failed {
		at = len(p.rows)
		p.rows = append(p.rows, r)
	}
	for i := unsure; i < len(p.numbers.unsure); i++ {
		p.numbers.unsure[i].at = at
	}
}

func (p *parser) line(r *pricelist.Row) {
	r.Line = pricelist.Line{
		Identity: p.identity(), UnitPrice: p.price(pricelist.ColumnUnitPrice), ERPPrice: p.price(pricelist.ColumnERPPrice),
		Basis: pricelist.PerTerm, Effective: p.period(pricelist.ColumnStart, pricelist.ColumnEnd, end), Attributes: p.attributes(),
	}
	r.Flag, r.Claims = p.flag(pricelist.ColumnFlag), p.claims()
}

func (p *parser) identity() pricelist.Identity {
	return pricelist.Identity{
		Market:   strings.ToUpper(p.keyOr(pricelist.ColumnMarket, p.market)),
		Currency: strings.ToUpper(p.keyOr(pricelist.ColumnCurrency, p.currency)),
		Product:  strings.ToUpper(p.key(pricelist.ColumnProduct)),
		SKU:      p.sku(),
		Term:     p.term(pricelist.ColumnTerm),
		Billing:  p.billing(),
		Tier:     p.tier(),
	}
}

// key returns a column that a line cannot do without.
func (p *parser) key(column string) string {
	cell := p.text(column)
	switch {
	case cell == "":
		p.wrong(RuleMissingValue, column, "", "the value is missing; no line can do without it")
	case len(cell) > longestKey:
		p.wrong(RuleTooLong, column, cell, fmt.Sprintf("the value is longer than %d bytes", longestKey))
		return ""
	}
	return cell
}

// keyOr is key for a column that the sheet may lack when something else stands for it.
func (p *parser) keyOr(column, instead string) string {
	if p.layout.place(column) < 0 {
		return instead
	}
	return p.key(column)
}

// sku reads the id of a SKU; the zeros that a spreadsheet takes from digits come back.
func (p *parser) sku() string {
	cell := pricelist.PadSKU(strings.ToUpper(p.key(pricelist.ColumnSKU)))
	if cell != "" && (len(cell) != 4 || strings.Trim(cell, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		p.problem(listing.Warning, RuleUnknownSKU, pricelist.ColumnSKU, cell, "not a SKU as lists have them, four digits or letters such as 0001; the line is only found by exactly this")
	}
	return cell
}

func (p *parser) term(column string) string {
	cell := strings.ToUpper(p.key(column))
	if cell != "" && !knownTerm(cell) {
		p.problem(listing.Warning, RuleUnknownTerm, column, cell, "not a term as lists have them, such as P1M, P1Y or P30D; the line is only found by exactly this")
	}
	return cell
}

// knownTerm reports whether s is an ISO 8601 period of days, months or years.
func knownTerm(s string) bool {
	n := len(s)
	return n >= 3 && n <= 5 && s[0] == 'P' && strings.IndexByte("DMY", s[n-1]) >= 0 && s[1] != '0' && strings.Trim(s[1:n-1], "0123456789") == ""
}

// plans are the billing plans that lists have.
func plans() [5]string { return [...]string{"Monthly", "Annual", "Triennial", "None", "OneTime"} }

// billing returns a known plan in its usual spelling.
func (p *parser) billing() string {
	cell := p.key(pricelist.ColumnBilling)
	for _, plan := range plans() {
		if strings.EqualFold(cell, plan) {
			return plan
		}
	}
	if cell != "" {
		p.problem(listing.Warning, RuleUnknownBilling, pricelist.ColumnBilling, cell,
			"not a billing plan as lists have them: Monthly, Annual, Triennial, None or OneTime; the line is only found by exactly this")
	}
	return cell
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

// tiers checks the bounds of a tier against each other.
func (p *parser) tiers(r *pricelist.Row) {
	if r.TierMax == "" {
		return
	}
	if most, err := money.Parse(r.TierMax); err == nil && most.Cmp(r.Tier) < 0 {
		p.wrong(RuleTierBounds, pricelist.ColumnTierMax, r.TierMax, "the tier ends below its beginning, "+r.Tier.String()+": correct one of them, or leave the end empty")
	}
}

// segment counts lines without a segment.
func (p *parser) segment(r *pricelist.Row) {
	if r.Segment != "" || p.layout.place(pricelist.ColumnSegment) < 0 {
		return
	}
	if p.segments++; p.segments == 1 {
		p.first = listing.Problem{
			Severity: listing.Note, Rule: RuleEmptySegment, Sheet: p.sheet, Row: p.record.number, Column: pricelist.ColumnSegment,
		}
	}
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
	switch p.kind(column) {
	case numberCell:
		d, err := money.Parse(cell)
		if err != nil {
			p.wrong(RuleNotANumber, column, cell, explainNumber(cell, err))
		}
		return d
	case dateCell:
		p.wrong(RuleNotANumber, column, p.text(column), "the cell is a date: the spreadsheet took the number for one; format the cell as a number and type it again")
		return money.Decimal{}
	case textCell, booleanCell, failedCell:
	}
	d, spelled, err := p.numbers.parse(cell)
	switch {
	case spelled == perhapsPoint || spelled == perhapsGrouping:
		p.numbers.unsure = append(p.numbers.unsure, unsure{0, p.sheet, p.record.number, column, cell, spelled})
	case err != nil:
		p.wrong(RuleNotANumber, column, cell, explainNumber(cell, err))
	}
	return d
}

// period reads when a line holds; ends says what the end's date means.
func (p *parser) period(from, to string, ends func(time.Time) (time.Time, bool)) effective.Period {
	var period effective.Period
	if t, there, ok := p.date(from); there {
		if ok {
			period.From, ok = start(t)
		}
		if !ok {
			p.wrong(RuleNotADate, from, p.text(from), "not a start date: write it as 2026-12-01T00:00:00Z, or leave it empty for always")
		}
	}
	if t, there, ok := p.date(to); there {
		if ok {
			period.To, ok = ends(t)
		}
		if !ok {
			p.wrong(RuleNotADate, to, p.text(to), "not an end date: write it as 2026-12-31T23:59:59Z, or leave it empty for open")
		}
	}
	return period
}

func (p *parser) attributes() pricelist.Attributes {
	return pricelist.Attributes{
		ProductTitle: p.text(pricelist.ColumnProductTitle),
		SKUTitle:     p.text(pricelist.ColumnSKUTitle),
		Publisher:    p.text(pricelist.ColumnPublisher),
		Description:  p.text(pricelist.ColumnDescription),
		Unit:         p.text(pricelist.ColumnUnit),
		TierMax:      p.text(pricelist.ColumnTierMax),
		EndOfSale:    p.text(pricelist.ColumnEndOfSale),
		Segment:      p.text(pricelist.ColumnSegment),
		Tags:         p.text(pricelist.ColumnTags),
	}
}

func (p *parser) flag(column string) pricelist.Flag {
	cell := p.cell(column)
	switch strings.ToLower(cell) {
	case "":
		return pricelist.NoFlag
	case "add", "new":
		return pricelist.FlagAdded
	case "change", "chg":
		return pricelist.FlagChanged
	case "delete", "del":
		return pricelist.FlagRemoved
	case "unchanged", "unc":
		return pricelist.FlagUnchanged
	case "deprecated", "depr":
		return pricelist.FlagDeprecated
	}
	p.problem(listing.Note, RuleUnknownFlag, column, cell, "the flag is not known; changes are computed, so it does not matter")
	return pricelist.NoFlag
}

func (p *parser) claims() []pricelist.Claim {
	cell := p.cell(pricelist.ColumnPrevious)
	if cell == "" {
		return nil
	}
	claims, ok := parsePrevious(cell)
	if !ok {
		p.problem(listing.Note, RulePreviousValues, pricelist.ColumnPrevious, cell, "the previous values cannot be read; changes are computed, so it does not matter")
	}
	return claims
}
