package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

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

// found writes problems as "severity rule row column value", without those of small fixtures: columns and segments that are missing.
func found(problems []listing.Problem) string {
	var texts []string
	for _, p := range problems {
		if p.Rule != RuleMissingColumn && p.Rule != RuleEmptySegment {
			place := fmt.Sprint(p.Row)
			if p.Sheet != "" {
				place = p.Sheet + "!" + place
			}
			texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", p.Severity, p.Rule, place, p.Column, p.Value)))
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

// tab is a sheet of a workbook that a test makes with another library than reading uses.
type tab struct {
	name string
	rows [][]any
}

// workbookOf makes a workbook; times become cells that are shown as dates.
func workbookOf(t testing.TB, tabs ...tab) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, s := range tabs {
		if i == 0 {
			f.SetSheetName("Sheet1", s.name)
		} else if _, err := f.NewSheet(s.name); err != nil {
			t.Fatal(err)
		}
		for n, row := range s.rows {
			if err := f.SetSheetRow(s.name, fmt.Sprintf("A%d", n+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cellsOf makes a row of cells.
func cellsOf(line string) []any {
	var row []any
	for cell := range strings.SplitSeq(line, ",") {
		row = append(row, cell)
	}
	return row
}

// zipOf packs parts, names and contents in turn.
func zipOf(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rawBook makes a workbook of one sheet called USD from its markup, with what else it needs.
func rawBook(t testing.TB, properties, sharedStrings, styles, sheetData string) []byte {
	t.Helper()
	return zipOf(t, "[Content_Types].xml", "<Types/>",
		"xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns:r="r">`+properties+`<sheets><sheet name="USD" sheetId="7" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>`+
			`<Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="http://x/styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml", "<sst>"+sharedStrings+"</sst>", "xl/styles.xml", "<styleSheet>"+styles+"</styleSheet>",
		"xl/worksheets/sheet1.xml", "<worksheet>"+sheetData+"</worksheet>")
}

func readFile(t testing.TB, name string, data []byte, opts Options) Sheet {
	t.Helper()
	s, err := ReadLicense(name, data, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
