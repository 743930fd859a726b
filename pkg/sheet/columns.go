package sheet

import (
	"fmt"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// official is the order of the columns in the new-commerce lists since 2025: the change indicator, the 18 of 2021, segment and previous
// values. Preview files add the end of sale.
func official() []string {
	return []string{
		pricelist.ColumnFlag, pricelist.ColumnProductTitle, pricelist.ColumnProduct, pricelist.ColumnSKU, pricelist.ColumnSKUTitle,
		pricelist.ColumnPublisher, pricelist.ColumnDescription, pricelist.ColumnUnit, pricelist.ColumnTerm, pricelist.ColumnBilling,
		pricelist.ColumnMarket, pricelist.ColumnCurrency, pricelist.ColumnUnitPrice, pricelist.ColumnTierMin, pricelist.ColumnTierMax,
		pricelist.ColumnStart, pricelist.ColumnEnd, pricelist.ColumnTags, pricelist.ColumnERPPrice, pricelist.ColumnSegment,
		pricelist.ColumnPrevious,
	}
}

// need says what it means when a column is missing.
type need int

const (
	mayBeMissing need = iota // newer than the oldest lists, or about changes only
	noted                    // all lists have it, but a line makes sense without
	required
)

func needOf(column string) need {
	switch column {
	case pricelist.ColumnProduct, pricelist.ColumnSKU, pricelist.ColumnTerm, pricelist.ColumnBilling, pricelist.ColumnMarket,
		pricelist.ColumnCurrency, pricelist.ColumnUnitPrice, pricelist.ColumnERPPrice, pricelist.ColumnStart, pricelist.ColumnEnd:
		return required
	case pricelist.ColumnFlag, pricelist.ColumnSegment, pricelist.ColumnPrevious, pricelist.ColumnEndOfSale:
		return mayBeMissing
	}
	return noted
}

// normal is a header without what spellings differ in: case, spaces, underscores and hyphens.
func normal(header string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '\t', '\u00a0':
			return -1
		}
		return r
	}, strings.ToLower(header))
}

// layout says at which place of a row each column stands.
type layout struct {
	width  int
	places map[string]int
}

// place returns where a column stands, -1 when the file does not have it.
func (l layout) place(column string) int {
	if i, ok := l.places[column]; ok {
		return i
	}
	return -1
}

// readHeader finds the columns by name. Columns it does not know are noted, as are known ones that are missing; without a required one,
// or with one given twice, there is no reading the file.
func readHeader(header []string) (layout, []listing.Problem, error) {
	known := map[string]string{}
	columns := append(official(), pricelist.ColumnEndOfSale)
	for _, column := range columns {
		known[normal(column)] = column
	}
	var problems []listing.Problem
	var wrong []fault.Place
	l := layout{len(header), map[string]int{}}
	for i, cell := range header {
		column, ok := known[normal(cell)]
		_, twice := l.places[column]
		switch {
		case ok && twice:
			wrong = append(wrong, fault.Place{Where: "row 1, column " + column, Problem: "is there twice"})
		case ok:
			l.places[column] = i
		case strings.TrimSpace(cell) != "":
			problems = append(problems, listing.Problem{
				Severity: listing.Note, Rule: RuleUnknownColumn, Row: 1, Column: excerpt(cell), Text: "the column is not known and is left out",
			})
		}
	}
	for _, column := range columns {
		if l.place(column) >= 0 {
			continue
		}
		switch needOf(column) {
		case required:
			wrong = append(wrong, fault.Place{Where: "row 1", Problem: "column " + column + " is missing"})
		case noted:
			problems = append(problems, listing.Problem{
				Severity: listing.Note, Rule: RuleMissingColumn, Row: 1, Column: column, Text: "the sheet does not have the column; it is taken as empty",
			})
		case mayBeMissing:
		}
	}
	if len(wrong) > 0 {
		return l, nil, headerError(header, wrong)
	}
	return l, problems, nil
}

func headerError(header []string, wrong []fault.Place) error {
	texts := make([]string, len(wrong))
	for i, w := range wrong {
		texts[i] = w.Problem
		if strings.Contains(w.Where, ",") {
			texts[i] = strings.TrimPrefix(w.Where, "row 1, ") + " " + w.Problem
		}
	}
	hint := "the first row must name the columns of a new-commerce price list: " + strings.Join(official(), ", ")
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		hint = "the columns must be separated by commas: export the sheet again as comma-separated values"
	}
	return fault.New(fault.Invalid, "read sheet: %s", strings.Join(texts, "; ")).WithHint("%s", hint).WithPlaces(wrong...)
}

// excerpt is a value as problems show it: short.
func excerpt(s string) string {
	const most = 100
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:most], ""), len(s))
}
