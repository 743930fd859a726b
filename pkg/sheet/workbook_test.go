package sheet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// goodCells is goodRow as a spreadsheet holds it: numbers and dates are typed.
func goodCells() []any {
	return []any{
		"Change", "Contoso Mail", "CFQ7TTC0LH18", 5, "Contoso Mail Plan 1", "Contoso", "Mail – for everyone", nil, "P1Y", "Annual", "US", "USD", 1008, nil, nil,
		time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC), "9999-11-30T23:59:59.0000000Z", "License;IncludeOverage", 1440.0, "Commercial",
		"{'ERP Price': '1200', 'UnitPrice': '840'}",
	}
}

func TestAWorkbookIsReadAsTheCSVIs(t *testing.T) {
	want := goodLine()
	want.Sheet = "Prices"
	for name, data := range map[string][]byte{
		"typed cells":   workbookOf(t, tab{"Prices", [][]any{cellsOf(goodHeader), goodCells()}}),
		"in an archive": zipOf(t, "folder/list.xlsx", string(workbookOf(t, tab{"Prices", [][]any{cellsOf(goodHeader), goodCells()}}))),
		"with notes":    workbookOf(t, tab{"Prices", [][]any{cellsOf(goodHeader), goodCells()}}, tab{"Notes", [][]any{{"about"}}}),
		"an empty one":  workbookOf(t, tab{"Empty", nil}, tab{"Prices", [][]any{cellsOf(goodHeader), goodCells()}}),
	} {
		t.Run(name, func(t *testing.T) {
			s := readFile(t, "list", data, Options{})
			if diff := cmp.Diff([]pricelist.Row{want}, s.Rows, exact()); diff != "" || len(s.Problems) > 0 {
				t.Errorf("problems %+v, rows (-want +got):\n%s", s.Problems, diff)
			}
		})
	}
}

func TestSheetsAreReadOneAfterAnother(t *testing.T) {
	bad := goodCells()
	bad[12] = "cheap"
	data := workbookOf(t,
		tab{"First", [][]any{{"Prices of November"}, nil, cellsOf(goodHeader), goodCells(), nil, bad}},
		tab{"Second", [][]any{cellsOf(goodHeader + ",Colour"), append(goodCells(), "red", "stray"), goodCells()}},
		tab{"About", [][]any{{"Read me"}}},
	)
	s := readFile(t, "list.xlsx", data, Options{})
	want := "error not-a-number First!6 UnitPrice cheap; note unknown-column Second!1 Colour; note unknown-column Second!2; note ignored-sheet About!0"
	if got := found(s.Problems); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var rows []string
	for _, r := range s.Rows {
		rows = append(rows, fmt.Sprint(r.Sheet, r.Number))
	}
	if got := strings.Join(rows, " "); got != "First4 Second2 Second3" {
		t.Error(got)
	}
}

func TestHiddenSheetsAreLeftOut(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	header, row := cellsOf(goodHeader), goodCells()
	for _, name := range []string{"Sheet1", "Old"} {
		f.NewSheet(name)
		f.SetSheetRow(name, "A1", &header)
		f.SetSheetRow(name, "A2", &row)
	}
	f.SetSheetVisible("Old", false)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	s := readFile(t, "list.xlsx", b.Bytes(), Options{})
	if got := found(s.Problems); got != "note ignored-sheet Old!0" || len(s.Rows) != 1 {
		t.Errorf("%s, %d rows", got, len(s.Rows))
	}
}

// cell3 is a sheet with one row of the required columns, of which the price is given as markup.
func cell3(price string) string {
	var b strings.Builder
	b.WriteString("<sheetData><row>")
	header := []string{"ProductId", "SkuId", "TermDuration", "BillingPlan", "Market", "Currency", "UnitPrice", "ERP Price", "EffectiveStartDate", "EffectiveEndDate", "Tags"}
	for _, h := range header {
		fmt.Fprintf(&b, `<c t="inlineStr"><is><t>%s</t></is></c>`, h)
	}
	b.WriteString("</row><row>")
	for _, v := range []string{"CFQ7TTC0LH18", "1", "P1Y", "Annual", "US", "USD"} {
		fmt.Fprintf(&b, `<c t="str"><v>%s</v></c>`, v)
	}
	b.WriteString(price + "</row></sheetData>")
	return b.String()
}

func TestCellsMeanWhatTheSpreadsheetShows(t *testing.T) {
	const rest = `<c r="H2"><v>9</v></c>`
	styles := `<numFmts><numFmt numFmtId="164" formatCode="[$-409]d\-mmm\-yy;@"/><numFmt numFmtId="165" formatCode="[Magenta]&quot;day&quot; 0.00"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>`
	for name, c := range map[string]struct{ cells, price, start, tags, problems string }{
		"plain":                {cells: `<c><v>8.4</v></c>` + rest, price: "8.4"},
		"noise":                {cells: `<c><v>8.4000000000000004</v></c>` + rest, price: "8.4"},
		"noise and exponent":   {cells: `<c><v>1.6666700000000001E-5</v></c>` + rest, price: "0.0000166667"},
		"a great number":       {cells: `<c><v>1.23456789012345E+17</v></c>` + rest, price: "123456789012345000"},
		"a formula":            {cells: `<c><f>A1&lt;B1</f><v>7.5</v></c>` + rest, price: "7.5"},
		"a formula of text":    {cells: `<c t="str"><f>TEXT(1)</f><v>7.50</v></c>` + rest, price: "7.5"},
		"a styled number":      {cells: `<c s="3"><v>7.5</v></c>` + rest, price: "7.5"},
		"a shared text":        {cells: `<c t="s"><v>0</v></c>` + rest, price: "12.5"},
		"true":                 {cells: `<c t="b"><v>1</v></c>` + rest, problems: "error wrong-cell USD!2 UnitPrice TRUE"},
		"an error":             {cells: `<c t="e"><v>#N/A</v></c>` + rest, problems: "error wrong-cell USD!2 UnitPrice #N/A"},
		"a number made a date": {cells: `<c s="1"><v>46357</v></c>` + rest, problems: "error not-a-number USD!2 UnitPrice 2026-12-01"},
		"nothing":              {cells: `<c s="1"/>` + rest, problems: "error missing-value USD!2 UnitPrice"},
		"not three decimals":   {cells: `<c><v>1.234</v></c><c t="inlineStr"><is><t>9,50</t></is></c>`, price: "1.234"},
		"a date":               {cells: `<c><v>1</v></c>` + rest + `<c s="1"><v>46357</v></c>`, price: "1", start: "2026-12-01T00:00:00Z"},
		"a date and time":      {cells: `<c><v>1</v></c>` + rest + `<c s="2"><v>46357.288194444445</v></c>`, price: "1", start: "2026-12-01T06:55:00Z"},
		"a date not shown":     {cells: `<c><v>1</v></c>` + rest + `<c><v>46357</v></c>`, price: "1", start: "2026-12-01T00:00:00Z"},
		"an ISO date":          {cells: `<c><v>1</v></c>` + rest + `<c t="d"><v>2026-12-01T06:55:00</v></c>`, price: "1", start: "2026-12-01T06:55:00Z"},
		"no date":              {cells: `<c><v>1</v></c>` + rest + `<c><v>-4</v></c>`, problems: "error not-a-date USD!2 EffectiveStartDate -4"},
		"rich text":            {cells: `<c><v>1</v></c>` + rest + `<c r="K2" t="s"><v>1</v></c>`, price: "1", tags: "License; & <more>\nof é\r_x000D_"},
		"text with a date":     {cells: `<c><v>1</v></c>` + rest + `<c r="K2" s="1"><v>46357</v></c>`, price: "1", tags: "2026-12-01"},
		"prefixes":             {cells: strings.NewReplacer("<c", "<x:c", "</c", "</x:c", "<v", "<x:v", "</v", "</x:v").Replace(`<c><v>3</v></c>` + rest), price: "3"},
		"comments":             {cells: `<!-- a > b --->` + `<c a=">" ><v><![CDATA[3.5]]></v></c>` + rest, price: "3.5"},
	} {
		t.Run(name, func(t *testing.T) {
			shared := `<si><t>12.5</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">License; </t></r><r><t>&amp; &lt;more&gt;&#10;of &#xe9;_x000D__x005F_x000D_</t></r><rPh><t>no</t></rPh></si>`
			s := readFile(t, "list.xlsx", rawBook(t, "", shared, styles, cell3(c.cells)), Options{})
			if got := found(s.Problems); got != c.problems {
				t.Fatalf("problems %s", got)
			}
			if c.problems == "" && (s.Rows[0].UnitPrice.String() != c.price || !s.Rows[0].Effective.From.Equal(at(c.start)) || s.Rows[0].Tags != c.tags) {
				t.Errorf("%+v", s.Rows[0])
			}
		})
	}
}

func TestDatesMayBeCountedFrom1904(t *testing.T) {
	cells := cell3(`<c><v>1</v></c><c><v>1</v></c><c><v>44895</v></c>`)
	s := readFile(t, "x", rawBook(t, `<workbookPr date1904="1"/>`, "", "", cells), Options{})
	if !s.Rows[0].Effective.From.Equal(at("2026-12-01T00:00:00Z")) {
		t.Errorf("%+v", s.Rows[0].Effective)
	}
}

func TestAWorkbookThatCannotBeReadIsOneClearError(t *testing.T) {
	good := workbookOf(t, tab{"Prices", [][]any{cellsOf(goodHeader), goodCells()}})
	twice := tab{"B", [][]any{cellsOf(goodHeader + ",sku id")}}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"cut off":          {good[:len(good)-30], "damaged"},
		"before 2007":      {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), "before 2007, or encrypted"},
		"another kind":     {zipOf(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml", "x"), "of another kind than XLSX"},
		"only empty":       {workbookOf(t, tab{"A", nil}), "the file is empty"},
		"no list":          {workbookOf(t, tab{"A", [][]any{{"hello"}}}), `sheet "A": column ProductId is missing`},
		"several bad ones": {workbookOf(t, tab{"A", [][]any{{"ProductId", "SkuId", "Market"}}}, twice), `sheet "B": column SkuId is there twice`},
		"bad markup":       {rawBook(t, "", "", "", "<sheetData><row><c><v>1</v>"), "cannot be read: near row 1"},
		"a bad reference":  {rawBook(t, "", "<si><t>&bad;</t></si>", "", ""), "not well-formed"},
		"a document type":  {rawBook(t, "", `<!DOCTYPE x [<!ENTITY a "b">]>`, "", ""), "declares a document type"},
		"a missing text":   {rawBook(t, "", "", "", `<sheetData><row><c t="s"><v>3</v></c></row></sheetData>`), "a text that the workbook lacks"},
		"a far away row":   {rawBook(t, "", "", "", `<sheetData><row r="99999999999"/></sheetData>`), "not well-formed"},
		"no sheet":         {zipOf(t, "[Content_Types].xml", "x", "xl/workbook.xml", "<workbook/>"), `lacks its part "xl/_rels/workbook.xml.rels"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadLicense("list.xlsx", c.data, Options{})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "read sheet:") > 1 {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestWorkbooksKeepTheLimits(t *testing.T) {
	row := strings.Repeat("<row><c><v>1</v></c></row>", 9)
	texts := "<si><t>" + strings.Repeat("x", 5000) + "</t></si>"
	many := strings.Repeat(`<row>`+strings.Repeat(`<c t="s"><v>0</v></c>`, 4)+`</row>`, 20)
	for name, c := range map[string]struct {
		shared, sheet string
		limits        Limits
		want          string
	}{
		"bytes":       {"", cell3(strings.Repeat(" ", 4000)), Limits{Bytes: 3000}, "more than 3000 bytes in it"},
		"rows":        {"", strings.Replace(cell3(`<c r="H2"><v>1</v></c>`), "</sheetData>", row+"</sheetData>", 1), Limits{Rows: 5}, "more than 5 rows"},
		"columns":     {"", cell3(""), Limits{Columns: 10}, "the header has 11 columns, more than 10"},
		"a cell":      {texts, strings.Replace(cell3(""), "</row>", "</row>"+many, 1), Limits{FieldBytes: 4000}, `sheet "USD", row 2 has a cell of more than 4000 bytes`},
		"a row":       {texts, strings.Replace(cell3(""), "</row>", "</row>"+many, 1), Limits{RowBytes: 16000}, `sheet "USD", row 2 has more than 16000 bytes`},
		"all cells":   {texts, strings.Replace(cell3(""), "</row>", "</row>"+many, 1), Limits{Bytes: 200_000}, "the cells hold more than 200000 bytes"},
		"a long text": {"<si><t>" + strings.Repeat("x", 50_000), "", Limits{FieldBytes: 5000}, "a text that is too long"},
		"the ratio":   {strings.Repeat("<si><t/></si>", 300_000), "", Limits{Ratio: 2}, "becomes more than 2 times as large"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ReadLicense("list.xlsx", rawBook(t, "", c.shared, "", c.sheet), Options{Limits: c.limits})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || len(s.Rows) > 0 {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTextsAreReadAsTheyWereTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := strings.TrimSpace(genText(t, "a") + rapid.SampledFrom([]string{"", "<", "&amp;", "]]>", "\u00a0x", "𝄞", "_x", "x000D"}).Draw(t, "b") + genText(t, "c"))
		cells := goodCells()
		cells[6] = protect(want)
		f := excelize.NewFile()
		defer f.Close()
		header := cellsOf(goodHeader)
		f.SetSheetRow("Sheet1", "A1", &header)
		f.SetSheetRow("Sheet1", "A2", &cells)
		b, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadLicense("x", b.Bytes(), Options{})
		if err != nil || s.Rows[0].Description != want {
			t.Fatalf("%v: %q, want %q", err, s.Rows[0].Description, want)
		}
	})
}
