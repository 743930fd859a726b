package sheet

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// FuzzReadNewCommerce: whatever the bytes, reading ends without a panic, errors are the file's fault, and lines that were read are written
// and read back as they are.
func FuzzReadNewCommerce(f *testing.F) {
	f.Add([]byte(goodHeader + "\n" + goodRow + "\n"))
	f.Add([]byte("\ufeff" + goodHeader + "\r\n\r\n\"a\nb\"c\n" + goodRow))
	f.Add([]byte(withCells(map[string]string{"SkuTitle": "'=1", "PreviousValues": "{'a': 'b'}", "EffectiveStartDate": "3/1/2018 12:00:00 AM"})))
	f.Add([]byte("a;b\n"))
	limits := Limits{Bytes: 1 << 16, Rows: 100, RowBytes: 1 << 13, FieldBytes: 1 << 12, Columns: 64, Problems: 50}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ReadNewCommerce(bytes.NewReader(file), Options{Limits: limits})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(s.Rows) > 0 {
				t.Fatalf("%d rows, %v", len(s.Rows), err)
			}
			return
		}
		pricelist.Validate(s.Rows, pricelist.Check{Market: "US"})
		var written bytes.Buffer
		if err := WriteNewCommerceRows(&written, s.Rows); err != nil {
			t.Fatal(err)
		}
		again, err := ReadNewCommerce(&written, Options{})
		if err != nil || len(again.Rows) != len(s.Rows) {
			t.Fatalf("%d rows of %d, %v, %v", len(again.Rows), len(s.Rows), err, again.Problems)
		}
		for i := range s.Rows {
			if s.Rows[i].Compare(again.Rows[i].Line) != 0 || s.Rows[i].Flag != again.Rows[i].Flag {
				t.Fatalf("%+v reads back as %+v", s.Rows[i], again.Rows[i])
			}
		}
	})
}

// FuzzDecode: whatever the bytes, decoding ends without a panic, and what it accepts is exactly what is written of it.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(content(f, []pricelist.Line{goodLine().Line})))
	f.Add([]byte(contentHeader + "\n[\"\\u0000"))
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, err := Decode(bytes.NewReader(file))
		if err != nil {
			return
		}
		if got := content(t, lines); got != string(file) {
			t.Fatalf("%q is written as %q", file, got)
		}
	})
}

// small are limits that inputs of a fuzzer reach.
func small() Limits {
	return Limits{
		Bytes: 1 << 17, Rows: 100, RowBytes: 1 << 13, FieldBytes: 1 << 12, Columns: 64, Problems: 50, Unpacked: 1 << 18, Files: 10, Ratio: 50,
	}
}

// mostly fails when reading allocated more than a multiple of the file's size, and what every reading takes.
func mostly(t *testing.T, times int, file []byte, read func()) {
	t.Helper()
	const every = 2 << 20
	if n, size := allocated(read), unpackedSize(file, small()); n > times*size+every {
		t.Fatalf("%d bytes allocated for %d", n, size)
	}
}

// kept fails when an error is not the file's fault, or there are more problems than limits allow.
func kept(t *testing.T, problems []listing.Problem, err error) {
	t.Helper()
	if err != nil && !fault.Is(err, fault.Invalid) || len(problems) > small().Problems+1 {
		t.Fatalf("%d problems, %v", len(problems), err)
	}
	for _, p := range problems {
		if p.Rule == "" || p.Text == "" || len(p.Value) > 200 || p.Severity == "" {
			t.Fatalf("%+v", p)
		}
	}
}

func seedWorkbooks(f *testing.F) {
	f.Helper()
	f.Add(workbookOf(f, tab{"USD", [][]any{{"title"}, legacyHeader(), legacyCells("ADD", nil)}}, tab{"Notes", nil}))
	f.Add(workbookOf(f, tab{"S", [][]any{cellsOf(goodHeader), goodCells()}}))
	f.Add(rawBook(f, `<workbookPr date1904="1"/>`, "<si><t>a_x000D_</t></si>", `<cellXfs><xf numFmtId="14"/></cellXfs>`, cell3(`<c s="0"><v>46357.5</v></c><c t="s"><v>0</v></c><c t="e"><v>#N/A</v></c>`)))
	f.Add(zipOf(f, "a/b.csv", goodHeader+"\n"+goodRow))
	f.Add(zipOf(f, "[Content_Types].xml", "", "xl/workbook.xml", "<sheet"))
	f.Add(gzipOf(f, "a,b\n1,2\n"))
}

// FuzzReadLicense: whatever the bytes, reading ends without a panic, errors are the file's fault, limits and memory are kept.
func FuzzReadLicense(f *testing.F) {
	seedWorkbooks(f)
	f.Add([]byte(goodHeader + "\n" + goodRow + "\n"))
	f.Add([]byte(withCells(map[string]string{"UnitPrice": "1.234,50", "ERP Price": "1,234", "EffectiveStartDate": "46357.5", "Segment": ""})))
	f.Add([]byte("sep=;\nOffer ID;License Agreement Type;Purchase Unit;End Customer Type;List Price;ERP Price;Valid From Date;Valid To Date;Currency\na;b;1 Month(s);d;1,5;2;1.2.2021;1.3.2021;EUR\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var s Sheet
		var err error
		mostly(t, licenseTimes, file, func() { s, err = ReadLicense("EUR", file, Options{Limits: small(), Market: "DE"}) })
		kept(t, s.Problems, err)
		if len(s.Rows) > small().Rows {
			t.Fatalf("%d rows", len(s.Rows))
		}
		pricelist.Validate(s.Rows, pricelist.Check{Market: "DE"})
	})
}

// FuzzUnpack: whatever the bytes, unpacking ends without a panic, names stay inside, limits and memory are kept.
func FuzzUnpack(f *testing.F) {
	seedWorkbooks(f)
	f.Add(zipOf(f, "../a", "x", "b/", "", `C:\c`, "y"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var files []File
		var err error
		mostly(t, 8, data, func() { files, err = Unpack("x", data, small()) })
		kept(t, nil, err)
		total := 0
		for _, file := range files {
			total += len(file.Data)
			packed := contentOf(data) == archive || contentOf(data) == compressed
			if len(files) > 1 && (!fs.ValidPath(file.Name) || file.Name == ".") || packed && int64(len(file.Data)) > small().Bytes {
				t.Fatalf("%q of %d bytes", file.Name, len(file.Data))
			}
		}
		if len(files) > small().Files || len(files) > 1 && int64(total) > small().Unpacked {
			t.Fatalf("%d files of %d bytes", len(files), total)
		}
	})
}

// FuzzReadItems is FuzzReadLicense for lists with a schema.
func FuzzReadItems(f *testing.F) {
	seedWorkbooks(f)
	f.Add([]byte("Title;Place;Topics\na;1;b\n;x;\n"))
	f.Add(workbookOf(f, tab{"S", [][]any{{"Title", "Place"}, {"A", true}}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		var s ItemSheet
		var err error
		mostly(t, itemTimes, file, func() { s, err = ReadItems("x", file, library(), Options{Limits: small()}) })
		kept(t, s.Problems, err)
		for _, r := range s.Rows {
			if r.Key == "" || r.Number == 0 || len(s.Rows) > small().Rows {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// FuzzReadDocuments is FuzzReadLicense for YAML.
func FuzzReadDocuments(f *testing.F) {
	f.Add([]byte("documents:\n- title: &a A\n  place: [1, *a]\n"))
	f.Add([]byte("- {title: ' a', shelf_no: 1.50, bought: ~}\n- &x [*x]\n- ? [a]\n  : b\n"))
	f.Add([]byte("a: &a {title: b, <<: *a}\ndocuments: [*a]\n---\n"))
	f.Add(zipOf(f, "a.yaml", "- title: x"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var s ItemSheet
		var err error
		mostly(t, yamlTimes, file, func() { s, err = ReadDocuments("x", file, library(), Options{Limits: small()}) })
		kept(t, s.Problems, err)
		if len(s.Rows) > small().Rows {
			t.Fatalf("%d rows", len(s.Rows))
		}
	})
}

// FuzzReadServicePlans is FuzzReadLicense for the file of service plans.
func FuzzReadServicePlans(f *testing.F) {
	seedWorkbooks(f)
	f.Add([]byte("String_Id,GUID,Service_Plan_Name,Service_Plan_Id\nA,3b555118-da6a-4418-894f-7df1e2096870,B,3b555118-da6a-4418-894f-7df1e2096870\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var plans []ServicePlan
		var problems []listing.Problem
		var err error
		mostly(t, itemTimes, file, func() { plans, problems, err = ReadServicePlans(file, Options{Limits: small()}) })
		kept(t, problems, err)
		for _, p := range plans {
			if _, ok := lowerGUID(p.ID); !ok || len(plans) > small().Rows {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// FuzzWorkbook is FuzzReadLicense for what is inside of a workbook, which a fuzzer hardly finds through the compression.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<workbookPr date1904="1"/>`, `<si><r><t xml:space="preserve">a_x000D_&#10;</t></r><rPh><t>b</t></rPh></si>`, `<numFmt numFmtId="164" formatCode="[h]"/><cellXfs><xf numFmtId="14"/></cellXfs>`,
		cell3(`<c s="0"><f>A1</f><v>46357.5</v></c><c t="s"><v>0</v></c><c r="J2" t="e"><v>#N/A</v></c><c t="b"><v>1</v></c>`))
	f.Add("", "<si/>", "", `<sheetData><!-- > --><row r="5"><x:c r="AAA1" t='inlineStr'><x:is><x:t><![CDATA[a<b]]></x:t></x:is></x:c></row></sheetData>`)
	f.Fuzz(func(t *testing.T, properties, texts, styles, data string) {
		file := rawBook(t, properties, texts, styles, data)
		var s Sheet
		var err error
		mostly(t, licenseTimes, file, func() { s, err = ReadLicense("EUR", file, Options{Limits: small(), Market: "DE"}) })
		kept(t, s.Problems, err)
		if len(s.Rows) > small().Rows {
			t.Fatalf("%d rows", len(s.Rows))
		}
	})
}

// FuzzReadSelection: whatever the bytes, reading a selection ends without a panic, and no selector of it chooses everything.
func FuzzReadSelection(f *testing.F) {
	f.Add([]byte("ProductId,SkuId,UnitPrice\nCFQ7TTC0LH18,1,9.99\n"))
	f.Add([]byte("\ufeffproduct;tier\nA;\"1\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		selectors, problems, err := ReadSelection("x", file, Options{})
		kept(t, nil, err)
		if err != nil && len(selectors)+len(problems) > 0 {
			t.Fatalf("%v with %d selectors", err, len(selectors))
		}
		for _, s := range selectors {
			if s.Market+s.Currency+s.Product+s.SKU+s.Term+s.Billing == "" && s.Tier == nil {
				t.Fatalf("row %d chooses everything", s.Row)
			}
		}
	})
}
