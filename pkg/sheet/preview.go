package sheet

import (
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Preview returns the rows of a preview as Partner Center gives it: a delta of the list that takes effect at an instant against the list in
// force before it, from the differences of the two. New lines are flagged as added, changed ones as changed with what their columns held
// before, and lines that are gone or end as removed: those that are gone carry the instant as their end. Unchanged lines are not in it.
// WriteLicense writes it; read again and resolved as a delta, from the instant on it answers as the whole list does.
//
// A difference tells of one line of an identity. Where the coming list has several lines of one, say with a price for each of two periods,
// the preview holds the one that answers from the instant on, as the difference does.
func Preview(differences []pricelist.Difference, effectiveAt time.Time) []pricelist.Row {
	var rows []pricelist.Row
	for i := range differences {
		if r, ok := previewRow(&differences[i], effectiveAt.UTC()); ok {
			rows = append(rows, r)
		}
	}
	return rows
}

func previewRow(d *pricelist.Difference, effectiveAt time.Time) (pricelist.Row, bool) {
	switch {
	case d.Change == listing.Unchanged:
	case d.After == nil && d.Before != nil:
		return pricelist.Row{Line: ended(*d.Before, effectiveAt), Flag: pricelist.FlagRemoved}, true
	case d.After == nil:
	case d.Before == nil:
		return pricelist.Row{Line: *d.After, Flag: pricelist.FlagAdded}, true
	case d.Change == listing.Ending && !d.After.Effective.To.IsZero():
		return pricelist.Row{Line: *d.After, Flag: pricelist.FlagRemoved, Claims: claimsOf(d.Before, d.After)}, true
	default:
		return pricelist.Row{Line: *d.After, Flag: pricelist.FlagChanged, Claims: claimsOf(d.Before, d.After)}, true
	}
	return pricelist.Row{}, false
}

// ended returns a line that is over at an instant. One that had not begun by then never answers: it has always been.
func ended(l pricelist.Line, at time.Time) pricelist.Line {
	if !l.Effective.From.Before(at) {
		l.Effective.From = time.Time{}
	}
	if l.Effective.To.IsZero() || l.Effective.To.After(at) {
		l.Effective.To = at
	}
	return l
}

// claimsOf says what the columns that changed held before, as the official lists do: prices without more digits than they need.
func claimsOf(before, after *pricelist.Line) []pricelist.Claim {
	var claims []pricelist.Claim
	b, a := pricelist.Row{Line: *before}, pricelist.Row{Line: *after}
	for _, column := range append(official(), pricelist.ColumnEndOfSale) {
		was := value(&b, column, true)
		if was == value(&a, column, true) {
			continue
		}
		if d, err := money.Parse(was); err == nil && kindOf(column) == Decimal {
			was = d.String()
		}
		claims = append(claims, pricelist.Claim{Column: column, Value: was})
	}
	return claims
}
