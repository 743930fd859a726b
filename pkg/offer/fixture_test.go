package offer

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// said makes values of "column=text" in the order given.
func said(pairs ...string) []item.Value {
	var values []item.Value
	for _, p := range pairs {
		name, text, _ := strings.Cut(p, "=")
		values = append(values, item.Value{Name: name, Text: text})
	}
	return values
}

func written(i item.Item) string {
	all := []string{i.Key}
	for _, v := range i.Values {
		all = append(all, v.Name+"="+v.Text)
	}
	return strings.Join(all, " | ")
}

func complaints(wrongs []item.Wrong) string {
	var all []string
	for _, w := range wrongs {
		all = append(all, fmt.Sprintf("%s %s %s %q", w.Severity, w.Rule, w.Column, w.Value))
	}
	return strings.Join(all, "; ")
}

func problems(all []listing.Problem) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, fmt.Sprintf("%s: %s %s %q", p.Place(), p.Severity, p.Rule, p.Value))
	}
	return strings.Join(texts, "; ")
}

// made is a row of a good matrix.
func made(t *testing.T, number int, pairs ...string) item.Row {
	t.Helper()
	i, wrongs := Make(said(pairs...))
	if len(wrongs) > 0 {
		t.Fatalf("row %d: %+v", number, wrongs)
	}
	return item.Row{Item: i, Number: number}
}

// offering is a new-commerce offer by its key, "P/0001", sold in the countries.
func offering(key string, countries ...string) Offer {
	product, sku, _ := strings.Cut(key, "/")
	return Offer{Product: product, SKU: sku, ProductTitle: "Title of " + product, Countries: countries}
}

func needing(o Offer, keys ...string) Offer {
	o.Prerequisites = keys
	return o
}

func priced(key string, terms ...Term) Line {
	product, sku, _ := strings.Cut(key, "/")
	return Line{Product: product, SKU: sku, Title: "Priced " + product, Terms: terms}
}

// genValues draws a row as somebody might write it, with mistakes.
func genValues(t *rapid.T) []item.Value {
	words := map[string][]string{
		ColumnProduct:        {"", "CFQ7TTC0LH18", "cfq7ttc0lh18 ", "CFQ7-X", "P Q"},
		ColumnSKU:            {"", "1", "0001", "001j", "12345"},
		ColumnOffer:          {"", "", "031c9e47-4802-4248-838e-778fb1d2cc05", "MS-AZR-0145P", "x"},
		ColumnMinLicenses:    {"", "0", "1", "25", "1E+2", "-1", "many"},
		ColumnMaxLicenses:    {"", "0", "10", "300", "300.0", "0.5"},
		ColumnLimit:          {"", "0", "2"},
		ColumnLimitType:      {"", "None", "lifetime", "Concurrent", "ConcurrentCount", "PerTenant"},
		ColumnPrerequisites:  {"", "n/a", "A/1,B/0002;B/2", "A:1 B:2", "A 1", "A", "MS-AZR-0145P,A / 3"},
		ColumnConversions:    {"", "B/2,A/1"},
		ColumnCountries:      {"", "us;DE , fr;us", "US", "XX;US;"},
		ColumnProvisioningID: {"", "3B555118-DA6A-4418-894F-7DF1E2096870", "X"},
		ColumnTerms:          {"", "P1Y Annual; P1M Monthly;;P1Y Annual"},
		ColumnIncluded:       {"", "Exchange Online (Plan 1);Exchange Foundation"},
		ColumnDescription:    {"", "Best, for businesses; small ones"},
	}
	var values []item.Value
	for _, c := range columns() {
		texts := words[c.Name]
		if texts == nil {
			texts = []string{"", "a", " b;a "}
		}
		if text := rapid.SampledFrom(texts).Draw(t, c.Name); text != "" {
			values = append(values, item.Value{Name: c.Name, Text: text})
		}
	}
	return values
}
