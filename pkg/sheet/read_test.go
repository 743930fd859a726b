package sheet

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// goodLine is what goodRow says.
func goodLine() pricelist.Row {
	return pricelist.Row{
		Line: pricelist.Line{
			Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0005", Term: "P1Y", Billing: "Annual"},
			UnitPrice: money.Int(1008), ERPPrice: money.Int(1440), Basis: pricelist.PerTerm,
			Effective: effective.Period{From: at("2025-11-01T00:00:00Z")},
			Attributes: pricelist.Attributes{
				ProductTitle: "Contoso Mail", SKUTitle: "Contoso Mail Plan 1", Publisher: "Contoso", Description: "Mail – for everyone",
				Segment: "Commercial", Tags: "License;IncludeOverage",
			},
		},
		Number: 2, Flag: pricelist.FlagChanged,
		Claims: []pricelist.Claim{{Column: "ERP Price", Value: "1200"}, {Column: "UnitPrice", Value: "840"}},
	}
}

func TestARealRowIsReadInAnyDressing(t *testing.T) {
	for name, file := range map[string]string{
		"byte order mark and LF":    "\ufeff" + goodHeader + "\n" + goodRow + "\n",
		"no mark, CRLF":             goodHeader + "\r\n" + goodRow + "\r\n",
		"no line end at the end":    goodHeader + "\n" + goodRow,
		"other spellings":           strings.NewReplacer("ERP Price", "erp_price", "SkuId", "SKU ID", "EffectiveEndDate", "effectiveenddate").Replace(goodHeader) + "\n" + goodRow,
		"empty fields at the end":   goodHeader + ",,\n" + goodRow + ",,\n",
		"more fields than header":   goodHeader + "\n" + goodRow + ",,\n",
		"empty rows at the end":     goodHeader + "\n" + goodRow + "\n" + strings.Repeat(",", 20) + "\n\n",
		"spaces around values":      goodHeader + "\n" + strings.NewReplacer(",P1Y,", ", P1Y ,", ",1008,", ", 1008,", ",5,", ",5 ,").Replace(goodRow),
		"other cases of keys":       goodHeader + "\n" + strings.NewReplacer(",US,USD,", ",us,usd,", "CFQ7", "cfq7", "Annual", "ANNUAL").Replace(goodRow),
		"zeros that were not lost":  goodHeader + "\n" + strings.Replace(goodRow, ",5,", ",0005,", 1),
		"dates as spreadsheets say": goodHeader + "\n" + strings.NewReplacer("2025-11-01T00:00:00.0000000Z", "11/1/2025 12:00:00 AM", "9999-11-30T23:59:59.0000000Z", "11/30/9999 11:59:59 PM").Replace(goodRow),
	} {
		t.Run(name, func(t *testing.T) {
			s := read(t, file)
			if diff := cmp.Diff([]pricelist.Row{goodLine()}, s.Rows, exact()); diff != "" || len(s.Problems) > 0 {
				t.Errorf("problems %+v, rows (-want +got):\n%s", s.Problems, diff)
			}
		})
	}
}

func TestTheColumnsOfOlderListsAreEnough(t *testing.T) {
	// 18 columns of 2021; the documentation of 2023 adds the end of sale.
	header := "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice," +
		"PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price"
	row := "T,CFQ7TTC0LH18,0001,S,P,D,1 User,P1Y,Annual,US,USD,10,1,100,2021-03-01T00:00:00Z,2021-12-31T23:59:00Z,License,12"
	s := read(t, header+"\n"+row+"\n")
	if len(s.Problems) > 0 || len(s.Rows) != 1 {
		t.Fatalf("%d rows, %s", len(s.Rows), found(s.Problems))
	}
	if l := s.Lines()[0]; l.Tier != money.Int(1) || l.TierMax != "100" || l.Unit != "1 User" || !l.Effective.To.Equal(at("2022-01-01T00:00:00Z")) {
		t.Errorf("%+v", l)
	}
	s = read(t, header+",EndofSaleDate\n"+row+",2023-04-01\n")
	if s.Rows[0].EndOfSale != "2023-04-01" || s.Rows[0].Flag != pricelist.NoFlag {
		t.Errorf("%+v", s.Rows[0])
	}
}

func TestColumnsAreKnownByNameNotByPlace(t *testing.T) {
	s := read(t, withCells(map[string]string{"Colour": "red", "Tags": "License"}))
	if got := found(s.Problems); got != "note unknown-column 1 Colour" || len(s.Rows) != 1 || s.Rows[0].Tags != "License" {
		t.Errorf("%s, %+v", got, s.Rows)
	}
	missing := 0
	for _, p := range s.Problems {
		if p.Rule == RuleMissingColumn && p.Severity == listing.Note {
			missing++
		}
	}
	if missing != 7 {
		t.Errorf("%d missing columns are noted", missing)
	}
}

func TestMissingColumnsAreOneErrorThatNamesThem(t *testing.T) {
	_, err := ReadNewCommerce(strings.NewReader(strings.NewReplacer("SkuId,", "", ",Currency", "").Replace(goodHeader)+"\n"), Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "column SkuId is missing; column Currency is missing") || len(fault.PlacesOf(err)) != 2 {
		t.Errorf("%v, %v", err, fault.PlacesOf(err))
	}
	if !strings.Contains(fault.HintOf(err), "ChangeIndicator, ProductTitle") {
		t.Errorf("hint %q", fault.HintOf(err))
	}
}

func TestEveryProblemOfAFileIsFoundAtOnce(t *testing.T) {
	bad := func(replacements ...string) string {
		return strings.NewReplacer(replacements...).Replace(goodRow) + "\n"
	}
	file := goodHeader + "\n" + goodRow + "\n" +
		bad(",1008,", `,"1,008",`, ",1440,", ",,") +
		"\n" +
		bad("\"{'ERP Price': '1200', 'UnitPrice': '840'}\"", `"two`+"\n"+`lines"`, "Change,", "Whatever,") +
		bad(",CFQ7TTC0LH18,", ",,", "2025-11-01T", "2025-31-01T", "9999-11", "1753-11") +
		"a,b\n" +
		bad("everyone", "\xff") + bad("everyone", "a\x00b") + bad("Contoso,", "Con\"toso,") +
		bad(",5,", ","+strings.Repeat("5", 129)+",", ",1008,,", ",1e-30,-1,") +
		goodRow + "\n"
	s := read(t, file)
	want := []string{
		"error missing-value 3 ERP Price", "error not-a-number 3 UnitPrice 1,008",
		"note unknown-flag 5 ChangeIndicator Whatever", "note unreadable-previous-values 5 PreviousValues two\nlines",
		"error missing-value 6 ProductId", "error not-a-date 6 EffectiveStartDate 2025-31-01T00:00:00.0000000Z",
		"error wrong-column-count 7", "error not-utf-8 8 SkuDescription Mail – for \ufffd", "error control-character 9 SkuDescription Mail – for a\x00b", "error malformed-row 10",
		"error too-long 11 SkuId " + strings.Repeat("5", 100) + "… (129 bytes)", "error not-a-number 11 PricingTierRangeMin -1", "error not-a-number 11 UnitPrice 1e-30",
	}
	got := strings.Split(found(s.Problems), "; ")
	if diff := cmp.Diff(sortedTexts(want), sortedTexts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var numbers []int
	for _, r := range s.Rows {
		numbers = append(numbers, r.Number)
	}
	if diff := cmp.Diff([]int{2, 5, 12}, numbers); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for i, p := range s.Problems {
		if p.Text == "" || i > 0 && p.Row < s.Problems[i-1].Row {
			t.Errorf("problem %d: %+v", i, p)
		}
	}
}

func sortedTexts(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range texts {
		set[s] = true
	}
	return set
}

func TestAFileThatCannotBeReadIsOneClearError(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"empty":           {"", "read header: the file is empty"},
		"only a mark":     {"\ufeff", "read header: the file is empty"},
		"UTF-16":          {"\xff\xfeC\x00h\x00", "the file is in UTF-16"},
		"a workbook":      {"PK\x03\x04rest", "a workbook or a zip archive"},
		"gzip":            {"\x1f\x8b\x08\x00", "compressed with gzip"},
		"a column twice":  {goodHeader + ",sku id\n" + goodRow + ",6\n", "column SkuId is there twice"},
		"a broken header": {"a\"b,c\n" + goodRow, "holds a quote"},
		"binary":          {"\x00\x01\x02\x03", "the file is binary"},
		"JSON":            {" [{\"a\": 1}]", "the file is JSON"},
		"Parquet":         {"PAR1\x15\x04", "the file is Parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadNewCommerce(strings.NewReader(c.file), Options{})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestAReadersOwnFailureIsNotTheFilesFault(t *testing.T) {
	broken := errors.New("connection reset")
	for _, start := range []string{"", goodHeader + "\n" + goodRow + "\n", goodHeader + "\n\"open"} {
		_, err := ReadNewCommerce(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)), Options{})
		if !errors.Is(err, broken) || fault.Is(err, fault.Invalid) {
			t.Errorf("after %d bytes: %v", len(start), err)
		}
	}
}

func TestLimitsAreEnforced(t *testing.T) {
	file := goodHeader + "\n" + strings.Repeat(goodRow+"\n", 9)
	for name, c := range map[string]struct {
		file   string
		limits Limits
		want   string
	}{
		"bytes":            {file, Limits{Bytes: int64(len(file) - 1)}, "the file has more than"},
		"rows":             {file, Limits{Rows: 8}, "the file has more than 8 rows"},
		"columns":          {file, Limits{Columns: 20}, "the header has 21 columns, more than 20"},
		"a field":          {strings.Replace(file, "everyone", strings.Repeat("x", 300), 1), Limits{FieldBytes: 300}, "row 2 has a field of more than 300 bytes"},
		"a row":            {file + "\n" + strings.Repeat("x,", 600), Limits{RowBytes: 1000}, "row 12 has more than 1000 bytes"},
		"a quote is open":  {file + "\"" + strings.Repeat("x\n", 400), Limits{FieldBytes: 300}, "row 11 has a field of more than 300 bytes"},
		"an endless field": {goodHeader + "\n\"" + strings.Repeat("x", 1<<17), Limits{}, "row 2 has a field of more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ReadNewCommerce(strings.NewReader(c.file), Options{Limits: c.limits})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || fault.HintOf(err) == "" && name != "columns" {
				t.Errorf("%v, want %q; hint %q", err, c.want, fault.HintOf(err))
			}
			if len(s.Rows) > 0 {
				t.Errorf("%d rows of a refused file", len(s.Rows))
			}
		})
	}
	if s, err := ReadNewCommerce(strings.NewReader(file), Options{Limits: Limits{Bytes: int64(len(file)), Rows: 9, Columns: 21}}); err != nil || len(s.Rows) != 9 {
		t.Errorf("a file at its limits: %d rows, %v", len(s.Rows), err)
	}
}

func TestMoreProblemsThanAreListedAreCounted(t *testing.T) {
	file := goodHeader + "\n" + strings.Repeat("a,b\n", 20)
	s, err := ReadNewCommerce(strings.NewReader(file), Options{Limits: Limits{Problems: 5}})
	if err != nil || len(s.Problems) != 6 || s.Problems[5].Rule != RuleTooManyProblems || !strings.Contains(s.Problems[5].Text, "15 more") || !s.Problems[5].Stops() {
		t.Errorf("%v, %+v", err, s.Problems)
	}
	odd := goodHeader + "\n" + strings.Repeat(strings.Replace(goodRow, "P1Y", "1 year", 1)+"\n", 20)
	if s, err := ReadNewCommerce(strings.NewReader(odd), Options{Limits: Limits{Problems: 5}}); err != nil || len(s.Rows) != 20 || s.Problems[5].Severity != listing.Warning {
		t.Errorf("what is only warned of stops the list: %v, %+v", err, s.Problems)
	}
}

func TestRowsAreNumberedAsASpreadsheetDoes(t *testing.T) {
	multi := strings.Replace(goodRow, "Mail – for everyone", "\"three\nlines\n\"\"here\"\"\"", 1)
	s := read(t, goodHeader+"\n\n"+multi+"\n"+goodRow+"\n\r\n"+"a\n\"x\ny\"z\n"+goodRow+"\n")
	var numbers []int
	for _, r := range s.Rows {
		numbers = append(numbers, r.Number)
	}
	if diff := cmp.Diff([]int{3, 4, 8}, numbers); diff != "" || found(s.Problems) != "error wrong-column-count 6; error malformed-row 7" {
		t.Errorf("problems %s, rows (-want +got):\n%s", found(s.Problems), diff)
	}
	if got := s.Rows[0].Description; got != "three\nlines\n\"here\"" {
		t.Errorf("%q", got)
	}
}
