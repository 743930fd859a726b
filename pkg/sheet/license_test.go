package sheet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestCSVMayBeSeparatedAsTheLocaleHasIt(t *testing.T) {
	for _, comma := range []string{";", "\t"} {
		file := "\ufeff" + strings.ReplaceAll(goodHeader, ",", comma) + "\r\n" +
			strings.NewReplacer("License;IncludeOverage", `"License;IncludeOverage"`, ",1008,", comma+"1.008,5"+comma, ",", comma, "'1200', 'UnitPrice'", "'1200', 'UnitPrice'").
				Replace(strings.Replace(goodRow, "'1200', ", "'1200'# ", 1)) + "\r\n"
		s := readFile(t, "list.csv", []byte(strings.Replace(file, "'1200'# ", "'1200', ", 1)), Options{})
		want := goodLine()
		want.UnitPrice, _ = money.Parse("1008.5")
		if diff := cmp.Diff([]pricelist.Row{want}, s.Rows, exact()); diff != "" || len(s.Problems) > 0 {
			t.Errorf("%q: problems %+v, rows (-want +got):\n%s", comma, s.Problems, diff)
		}
	}
}

func TestTitlesMayStandAboveTheHeader(t *testing.T) {
	for _, titles := range []string{"sep=,\n", "Price list\n\n\"Valid from, November\"\n", strings.Repeat("x\n", 19)} {
		if s := readFile(t, "list.csv", []byte(titles+goodHeader+"\n"+goodRow+"\n"), Options{}); len(s.Rows) != 1 || s.Rows[0].Number != strings.Count(titles, "\n")+2 {
			t.Errorf("%q: %+v", titles, s)
		}
	}
	if _, err := ReadLicense("list.csv", []byte(strings.Repeat("x\n", 20)+goodHeader+"\n"+goodRow+"\n"), Options{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// prices reads a file with the prices given, all else being equal, and returns what became of them.
func prices(t *testing.T, texts ...string) string {
	t.Helper()
	var b strings.Builder
	header, row, _ := strings.Cut(withCells(map[string]string{"UnitPrice": "PRICE"}), "\n")
	b.WriteString(header + "\n")
	for i, text := range texts {
		b.WriteString(strings.NewReplacer("PRICE", text, "0001", fmt.Sprintf("%04d", i)).Replace(row))
	}
	s := read(t, b.String())
	said := map[int]string{}
	for _, r := range s.Rows {
		said[r.Number] = r.UnitPrice.String()
	}
	for _, p := range s.Problems {
		if p.Rule == RuleNotANumber {
			said[p.Row] = "?"
		}
	}
	var all []string
	for i := range texts {
		all = append(all, said[i+2])
	}
	return strings.Join(all, " ")
}

func TestDecimalCommasAreReadWhereTheyAreCertain(t *testing.T) {
	for in, want := range map[string]string{
		"12.5 1008":                   "12.5 1008",
		"12,5 1008":                   "12.5 1008",
		"12,50 7,1234":                "12.5 7.1234",
		"1.234,50 1,234.50":           "1234.5 1234.5",
		"1.234.567 1,234,567":         "1234567 1234567",
		"0,125 1234,567":              "0.125 1234.567",
		"1,234":                       "?",
		"1,234 1.5":                   "1234 1.5",
		"1,234 1,5":                   "1.234 1.5",
		"1,234 1,5 1.5":               "? 1.5 1.5",
		"1.234":                       "1.234",
		"1.234 0.5":                   "1.234 0.5",
		"1.234 0,5":                   "? 0.5",
		"1.234 7.654,5":               "1234 7654.5",
		"1.234 7.654,5 1.5":           "? 7654.5 1.5",
		"-1,234 +12,5":                "-1.234 12.5",
		"0.125 12.345.6 1,23,4 ,5 5,": "0.125 ? ? ? ?",
		"1,2e3 1.234e2 --1":           "? 123.4 ?",
	} {
		if got := prices(t, strings.Fields(in)...); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestNumbersThatAreNoneAreExplained(t *testing.T) {
	for in, want := range map[string]string{
		"$12.50": "without currency signs", "12 EUR": "without currency signs", "1 234.50": "leave out the blanks", "1\u00a0234,5": "leave out the blanks",
		"1'234.50": "apostrophes", "1,234": "may mean 1234 or 1.234", "12.5.6": "with a point and without separators",
	} {
		s := read(t, withCells(map[string]string{"UnitPrice": in}))
		if len(s.Rows) > 0 || found(s.Problems) != "error not-a-number 2 UnitPrice "+in || !strings.Contains(s.Problems[len(s.Problems)-1].Text, want) {
			t.Errorf("%s: %+v", in, s.Problems)
		}
	}
}

func TestProblemsOfUnsureNumbersStandInOrderOfRows(t *testing.T) {
	file := withCells(map[string]string{"UnitPrice": "1,234", "PricingTierRangeMin": "2,345"})
	row := file[strings.Index(file, "\n")+1:]
	s := read(t, file+strings.Replace(row, "CFQ7TTC0LH18", "", 1)+strings.Replace(row, "1,234", "x", 1))
	want := "error not-a-number 2 UnitPrice 1,234|error not-a-number 2 PricingTierRangeMin 2,345|error missing-value 3 ProductId|error not-a-number 3 UnitPrice 1,234|" +
		"error not-a-number 3 PricingTierRangeMin 2,345|error not-a-number 4 UnitPrice x|error not-a-number 4 PricingTierRangeMin 2,345"
	got := strings.Split(found(s.Problems), "; ")
	if diff := cmp.Diff(sortedTexts(strings.Split(want, "|")), sortedTexts(got)); diff != "" || len(s.Rows) > 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range s.Problems {
		if i > 0 && s.Problems[i].Row < s.Problems[i-1].Row {
			t.Errorf("row %d comes after row %d", s.Problems[i].Row, s.Problems[i-1].Row)
		}
	}
}

func TestWhatNoLineCanMeanIsWarnedOf(t *testing.T) {
	for _, c := range []struct{ column, value, want string }{
		{"TermDuration", "P30D", ""},
		{"TermDuration", "p6m", ""},
		{"TermDuration", "1 Year", "warning unknown-term 2 TermDuration 1 YEAR"},
		{"TermDuration", "P0M", "warning unknown-term 2 TermDuration P0M"},
		{"BillingPlan", "onetime", ""},
		{"BillingPlan", "Weekly", "warning unknown-billing-plan 2 BillingPlan Weekly"},
		{"PricingTierRangeMax", "0", ""},
		{"PricingTierRangeMax", "-1", "error tier-ends-below-beginning 2 PricingTierRangeMax -1"},
		{"PricingTierRangeMax", "any", ""},
	} {
		if got := found(read(t, withCells(map[string]string{c.column: c.value})).Problems); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.column, c.value, got, c.want)
		}
	}
}

func TestEmptySegmentsAreNotedOnce(t *testing.T) {
	file := withCells(map[string]string{"Segment": ""})
	row := file[strings.Index(file, "\n")+1:]
	s := read(t, file+row+row)
	said := 0
	for _, p := range s.Problems {
		if p.Rule == RuleEmptySegment {
			said++
			if p.Row != 2 || !strings.Contains(p.Text, "2 later rows") {
				t.Errorf("%+v", p)
			}
		}
	}
	if said != 1 {
		t.Errorf("%d notes", said)
	}
}

func TestTheMarketOfAFileWithoutItIsTheOneGiven(t *testing.T) {
	file := strings.NewReplacer("Market,", "", ",US,", ",").Replace(goodHeader + "\n" + goodRow)
	if _, err := ReadLicense("x", []byte(file), Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "column Market is missing") {
		t.Error(err)
	}
	if s := readFile(t, "x", []byte(file), Options{Market: "de"}); s.Rows[0].Market != "DE" {
		t.Errorf("%+v", s)
	}
	if s := readFile(t, "x", []byte(goodHeader+"\n"+goodRow), Options{Market: "DE"}); s.Rows[0].Market != "US" {
		t.Errorf("%+v", s)
	}
}

func legacyHeader() []any {
	return []any{
		"A/C/D/U", "Valid-From Date", "ValidToDate", "Offer Display Name", "Offer ID", "License Agreement Type", "Purchase Unit", "Secondary License Type",
		"End Customer Type", "List Price", "ERP Price", "Material",
	}
}

func legacyCells(flag string, change map[int]any) []any {
	row := []any{
		flag, time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 5, 31, 0, 0, 0, 0, time.UTC), "Contoso Mail (Plan 1)",
		"5c9fd4cc-edce-44a8-8e91-07df09744609", "corporate", "1 month(s)", "Non-specific", "Corporate", 7.5, 10, "AAA-12345",
	}
	for i, cell := range change {
		row[i] = cell
	}
	return row
}

// legacyGood is what a row of legacyCells says.
func legacyGood() pricelist.Row {
	price, _ := money.Parse("7.5")
	return pricelist.Row{
		Line: pricelist.Line{
			Identity: pricelist.Identity{
				Market: "DE", Currency: "USD", Product: "5C9FD4CC-EDCE-44A8-8E91-07DF09744609", SKU: "Corporate", Term: "1 Month(s)", Billing: "Corporate",
			},
			UnitPrice: price, ERPPrice: money.Int(10), Basis: pricelist.PerMonth,
			Effective:  effective.Period{From: at("2021-05-01T00:00:00Z"), To: at("2021-06-01T00:00:00Z")},
			Attributes: pricelist.Attributes{ProductTitle: "Contoso Mail (Plan 1)", SKUTitle: "Contoso Mail (Plan 1)", Segment: "Corporate", Tags: "Non-specific"},
		},
		Sheet: "USD", Number: 4, Flag: pricelist.FlagAdded,
	}
}

func TestALegacyWorkbookHasASheetForEachCurrency(t *testing.T) {
	titles := [][]any{{"Cloud Reseller Price List"}, {"May 2021"}}
	data := workbookOf(t,
		tab{"Read me", [][]any{{"These are prices."}}},
		tab{"USD", append(titles, legacyHeader(), legacyCells("ADD", nil), legacyCells("DEPR", map[int]any{8: "Government", 2: "12/31/9999"}))},
		tab{"Prices EUR", append(titles, legacyHeader(), legacyCells("CHG", nil), legacyCells("DEL", map[int]any{6: "1 Year(s)"}), legacyCells("UNC", map[int]any{7: "Trial", 5: "Academic"}))},
	)
	s := readFile(t, "May-2021-Cloud-Reseller-Pricelist.xlsx", data, Options{Market: "DE"})
	if got := found(s.Problems); got != "note ignored-sheet Read me!0" {
		t.Error(got)
	}
	if diff := cmp.Diff(legacyGood(), s.Rows[0], exact()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got []string
	for _, r := range s.Rows {
		got = append(got, fmt.Sprintf("%s %d %s %s %s %s %t", r.Sheet, r.Number, r.Currency, r.Flag, r.Term, r.SKU, r.IsTrial()))
	}
	want := []string{
		"USD 4 USD added 1 Month(s) Corporate false", "USD 5 USD deprecated 1 Month(s) Corporate false",
		"Prices EUR 4 EUR changed 1 Month(s) Corporate false", "Prices EUR 5 EUR removed 1 Year(s) Corporate false", "Prices EUR 6 EUR unchanged 1 Month(s) Academic true",
	}
	if diff := cmp.Diff(want, got); diff != "" || !s.Rows[1].Effective.To.IsZero() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALegacyListMayBeCSV(t *testing.T) {
	header := "A/C/D/U,Effective Start Date,Effective End Date,Offer Display Name,Offer ID,License Agreement Type,Purchase Unit,Secondary License Type,End Customer Type,List Price,ERP Price"
	row := "ADD,5/1/2021,5/31/2021,Contoso Mail (Plan 1),5c9fd4cc-edce-44a8-8e91-07df09744609,Corporate,1 Month(s),Non-specific,Corporate,7.5,10"
	want := legacyGood()
	want.Sheet, want.Number = "", 2
	for name, file := range map[string]string{
		"202105-Pricelist_USD.csv": header + "\n" + row + "\n",
		"list.csv":                 header + ",Currency\n" + row + ",usd\n",
		"ALL-USD.csv":              header + ",Currency,Country\n" + row + ",USD,DE\n",
	} {
		s := readFile(t, name, []byte(file), Options{Market: "DE"})
		if diff := cmp.Diff([]pricelist.Row{want}, s.Rows, exact()); diff != "" || len(s.Problems) > 0 {
			t.Errorf("%s: problems %+v, rows (-want +got):\n%s", name, s.Problems, diff)
		}
	}
	for name, c := range map[string]struct {
		market, file, want, hint string
	}{
		"no currency":         {"DE", header + "\n" + row, "in which currency", "add a column Currency"},
		"a EUR and USD.csv":   {"DE", header + "\n" + row, "in which currency", "add a column Currency"},
		"no market USD":       {"", header + "\n" + row, "for which market", "name the market"},
		"columns are missing": {"DE", strings.Replace(header, "Purchase Unit", "PU", 1) + "\n" + row, "column Purchase Unit is missing", "a legacy price list: A/C/D/U"},
	} {
		if _, err := ReadLicense(name, []byte(c.file), Options{Market: c.market}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(fault.HintOf(err), c.hint) {
			t.Errorf("%s: %v (%s)", name, err, fault.HintOf(err))
		}
	}
}

func TestSheetsOfAKnownCurrencyMustBeReadable(t *testing.T) {
	good := [][]any{legacyHeader(), legacyCells("ADD", map[int]any{6: "1 Fortnight", 1: "soon"})}
	s := readFile(t, "x.xlsx", workbookOf(t, tab{"USD", good}, tab{"EUR", [][]any{{"a"}, {"b"}}}), Options{Market: "DE"})
	if got := found(s.Problems); got != "error not-a-date USD!2 Valid-From Date soon; warning unknown-term USD!2 Purchase Unit 1 Fortnight; error ignored-sheet EUR!0" && got !=
		"warning unknown-term USD!2 Purchase Unit 1 Fortnight; error not-a-date USD!2 Valid-From Date soon; error ignored-sheet EUR!0" {
		t.Error(got)
	}
	if _, err := ReadLicense("x.xlsx", workbookOf(t, tab{"Prices", good}), Options{Market: "DE"}); err == nil || !strings.Contains(err.Error(), `sheet "Prices": the list does not say in which currency`) {
		t.Error(err)
	}
}
