package pricelist

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// differences checks what the list changes, and what its sheet says of that. A first list has nothing to be compared with.
func (v *validation) differences(rows []Row) {
	differences := v.check.Differences
	if !slices.ContainsFunc(differences, func(d Difference) bool { return d.Before != nil }) {
		return
	}
	if v.check.Whole {
		v.gone(differences)
	}
	byIdentity := make(map[Identity]*Difference, len(differences))
	for i := range differences {
		byIdentity[differences[i].Identity] = &differences[i]
	}
	seen := make(map[Identity]bool)
	for i := range rows {
		r := &rows[i]
		d := byIdentity[r.Identity]
		if d == nil {
			continue
		}
		v.said(r, d)
		if d.Change == listing.PriceChanged && !seen[r.Identity] {
			seen[r.Identity] = true
			v.moved(r, d)
		}
	}
}

// said compares the sheet's own flag and claims with what was computed.
func (v *validation) said(r *Row, d *Difference) {
	if !r.Flag.agrees(d.Change) {
		v.at(r, listing.Note, RuleFlagMismatch, ColumnFlag, string(r.Flag), fmt.Sprintf("the sheet flags the line as %s, but it is %s", r.Flag, d.Change))
	}
	for _, c := range r.Claims {
		if was, known := formerValue(d.Before, c.Column); known && !sameValue(was, c.Value) {
			v.at(r, listing.Note, RulePreviousMismatch, ColumnPrevious, c.Value, fmt.Sprintf("the sheet says %s was %q before, but it was %q", c.Column, c.Value, was))
		}
	}
}

// formerValue returns what a column held before; false when that is not known.
func formerValue(before *Line, column string) (string, bool) {
	if before == nil {
		return "", false
	}
	switch column {
	case ColumnUnitPrice:
		return before.UnitPrice.String(), true
	case ColumnERPPrice:
		return before.ERPPrice.String(), true
	case ColumnProductTitle:
		return before.ProductTitle, true
	case ColumnSKUTitle:
		return before.SKUTitle, true
	case ColumnDescription:
		return before.Description, true
	case ColumnTags:
		return before.Tags, true
	case ColumnSegment:
		return before.Segment, true
	}
	return "", false
}

// sameValue compares as numbers where both are, else as trimmed text.
func sameValue(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	x, errX := money.Parse(a)
	y, errY := money.Parse(b)
	if errX == nil && errY == nil {
		return x == y
	}
	return a == b
}

// moved warns of prices that moved further than usual.
func (v *validation) moved(r *Row, d *Difference) {
	if v.check.MovePercent <= 0 {
		return
	}
	for _, p := range [...]struct {
		column   string
		was, now money.Decimal
	}{{ColumnUnitPrice, d.Before.UnitPrice, d.After.UnitPrice}, {ColumnERPPrice, d.Before.ERPPrice, d.After.ERPPrice}} {
		if movedBy(p.was, p.now, v.check.MovePercent) {
			v.at(r, listing.Warning, RulePriceMoved, p.column, p.now.String(),
				fmt.Sprintf("the price was %s before: it moves by more than %d %%", p.was, v.check.MovePercent))
		}
	}
}

// movedBy reports whether a price moved by more than a percentage of what it was; from 0 every move is more.
func movedBy(was, now money.Decimal, percent int) bool {
	move := now.Exact().Sub(was.Exact()).Abs()
	return move.Mul(money.Int(100).Exact()).GreaterThan(was.Exact().Abs().Mul(money.Int(int64(percent)).Exact()))
}

// gone asks for acknowledgement when a whole sheet loses a currency, a segment, or more than GonePercent of the lines there were. Lines
// that had ended by the effective instant may go.
func (v *validation) gone(differences []Difference) {
	kept, lost := map[string]bool{}, map[string]bool{} // keyed by column and value
	were, gone := 0, 0
	for i := range differences {
		d := &differences[i]
		if d.After != nil {
			kept[ColumnCurrency+"="+d.After.Currency], kept[ColumnSegment+"="+d.After.Segment] = true, true
		}
		if d.Before == nil || ended(d.Before, v.check.EffectiveAt) {
			continue
		}
		were++
		if d.After == nil {
			gone++
		}
		if d.After == nil || d.After.Segment != d.Before.Segment {
			lost[ColumnCurrency+"="+d.Before.Currency], lost[ColumnSegment+"="+d.Before.Segment] = true, true
		}
	}
	if gone*100 > were*GonePercent {
		v.acknowledge("", fmt.Sprint(gone), fmt.Sprintf("%d of %d lines are gone, more than %d %%: check that the sheet is whole, or give it as a delta", gone, were, GonePercent))
	}
	for _, key := range slices.Sorted(maps.Keys(lost)) {
		if column, value, _ := strings.Cut(key, "="); !kept[key] && value != "" {
			v.acknowledge(column, value, fmt.Sprintf("no line of %s %s is left: check that the sheet is whole, or give it as a delta", strings.ToLower(column), value))
		}
	}
}

func (v *validation) acknowledge(column, value, text string) {
	v.problems = append(v.problems, listing.Problem{Severity: listing.Warning, Rule: RuleLinesGone, Column: column, Value: value, Text: text})
}
