package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// genRow draws a row with what a sheet says of changes.
func genRow(t *rapid.T) pricelist.Row {
	r := pricelist.Row{Line: genLine(t), Flag: rapid.SampledFrom([]pricelist.Flag{
		pricelist.NoFlag, pricelist.FlagAdded, pricelist.FlagChanged, pricelist.FlagRemoved, pricelist.FlagUnchanged, pricelist.FlagDeprecated,
	}).Draw(t, "flag")}
	if rapid.Bool().Draw(t, "claims") {
		r.Claims = []pricelist.Claim{{Column: "UnitPrice", Value: "12"}, {Column: "SkuTitle", Value: genText(t, "claim")}}
	}
	if r.Description += rapid.SampledFrom([]string{"", "_x000D_x005F_", "<&>", "]]>"}).Draw(t, "escape"); r.Description != strings.TrimSpace(r.Description) {
		r.Description = ""
	}
	return r
}

// monthly makes a row one of a legacy list.
func monthly(t *rapid.T, r pricelist.Row) pricelist.Row {
	r.Basis = pricelist.PerMonth
	r.SKU = rapid.SampledFrom([]string{"Corporate", "Academic", "Other"}).Draw(t, "agreement")
	r.Term = rapid.SampledFrom([]string{"1 Month(s)", "1 Year(s)"}).Draw(t, "unit")
	r.Billing = rapid.SampledFrom([]string{"Faculty", "Government"}).Draw(t, "customer")
	if rapid.Bool().Draw(t, "plain") {
		r.Attributes = pricelist.Attributes{ProductTitle: r.SKUTitle, SKUTitle: r.SKUTitle, Segment: r.SKU, Tags: r.Tags}
		r.Tier, r.Claims = money.Decimal{}, nil
	}
	return r
}

// sameRows compares rows without where they stood.
func sameRows() cmp.Options {
	return cmp.Options{exact(), cmpopts.IgnoreFields(pricelist.Row{}, "Sheet", "Number"), cmpopts.EquateEmpty()}
}

func TestAnExportReadsBackAsTheSameLines(t *testing.T) {
	for _, f := range []Format{CSV, XLSX} {
		for _, legacy := range []bool{false, true} {
			t.Run(fmt.Sprint(f, legacy), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					rows := rapid.SliceOfN(rapid.Custom(genRow), 0, 4).Draw(t, "rows")
					if legacy {
						for i := range rows {
							rows[i] = monthly(t, rows[i])
						}
						slices.SortStableFunc(rows, func(a, b pricelist.Row) int { return strings.Compare(a.Currency, b.Currency) })
					}
					var file bytes.Buffer
					if err := WriteLicense(&file, f, rows, []Note{{"Release", "license-us-2026-12-r1"}}); err != nil {
						t.Fatal(err)
					}
					s, err := ReadLicense("x", file.Bytes(), Options{})
					if err != nil || found(s.Problems) != "" {
						t.Fatalf("%v, %v", err, s.Problems)
					}
					if diff := cmp.Diff(rows, s.Rows, sameRows()); diff != "" {
						t.Fatalf("(-written +read):\n%s", diff)
					}
				})
			})
		}
	}
}

func TestItemsReadBackAsTheyWereWritten(t *testing.T) {
	schema := library()
	read := map[Format]func(string, []byte, item.Schema, Options) (ItemSheet, error){CSV: ReadItems, XLSX: ReadItems, YAML: ReadDocuments}
	for _, f := range []Format{CSV, XLSX, YAML} {
		t.Run(string(f), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var items []item.Item
				for range rapid.IntRange(0, 4).Draw(t, "items") {
					var values []item.Value
					for _, c := range schema.Columns {
						if text := genText(t, c.Name); text != "" {
							values = append(values, item.Value{Name: c.Name, Text: text})
						} else if c.Required {
							values = append(values, item.Value{Name: c.Name, Text: rapid.SampledFrom([]string{"no", "~", "7", "1.50", "2026-01-01", "{a"}).Draw(t, c.Name)})
						}
					}
					made, _ := schema.Make(values)
					items = append(items, made)
				}
				var file bytes.Buffer
				if err := WriteItems(&file, f, schema, items, []Note{{"List", "a\nlist"}}); err != nil {
					t.Fatal(err)
				}
				s, err := read[f]("x", file.Bytes(), schema, Options{})
				if err != nil {
					t.Fatalf("%v\n%s", err, file.String())
				}
				var got []item.Item
				for _, r := range s.Rows {
					got = append(got, r.Item)
				}
				if diff := cmp.Diff(items, got, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("(-written +read):\n%s\n%s", diff, file.String())
				}
			})
		})
	}
}

func TestLegacyListsAreWrittenInTheirOwnColumns(t *testing.T) {
	row := legacyGood()
	var file bytes.Buffer
	if err := WriteLicense(&file, CSV, []pricelist.Row{row}, nil); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffA/C/D/U,Valid-From Date,Valid-To Date,Offer Display Name,Offer ID,License Agreement Type,Purchase Unit,Secondary License Type," +
		"End Customer Type,List Price,ERP Price,Market,Currency\n" +
		"ADD,2021-05-01,2021-05-31,Contoso Mail (Plan 1),5C9FD4CC-EDCE-44A8-8E91-07DF09744609,Corporate,1 Month(s),Non-specific,Corporate,7.50,10.00,DE,USD\n"
	if diff := cmp.Diff(want, file.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	row.EndOfSale = "2021-05-20"
	other := row
	other.Currency = "EUR"
	file.Reset()
	if err := WriteLicense(&file, XLSX, []pricelist.Row{row, other, row}, nil); err != nil {
		t.Fatal(err)
	}
	var sheets []string
	for _, r := range readFile(t, "x", file.Bytes(), Options{}).Rows {
		sheets = append(sheets, fmt.Sprint(r.Sheet, r.Number, r.EndOfSale))
	}
	if got := strings.Join(sheets, " "); got != "EUR22021-05-20 USD22021-05-20 USD32021-05-20" {
		t.Error(got)
	}
	if err := WriteLicense(&file, CSV, []pricelist.Row{row, goodLine()}, nil); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestProgramsGetNullForWhatIsOpen(t *testing.T) {
	row := goodLine()
	row.Effective = effective.Period{}
	var file bytes.Buffer
	if err := WriteLicense(&file, NDJSON, []pricelist.Row{row}, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"UnitPrice":"1008.00"`, `"EffectiveStartDate":null,"EffectiveEndDate":null`, `"ChangeIndicator":"Change"`} {
		if !strings.Contains(file.String(), want) {
			t.Errorf("%s lacks %s", file.String(), want)
		}
	}
}

func TestAPreviewHoldsWhatChanges(t *testing.T) {
	december := at("2026-12-01T00:00:00Z")
	line := func(product string, change func(*pricelist.Line)) *pricelist.Line {
		l := goodLine().Line
		l.Product = product
		if change != nil {
			change(&l)
		}
		return &l
	}
	rows := Preview([]pricelist.Difference{
		{Change: listing.Added, After: line("A", nil)},
		{Change: listing.PriceChanged, Before: line("B", nil), After: line("B", func(l *pricelist.Line) { l.UnitPrice, l.SKUTitle = l.ERPPrice, "New" })},
		{Change: listing.Removed, Before: line("C", nil)},
		{Change: listing.Unchanged, Before: line("D", nil), After: line("D", nil)},
		{Change: listing.Ending, Before: line("E", nil), After: line("E", func(l *pricelist.Line) { l.Effective.To = december.AddDate(0, 1, 0) })},
		{Change: listing.Ending, Before: line("F", nil), After: line("F", func(l *pricelist.Line) { l.EndOfSale = "2027-01-01" })},
		{Change: listing.Removed, Before: line("G", func(l *pricelist.Line) { l.Effective.From = december.AddDate(0, 1, 0) })},
	}, december)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Product, r.Flag, r.Effective.To.Format(time.DateOnly), r.EndOfSale, formatPrevious(r.Claims)))
	}
	want := []string{
		"A added 0001-01-01  ", "B changed 0001-01-01  {'SkuTitle': 'Contoso Mail Plan 1', 'UnitPrice': '1008'}", "C removed 2026-12-01  ",
		"E removed 2027-01-01  {'EffectiveEndDate': '9999-11-30T23:59:59.0000000Z'}", "F changed 0001-01-01 2027-01-01 {'EndofSaleDate': ''}", "G removed 2026-12-01  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// genList draws a list with a line for each of some identities.
func genList(t *rapid.T, label string) []pricelist.Line {
	var lines []pricelist.Line
	for _, product := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C", "D", "E"}), 0, 5, rapid.ID).Draw(t, label) {
		l := goodLine().Line
		l.Product = product
		day := func(what string) time.Time {
			if n := rapid.IntRange(0, 4).Draw(t, what); n > 0 {
				return at("2026-11-15T00:00:00Z").AddDate(0, 0, 8*n)
			}
			return time.Time{}
		}
		l.Effective = effective.Period{From: day("from"), To: day("to")}
		if l.Effective.Empty() {
			l.Effective.To = time.Time{}
		}
		l.UnitPrice = rapid.SampledFrom([]pricelist.Line{{}, goodLine().Line}).Draw(t, "price").UnitPrice
		l.EndOfSale = rapid.SampledFrom([]string{"", "2027-01-01"}).Draw(t, "end of sale")
		lines = append(lines, l)
	}
	return lines
}

func TestAPreviewResolvesToTheWholeList(t *testing.T) {
	december := at("2026-12-01T00:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		before := pricelist.NewList("november", 1, at("2026-11-01T00:00:00Z"), genList(t, "before"))
		after := pricelist.NewList("december", 1, december, genList(t, "after"))
		differences, _ := pricelist.Diff(before, after)
		f := rapid.SampledFrom([]Format{CSV, XLSX}).Draw(t, "format")
		var file bytes.Buffer
		if err := WriteLicense(&file, f, Preview(differences, december), nil); err != nil {
			t.Fatal(err)
		}
		s, err := ReadLicense("preview", file.Bytes(), Options{})
		if err != nil || found(s.Problems) != "" {
			t.Fatal(err, s.Problems)
		}
		for _, p := range pricelist.Validate(s.Rows, pricelist.Check{}) {
			if p.Stops() && p.Rule != pricelist.RuleNoLines {
				t.Fatalf("%+v", p)
			}
		}
		resolved := pricelist.NewList("december", 1, december, pricelist.Resolve(s.Lines(), before.Lines))
		want, got := pricelist.NewBook(before, after), pricelist.NewBook(before, resolved)
		for _, l := range slices.Concat(before.Lines, after.Lines) {
			for day := range 60 {
				v := december.AddDate(0, 0, day)
				a, _ := want.LineAt(l.Identity, v)
				b, _ := got.LineAt(l.Identity, v)
				if (a == nil) != (b == nil) || a != nil && (a.UnitPrice != b.UnitPrice || a.EndOfSale != b.EndOfSale) {
					t.Fatalf("%s at %s: the list answers %+v, the preview %+v", l.Product, v.Format(time.DateOnly), a, b)
				}
			}
		}
	})
}
