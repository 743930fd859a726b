package sheet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// goodHeader and goodRow are a file of 21 columns as the real ones are.
const (
	goodHeader = "ChangeIndicator,ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency," +
		"UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment,PreviousValues"
	goodRow = "Change,Contoso Mail,CFQ7TTC0LH18,5,Contoso Mail Plan 1,Contoso,Mail – for everyone,,P1Y,Annual,US,USD,1008,,," +
		"2025-11-01T00:00:00.0000000Z,9999-11-30T23:59:59.0000000Z,License;IncludeOverage,1440,Commercial,\"{'ERP Price': '1200', 'UnitPrice': '840'}\""
)

func exact() cmp.Option { return cmpopts.EquateComparable(money.Decimal{}) }

func read(t *testing.T, file string) Sheet {
	t.Helper()
	s, err := ReadNewCommerce(strings.NewReader(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withCells writes a small file of the required columns; cells replaces those of its only row.
func withCells(cells map[string]string) string {
	columns := []string{"ProductId", "SkuId", "TermDuration", "BillingPlan", "Market", "Currency", "UnitPrice", "ERP Price", "EffectiveStartDate", "EffectiveEndDate"}
	row := map[string]string{
		"ProductId": "CFQ7TTC0LH18", "SkuId": "0001", "TermDuration": "P1Y", "BillingPlan": "Annual", "Market": "US", "Currency": "USD", "UnitPrice": "1", "ERP Price": "2",
	}
	for column := range cells {
		if _, known := row[column]; !known && !strings.HasPrefix(column, "Effective") {
			columns = append(columns, column)
		}
	}
	var header, values []string
	for _, column := range columns {
		value := row[column]
		if cell, ok := cells[column]; ok {
			value = cell
		}
		header, values = append(header, column), append(values, `"`+strings.ReplaceAll(value, `"`, `""`)+`"`)
	}
	return strings.Join(header, ",") + "\n" + strings.Join(values, ",") + "\n"
}

// found writes problems as "severity rule row column value".
func found(problems []listing.Problem) string {
	var texts []string
	for _, p := range problems {
		if p.Rule != RuleMissingColumn {
			texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s %d %s %s", p.Severity, p.Rule, p.Row, p.Column, p.Value)))
		}
	}
	return strings.Join(texts, "; ")
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
