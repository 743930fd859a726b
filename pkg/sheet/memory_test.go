package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/item"
)

// allocated returns how many bytes f allocated, garbage included: more than what it ever held.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// unpackedSize returns how many bytes a file has when it is unpacked, as far as limits let it.
func unpackedSize(data []byte, limits Limits) int {
	size := len(data)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return size
	}
	for _, f := range z.File {
		if r, err := f.Open(); err == nil {
			n, _ := io.Copy(io.Discard, io.LimitReader(r, limits.orDefault().Bytes))
			size += int(n)
		}
	}
	return size
}

// keep is what a schema of any columns makes of a row without own memory.
func keep(columns ...item.Column) item.Schema {
	return item.Schema{List: "any", Columns: columns, Make: func(values []item.Value) (item.Item, []item.Wrong) { return item.Item{Key: "x", Values: values}, nil }}
}

// The most that reading allocates, as its documentation says.
const (
	licenseTimes, itemTimes, yamlTimes = 64, 128, 256
	always                             = 16 << 20
)

func TestMemoryIsAMultipleOfTheFile(t *testing.T) {
	const size = 1 << 20
	fill := func(head, piece, tail string) string { return head + strings.Repeat(piece, size/len(piece)) + tail }
	short := "ProductId,SkuId,TermDuration,BillingPlan,Market,Currency,UnitPrice,ERP Price,EffectiveStartDate,EffectiveEndDate\n"
	schema := keep(item.Column{Name: "a", Header: "A"}, item.Column{Name: "b", Header: "B"}, item.Column{Name: "c", Header: "C"})
	book := func(shared, sheet string) string { return string(rawBook(t, "", shared, "", sheet)) }
	head, _, _ := strings.Cut(cell3(""), `<row><c t="str">`)
	for name, c := range map[string]struct {
		file  string
		times int
	}{
		"short lines":           {fill(short, "A,1,P1Y,None,US,USD,1,1,,\n", ""), licenseTimes},
		"lines with warnings":   {fill(short, "A,1,P,x,U,U,1,1,,\n", ""), licenseTimes},
		"lines that are wrong":  {fill(short, ",,,,,,,,,\n,x,,,,,,,,\n", ""), licenseTimes},
		"unsure numbers":        {fill(short, "A,1,P1Y,None,US,USD,\"1,234\",\"1,234\",,\n", ""), licenseTimes},
		"malformed lines":       {fill(short, "a\"\n", ""), licenseTimes},
		"commas":                {fill(short, ",", ""), licenseTimes},
		"commas in the header":  {fill("", ",", ""), licenseTimes},
		"empty lines":           {fill(short, "\n", ""), licenseTimes},
		"quotes":                {fill(short, `""""`, ""), licenseTimes},
		"cells of a workbook":   {book("", fill(head, `<row><c><v>1</v></c><c><v>1</v></c></row>`, "</sheetData>")), licenseTimes},
		"rows of a workbook":    {book("", fill(head, `<row/>`, "</sheetData>")), licenseTimes},
		"texts of a workbook":   {book(fill("", "<si/>", ""), head), licenseTimes},
		"lines of a workbook":   {book("<si><t>A</t></si>", fill(head, "<row>"+strings.Repeat(`<c t="s"><v>0</v></c>`, 6)+"<c><v>1</v></c><c><v>1</v></c></row>", "</sheetData>")), licenseTimes},
		"entries of an archive": {entries(t, 5000), licenseTimes},
		"items":                 {fill("A,B,C\n", "1,2,3\n", ""), itemTimes},
		"items of one cell":     {fill("A,B,C\n", "1,,\n", ""), itemTimes},
		"items of a workbook":   {book("", fill(`<sheetData><row><c t="str"><v>A</v></c><c t="str"><v>B</v></c></row>`, `<row><c><v>1</v></c></row>`, "</sheetData>")), itemTimes},
		"YAML":                  {fill("", "- a: b\n", ""), yamlTimes},
		"short YAML":            {fill("[", "a,", "]"), yamlTimes},
		"YAML of nothing":       {fill("[", "{},", "{}]"), yamlTimes},
	} {
		read := map[int]func(){
			licenseTimes: func() { ReadLicense("x", []byte(c.file), Options{}) },
			itemTimes:    func() { ReadItems("x", []byte(c.file), schema, Options{}) },
			yamlTimes:    func() { ReadDocuments("x", []byte(c.file[:min(len(c.file), maxYAML)]), schema, Options{}) },
		}[c.times]
		n, size := allocated(read), unpackedSize([]byte(c.file), Limits{})
		t.Logf("%s: %d times", name, n/size)
		if n > c.times*size+always {
			t.Errorf("%s: %d bytes allocated for %d, %d times", name, n, size, n/size)
		}
	}
}

func entries(t *testing.T, n int) string {
	t.Helper()
	parts := make([]string, 0, 2*n)
	for range n {
		parts = append(parts, ".", "")
	}
	return string(zipOf(t, parts...))
}
