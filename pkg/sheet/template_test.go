package sheet

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func templateOf(t *testing.T, list string, schema *item.Schema) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTemplate(&b, list, schema); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fill types values under their headers and saves.
func fill(t *testing.T, f *excelize.File, sheet string, values map[string]any) []byte {
	t.Helper()
	header, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range header[0] {
		if v, ok := values[name]; ok {
			cell, _ := excelize.CoordinatesToCellName(i+1, 2)
			if err := f.SetCellValue(sheet, cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAFilledTemplateIsRead(t *testing.T) {
	f := templateOf(t, "license", nil)
	data := fill(t, f, "Prices", map[string]any{
		"ProductId": "CFQ7TTC0LH18", "SkuId": "0001", "TermDuration": "P1Y", "BillingPlan": "Annual", "Market": "US", "Currency": "USD",
		"UnitPrice": 8.4, "ERP Price": "10.50", "EffectiveStartDate": at("2026-12-01T00:00:00Z"), "Segment": "Commercial",
	})
	s := readFile(t, "x", data, Options{})
	if len(s.Problems) > 0 || len(s.Rows) != 1 {
		t.Fatalf("%+v", s)
	}
	if l := s.Rows[0]; l.Key() != "US/USD/CFQ7TTC0LH18/0001/P1Y/Annual/0" || l.UnitPrice.String() != "8.4" || l.ERPPrice.String() != "10.5" || !l.Effective.From.Equal(at("2026-12-01T00:00:00Z")) {
		t.Errorf("%+v", l)
	}
	schema := library()
	items, err := ReadItems("x", fill(t, templateOf(t, "books", &schema), "books", map[string]any{"Title": "Emma", "Shelf No": 7}), schema, Options{})
	if err != nil || said(items.Rows) != "books!2 emma title=Emma shelf=7" || len(items.Problems) > 0 {
		t.Errorf("%+v, %v", items, err)
	}
}

func TestAnEmptyTemplateIsAListWithoutLines(t *testing.T) {
	var b bytes.Buffer
	if err := WriteTemplate(&b, "license", nil); err != nil {
		t.Fatal(err)
	}
	s := readFile(t, "x", b.Bytes(), Options{})
	if problems := pricelist.Validate(s.Rows, pricelist.Check{}); len(s.Problems) > 0 || len(problems) != 1 || problems[0].Rule != pricelist.RuleNoLines {
		t.Errorf("%+v, %+v", s, problems)
	}
	schema := library()
	b.Reset()
	if err := WriteTemplate(&b, "books", &schema); err != nil {
		t.Fatal(err)
	}
	if items, err := ReadItems("x", b.Bytes(), schema, Options{}); err != nil || len(items.Rows)+len(items.Problems) > 0 {
		t.Errorf("%+v, %v", items, err)
	}
}

func TestATemplateExplainsEveryColumn(t *testing.T) {
	f := templateOf(t, "license", nil)
	notes, err := f.GetRows("Notes")
	if err != nil || len(notes) != 4+20 {
		t.Fatalf("%d notes, %v", len(notes), err)
	}
	for _, row := range notes[4:] {
		if len(row) < 4 || row[2] == "" || row[3] == "" || row[1] != "yes" && row[1] != "no" {
			t.Errorf("%q", row)
		}
	}
	validations, err := f.GetDataValidations("Prices")
	if err != nil || len(validations) != 4 || !strings.Contains(validations[0].Formula1, "P1M,P1Y,P3Y") || validations[0].Sqref != "H2:H1048576" {
		t.Errorf("%+v, %v", validations, err)
	}
	panes, err := f.GetPanes("Prices")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%+v, %v", panes, err)
	}
	style, _ := f.GetColStyle("Prices", "C")
	if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
		t.Errorf("SKUs are not kept as text: %+v, %v", s, err)
	}
}

func TestExamplesOfATemplateAreReadWithoutAProblem(t *testing.T) {
	values := map[string]any{}
	for column, g := range licenseGuide() {
		values[column] = g.example
	}
	delete(values, "EndofSaleDate")
	s := readFile(t, "x", fill(t, templateOf(t, "license", nil), "Prices", values), Options{})
	for _, p := range append(s.Problems, pricelist.Validate(s.Rows, pricelist.Check{})...) {
		if p.Severity != listing.Note {
			t.Errorf("%+v", p)
		}
	}
	if len(s.Rows) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestThereIsNoTemplateOfAListWithoutColumns(t *testing.T) {
	for list, schema := range map[string]*item.Schema{"offers": nil, "empty": {}} {
		if err := WriteTemplate(io.Discard, list, schema); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", list, err)
		}
	}
	schema := library()
	for _, room := range []int{0, 3000} {
		if err := WriteTemplate(&full{room}, "books", &schema); err == nil {
			t.Errorf("written into %d bytes", room)
		}
	}
}
