package document

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// RuleOverlap is the rule of Validate beside those of item.Validate, by its stable name.
const RuleOverlap = "documents-overlap"

// Check is what rows are validated against.
type Check = item.Check

// Validate returns what is wrong and noteworthy in the rows of a list of documents, in the order of item.Sort: what item.Validate says of
// any list, and documents of one kind and language that name the same market, region or everywhere, so that nobody knows which of them
// applies. A country that is named beside its region is no overlap: the country's document applies there. A delta is checked together with
// the documents of its predecessor that it leaves as they are.
func Validate(rows []item.Row, check Check) []listing.Problem {
	problems := item.Validate(rows, check)
	owners := map[string]*item.Row{} // the first row of a kind and language that names a market
	kept := unchanged(rows, check)
	for i := range kept {
		claim(&kept[i], owners)
	}
	for i := range rows {
		r := &rows[i]
		contested, owner := claim(r, owners)
		if len(contested) == 0 {
			continue
		}
		problems = append(problems, r.At(listing.Error, RuleOverlap, ColumnMarkets, short(strings.Join(contested, separator)),
			"the document is for the same markets as "+named(owner)+", in the same language: "+wayOut(owner)))
	}
	item.Sort(problems)
	return problems
}

// unchanged returns the lines of the predecessor that stay beside a delta's rows.
func unchanged(rows []item.Row, check Check) []item.Row {
	if check.Whole {
		return nil
	}
	replaced := map[string]bool{}
	for i := range rows {
		replaced[rows[i].Key] = true
	}
	var kept []item.Row
	for _, before := range check.Before {
		if !replaced[before.Key] {
			kept = append(kept, item.Row{Item: before})
		}
	}
	return kept
}

// claim makes a row the owner of the markets that it names, and returns those that a row of another key owns, with the first such row.
// Rows of the same key are judged as repetitions, not here.
func claim(r *item.Row, owners map[string]*item.Row) (contested []string, by *item.Row) {
	for market := range strings.SplitSeq(r.Get(ColumnMarkets), separator) {
		place := r.Get(ColumnKind) + "/" + r.Get(ColumnLanguage) + "/" + market
		owner := owners[place]
		switch {
		case owner == nil:
			owners[place] = r
		case owner.Key != r.Key:
			contested = append(contested, market)
			if by == nil {
				by = owner
			}
		}
	}
	return contested, by
}

func wayOut(owner *item.Row) string {
	if owner.Number == 0 {
		return "take them out, or give the whole list without the former document"
	}
	return "take them out of one of the two"
}

// named says which document a row is, and where it stands.
func named(r *item.Row) string {
	if r.Number == 0 {
		return r.Key + " of the list before"
	}
	return r.Key + " in " + r.Place()
}
