package sheet

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// maxSelection is the largest selection in bytes.
const maxSelection = 16 << 20

// selectionColumns are the headers that a selection knows, as normal writes them, and the part of an identity that each stands for. They are
// those of the official lists, of the product's own tables and of a diff.
func selectionColumns() map[string]string {
	return map[string]string{
		"market": "market", "currency": "currency", "product": "product", "productid": "product", "offerid": "product", "sku": "sku", "skuid": "sku",
		"licenseagreementtype": "sku", "term": "term", "termduration": "term", "purchaseunit": "term", "billing": "billing", "billingplan": "billing",
		"endcustomertype": "billing", "tier": "tier", "pricingtierrangemin": "tier",
	}
}

// besides are further columns that a selection may have because exports, lists and diffs do: they choose nothing.
func besides(header string) bool {
	for _, about := range [...]string{"before.", "after.", "move.", "withdrawn", "window"} {
		if strings.HasPrefix(header, about) {
			return true
		}
	}
	name := normal(header)
	if newCommerce("").byName[name] != "" || legacy().byName[name] != "" {
		return true
	}
	return slices.Contains([]string{
		"change", "renamed", "unitprice", "erpprice", "pricebasis", "validfrom", "validto", "startsat", "endsat", "knownat", "release", "inforce",
		"producttitle", "skutitle", "publisher", "description", "unit", "endofsale", "segment", "family", "tags", "before", "after", "move",
	}, name)
}

// ReadSelection reads which lines of a list of prices are chosen: a CSV whose header names parts of identities, such as ProductId and SkuId;
// what a row leaves empty matches everything, the other columns of exports, lists and diffs are left out: part of one will do. Any other
// column is an invalid fault, since a part of an identity that is misspelled would choose too much, and a row that says nothing is an error,
// since it would choose the whole list.
func ReadSelection(name string, data []byte, _ Options) ([]pricelist.Selector, []listing.Problem, error) {
	if len(data) > maxSelection {
		return nil, nil, tooLarge("%s has more than %d bytes", name, maxSelection)
	}
	rows, err := openCSV(bytes.NewReader(data), nil, DefaultLimits())
	if err != nil {
		return nil, nil, err
	}
	first, err := rows.next()
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "read %s: it has no header", name).WithHint("the first row must name parts of identities, such as ProductId,SkuId")
	}
	parts := make([]string, len(first.cells))
	known := false
	for i, cell := range first.cells {
		header := strings.ToLower(strings.TrimSpace(cell))
		parts[i] = selectionColumns()[normal(strings.TrimPrefix(header, "identity."))]
		known = known || parts[i] != ""
		if parts[i] == "" && header != "" && !besides(header) {
			return nil, nil, fault.New(fault.Invalid, "read %s: the column %q is not known", name, excerpt(cell)).
				WithHint("use ProductId, SkuId, TermDuration, BillingPlan, Currency, PricingTierRangeMin, or leave the column out").
				WithPlaces(fault.Place{Where: "row 1, column " + excerpt(cell), Problem: "not a part of an identity"})
		}
	}
	if !known {
		return nil, nil, fault.New(fault.Invalid, "read %s: no column names a part of an identity", name).
			WithHint("use ProductId, SkuId, TermDuration, BillingPlan, Currency, PricingTierRangeMin, or the columns of release diff -o csv")
	}
	var selectors []pricelist.Selector
	var problems []listing.Problem
	for {
		record, err := rows.next()
		var malformed *rowError
		switch {
		case errors.Is(err, io.EOF):
			return selectors, problems, nil
		case errors.As(err, &malformed):
			problems = append(problems, listing.Problem{Severity: listing.Error, Rule: RuleMalformedRow, Row: malformed.number, Text: malformed.text})
			continue
		case err != nil:
			return nil, nil, fault.New(fault.Invalid, "read %s: %w", name, err)
		}
		s, problem := selector(record.cells, parts, record.number)
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		selectors = append(selectors, s)
	}
}

func selector(record, parts []string, number int) (pricelist.Selector, *listing.Problem) {
	s := pricelist.Selector{Row: number}
	targets := map[string]*string{"market": &s.Market, "currency": &s.Currency, "product": &s.Product, "sku": &s.SKU, "term": &s.Term, "billing": &s.Billing}
	says := false
	for i, cell := range record[:min(len(record), len(parts))] {
		cell = strings.TrimSpace(unprotect(strings.TrimSpace(cell)))
		if cell == "" || parts[i] == "" {
			continue
		}
		says = true
		if parts[i] != "tier" {
			*targets[parts[i]] = cell
			continue
		}
		tier, err := money.Parse(cell)
		if err != nil {
			return s, &listing.Problem{Severity: listing.Error, Rule: RuleNotANumber, Row: number, Column: pricelist.ColumnTierMin, Value: excerpt(cell), Text: err.Error()}
		}
		s.Tier = &tier
	}
	s.SKU = pricelist.PadSKU(s.SKU)
	if !says {
		return s, &listing.Problem{Severity: listing.Error, Rule: RuleMissingValue, Row: number, Text: "the row says nothing and would choose every line: remove it"}
	}
	return s, nil
}
