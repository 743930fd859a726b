package pricelist

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// The rules of Validate, by their stable names.
const (
	RuleNoLines           = "no-lines"
	RuleDuplicateIdentity = "duplicate-identity"
	RuleRepeatedLine      = "repeated-line"
	RuleOverlap           = "overlapping-periods"
	RuleUnknownMarket     = "unknown-market"
	RuleOtherMarket       = "other-market"
	RuleUnknownCurrency   = "unknown-currency"
	RuleDecimals          = "too-many-decimals"
	RuleNegativePrice     = "negative-price"
	RuleERPBelowUnit      = "erp-below-unit-price"
	RuleEndsBeforeStart   = "ends-before-start"
	RuleTrialPrice        = "trial-with-price"
	RuleStartsLater       = "starts-after-month"
	RulePriceMoved        = "price-moved"
	RuleLinesGone         = "lines-gone"
	RuleFlagMismatch      = "flag-mismatch"
	RulePreviousMismatch  = "previous-value-mismatch"
)

// Warnings returns the rules whose problems are warnings.
func Warnings() []string {
	return []string{RuleRepeatedLine, RuleOverlap, RuleDecimals, RuleERPBelowUnit, RuleTrialPrice, RuleStartsLater, RulePriceMoved, RuleLinesGone}
}

// GonePercent is the share of the predecessor's lines that a whole sheet may lose without being acknowledged.
const GonePercent = 15

// Check is what rows are validated against. Its zero value checks the rows by themselves.
type Check struct {
	Market      string       // of the release; empty when any will do
	EffectiveAt time.Time    // of the release; zero when not known
	Whole       bool         // a whole sheet: the lines it does not hold are gone
	Differences []Difference // of the whole list against its predecessor, as Book.Diff gives them; none for a first list
	MovePercent int          // warn of prices that move by more; 0 warns of none
}

// Validate returns what is wrong and noteworthy in a sheet's rows, in order of sheet, row and column; what is about the whole comes
// first. Errors stop a list, warnings and notes don't; a problem that has to be acknowledged says so.
func Validate(rows []Row, check Check) []listing.Problem {
	v := validation{check: check}
	if len(rows) == 0 {
		v.whole(listing.Error, RuleNoLines, "", "the list has no line: check that the right file and sheet were given")
	}
	for i := range rows {
		v.row(&rows[i])
	}
	v.identities(rows)
	v.differences(rows)
	slices.SortStableFunc(v.problems, func(a, b listing.Problem) int {
		return cmp.Or(cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Row, b.Row))
	})
	return v.problems
}

type validation struct {
	check      Check
	problems   []listing.Problem
	market     string // the last one that was known, so that each is looked up once in a run
	currency   string
	currencyOK bool
	decimals   int
}

func (v *validation) whole(severity listing.Severity, rule, value, text string) {
	v.problems = append(v.problems, listing.Problem{Severity: severity, Rule: rule, Value: value, Text: text})
}

func (v *validation) at(r *Row, severity listing.Severity, rule, column, value, text string) {
	v.problems = append(v.problems, listing.Problem{Severity: severity, Rule: rule, Sheet: r.Sheet, Row: r.Number, Column: column, Value: value, Text: text})
}

// row checks what a row can be judged by alone.
func (v *validation) row(r *Row) {
	v.places(r)
	v.prices(r)
	p := r.Effective
	if p.Empty() {
		v.at(r, listing.Error, RuleEndsBeforeStart, ColumnEnd, p.To.Format(time.RFC3339),
			fmt.Sprintf("the line ends before or when it starts, %s: correct one of the dates, or leave the end empty", p.From.Format(time.RFC3339)))
	}
	if at := v.check.EffectiveAt; !at.IsZero() && !p.From.Before(effective.MonthOf(at).Add(1).Start()) {
		v.at(r, listing.Warning, RuleStartsLater, ColumnStart, p.From.Format(time.RFC3339), "the line starts after the list's month; until then the list before answers")
	}
}

func (v *validation) places(r *Row) {
	if r.Market != v.market || r.Market == "" {
		switch {
		case !listing.KnownMarket(r.Market):
			v.at(r, listing.Error, RuleUnknownMarket, ColumnMarket, r.Market, "not an ISO 3166 country code such as US")
		case v.check.Market != "" && r.Market != v.check.Market:
			v.at(r, listing.Error, RuleOtherMarket, ColumnMarket, r.Market, "the release is for "+v.check.Market+": a release holds one market's lines only")
		default:
			v.market = r.Market
		}
	}
	if r.Currency != v.currency {
		code, err := money.ParseCurrency(r.Currency)
		v.currency, v.currencyOK, v.decimals = r.Currency, err == nil && string(code) == r.Currency, code.Decimals()
	}
	if !v.currencyOK {
		v.at(r, listing.Error, RuleUnknownCurrency, ColumnCurrency, r.Currency, "not an ISO 4217 currency code such as USD")
	}
}

func (v *validation) prices(r *Row) {
	for _, p := range [...]struct {
		column string
		amount money.Decimal
	}{{ColumnUnitPrice, r.UnitPrice}, {ColumnERPPrice, r.ERPPrice}} {
		switch {
		case p.amount.IsNegative():
			v.at(r, listing.Error, RuleNegativePrice, p.column, p.amount.String(), "a price cannot be below 0")
		case v.currencyOK && p.amount.Decimals() > v.decimals:
			v.at(r, listing.Warning, RuleDecimals, p.column, p.amount.String(),
				fmt.Sprintf("%s amounts have %d decimals; the price is kept exactly as it is", r.Currency, v.decimals))
		}
	}
	if r.ERPPrice.Cmp(r.UnitPrice) < 0 {
		v.at(r, listing.Warning, RuleERPBelowUnit, ColumnERPPrice, r.ERPPrice.String(),
			"the estimated retail price is below the unit price, "+r.UnitPrice.String()+": are the columns swapped?")
	}
	if r.IsTrial() && !(r.UnitPrice.IsZero() && r.ERPPrice.IsZero()) {
		v.at(r, listing.Warning, RuleTrialPrice, ColumnUnitPrice, r.UnitPrice.String(), "the line is tagged as a trial but has a price")
	}
}

// identities checks the rows of each identity against each other.
func (v *validation) identities(rows []Row) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareLines(&rows[a].Line, &rows[b].Line) })
	var longest *Row // of the identity so far, the row that ends last
	for n, i := range order {
		r := &rows[i]
		if n == 0 || rows[order[n-1]].Identity != r.Identity {
			longest = r
			continue
		}
		v.pair(&rows[order[n-1]], r, longest)
		if ends := longest.Effective.To; !ends.IsZero() && (r.Effective.To.IsZero() || r.Effective.To.After(ends)) {
			longest = r
		}
	}
}

// pair checks a row against the one before it in order and the one that ends last of all before it.
func (v *validation) pair(former, r, longest *Row) {
	first, second := former, r
	if second.Number < first.Number {
		first, second = second, first
	}
	switch {
	case compareLines(&former.Line, &r.Line) == 0:
		v.at(second, listing.Warning, RuleRepeatedLine, ColumnProduct, r.Product, "the line repeats "+place(first)+" and counts once")
	case former.Effective.From.Equal(r.Effective.From):
		v.at(second, listing.Error, RuleDuplicateIdentity, ColumnProduct, r.Product,
			"the line has the identity ("+r.Key()+") and start of "+place(first)+" but is not the same: keep one of them")
	case !r.Effective.Empty() && !longest.Effective.Empty() && longest.Effective.Overlaps(r.Effective):
		v.at(r, listing.Warning, RuleOverlap, ColumnStart, r.Effective.From.Format(time.RFC3339),
			"the line starts before "+place(longest)+" ends; the earlier one answers until its end")
	}
}

func place(r *Row) string {
	switch {
	case r.Number == 0:
		return "an earlier line"
	case r.Sheet != "":
		return fmt.Sprintf("row %d of sheet %s", r.Number, r.Sheet)
	}
	return fmt.Sprintf("row %d", r.Number)
}
