package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"github.com/pricewire/pricewire/pkg/fault"
)

func rowsOf(rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// everything is a table with every kind of column.
func everything() Table {
	return Table{
		Name:    "A/list",
		Columns: []Column{{"name", Text}, {"price", Decimal}, {"at", Time}, {"count", Whole}, {"on", Flag}, {"more", Text}},
		Rows: rowsOf(
			[]string{"=1+1", "7.50", "2026-12-01T06:55:00Z", "3", "true", "a \"b\"\n<c>"},
			[]string{"", "", "", "", "", ""},
			[]string{"é", "-12345678901234567890.000000000000000001", "2026-12-01T00:00:00.0000005Z", "-9223372036854775808", "false", "0005"},
		),
		Notes: []Note{{"Release", "license-us-2026-12-r1"}, {"=formula", "of\nlines"}},
	}
}

func written(t *testing.T, f Format, table Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTable(&b, f, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestATableIsWrittenAsText(t *testing.T) {
	long := "-12345678901234567890.000000000000000001"
	for f, want := range map[Format]string{
		CSV: "\ufeffname,price,at,count,on,more\n'=1+1,7.50,2026-12-01T06:55:00Z,3,true,\"a \"\"b\"\"\n<c>\"\n,,,,,\né," + long + ",2026-12-01T00:00:00.0000005Z,-9223372036854775808,false,0005\n",
		JSON: "[\n  {\"name\":\"=1+1\",\"price\":\"7.50\",\"at\":\"2026-12-01T06:55:00Z\",\"count\":3,\"on\":true,\"more\":\"a \\\"b\\\"\\u000a<c>\"},\n" +
			"  {\"name\":null,\"price\":null,\"at\":null,\"count\":null,\"on\":null,\"more\":null},\n" +
			"  {\"name\":\"é\",\"price\":\"" + long + "\",\"at\":\"2026-12-01T00:00:00.0000005Z\",\"count\":-9223372036854775808,\"on\":false,\"more\":\"0005\"}\n]\n",
		YAML: "# Release: license-us-2026-12-r1\n# =formula: of lines\n- name: \"=1+1\"\n  price: \"7.50\"\n  at: \"2026-12-01T06:55:00Z\"\n  count: \"3\"\n  \"on\": \"true\"\n  more: \"a \\\"b\\\"\\n<c>\"\n- {}\n" +
			"- name: \"é\"\n  price: \"" + long + "\"\n  at: \"2026-12-01T00:00:00.0000005Z\"\n  count: \"-9223372036854775808\"\n  \"on\": \"false\"\n  more: \"0005\"\n",
	} {
		if diff := cmp.Diff(want, string(written(t, f, everything()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
	}
	lines := strings.Split(string(written(t, NDJSON, everything())), "\n")
	for _, line := range lines[:3] {
		if !json.Valid([]byte(line)) {
			t.Errorf("%s is no JSON", line)
		}
	}
	if len(lines) != 4 || lines[3] != "" || !json.Valid(written(t, JSON, everything())) {
		t.Errorf("%q", lines)
	}
	none := everything()
	none.Rows = rowsOf()
	if got := string(written(t, JSON, none)) + string(written(t, NDJSON, none)); got != "[]\n" {
		t.Errorf("%q", got)
	}
}

func TestAWorkbookHasTypedCellsAndAHeaderThatStays(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, XLSX, everything())))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"A list", "Notes"}, f.GetSheetList()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	raw := func(cell string) string {
		kind, _ := f.GetCellType("A list", cell)
		value, err := f.GetCellValue("A list", cell, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		return map[excelize.CellType]string{
			excelize.CellTypeInlineString: "text ", excelize.CellTypeUnset: "number ", excelize.CellTypeNumber: "number ", excelize.CellTypeBool: "flag ",
		}[kind] + value
	}
	for cell, want := range map[string]string{
		"A1": "text name", "A2": "text '=1+1", "B2": "number 7.5", "C2": "number 46357.2881944444", "D2": "number 3", "E2": "flag 1", "F2": "text a \"b\"\n<c>",
		"A3": "number ", "B4": "text -12345678901234567890.000000000000000001", "C4": "text 2026-12-01T00:00:00.0000005Z", "D4": "text -9223372036854775808", "E4": "flag 0", "F4": "text 0005",
	} {
		if got := raw(cell); got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	shown, _ := f.GetRows("A list")
	if shown[1][1] != "7.50" || shown[1][2] != "2026-12-01 06:55:00" {
		t.Errorf("%q", shown[1])
	}
	panes, err := f.GetPanes("A list")
	style, _ := f.GetCellStyle("A list", "A1")
	bold, _ := f.GetStyle(style)
	if err != nil || !panes.Freeze || panes.YSplit != 1 || !bold.Font.Bold {
		t.Errorf("%+v, %+v, %v", panes, bold, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "'A list'!$A$1:$F$4" {
		t.Errorf("filters %+v", names)
	}
	if w, _ := f.GetColWidth("A list", "A"); w < 20 {
		t.Errorf("width %f", w)
	}
	notes, _ := f.GetRows("Notes")
	if diff := cmp.Diff([][]string{{"Release", "license-us-2026-12-r1"}, {"'=formula", "of\nlines"}}, notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALongTableGoesOnInFurtherSheets(t *testing.T) {
	var b bytes.Buffer
	table := Table{Name: "Notes", Columns: []Column{{"Title", Text}, {"Place", Text}}, Rows: rowsOf([]string{"a", "1"}, []string{"b", "2"}, []string{"c", "3"}, []string{"d", "4"}, []string{"e", "5"})}
	if err := writeXLSX(&b, []Table{table}, []Note{{"a", "b"}}, 3); err != nil {
		t.Fatal(err)
	}
	s, err := ReadItems("x", b.Bytes(), library(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "Notes 2!2 a title=a shelf=1|Notes 2!3 b title=b shelf=2|Notes 3!2 c title=c shelf=3|Notes 3!3 d title=d shelf=4|Notes 4!2 e title=e shelf=5"
	if got := said(s.Rows); got != want {
		t.Error(got)
	}
}

func TestSheetsHaveNamesThatSpreadsheetsAccept(t *testing.T) {
	var b bytes.Buffer
	var tables []Table
	for _, name := range []string{"", "list", "'[x]'", strings.Repeat("é", 40), strings.Repeat("é", 40), strings.Repeat("𝄞", 40), "\xff:"} {
		tables = append(tables, Table{Name: name, Columns: []Column{{"a", Text}}, Rows: rowsOf()})
	}
	if err := writeXLSX(&b, tables, nil, maxSheetRows); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []string{"List", "list 2", "x", strings.Repeat("é", 31), strings.Repeat("é", 29) + " 2", strings.Repeat("𝄞", 15), "List 3"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParquetKeepsEveryDigitAndTheOrderOfColumns(t *testing.T) {
	data := written(t, Parquet, everything())
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range f.Root().Columns() {
		columns = append(columns, c.Name()+" "+c.Type().String())
	}
	want := []string{"name STRING", "price DECIMAL(38,18)", "at TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", "count INT(64,true)", "on BOOLEAN", "more STRING"}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, _ := f.Lookup("Release"); got != "license-us-2026-12-r1" {
		t.Errorf("note %q", got)
	}
	rows := make([]parquet.Row, 4)
	n, err := parquet.NewReader(bytes.NewReader(data)).ReadRows(rows)
	if n != 3 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v", n, err)
	}
	units := new(big.Int).SetBytes(rows[2][1].ByteArray())
	units.Sub(units, new(big.Int).Lsh(big.NewInt(1), 128))
	if units.String() != "-12345678901234567890000000000000000001" {
		t.Error(units)
	}
	last := rows[2]
	if at := time.UnixMicro(last[2].Int64()).UTC(); at.Format(time.RFC3339Nano) != "2026-12-01T00:00:00Z" || last[3].Int64() != math.MinInt64 || last[4].Boolean() || string(last[5].ByteArray()) != "0005" {
		t.Errorf("%v", last)
	}
	for i, v := range rows[1] {
		if !v.IsNull() {
			t.Errorf("column %d is %v", i, v)
		}
	}
	if string(rows[0][0].ByteArray()) != "=1+1" {
		t.Errorf("%v", rows[0])
	}
}

func TestCellsThatAreNotWhatTheirColumnSaysAreRefused(t *testing.T) {
	for column, cells := range map[int][]string{
		0: {"\xff"}, 1: {"x", "1,5", "1e-30"}, 2: {"soon", "2026-13-01"}, 3: {"1.5", "9223372036854775808"}, 4: {"TRUE", "1"},
	} {
		for _, cell := range cells {
			for _, f := range []Format{CSV, XLSX, JSON, NDJSON, Parquet, YAML} {
				table := everything()
				row := make([]string, len(table.Columns))
				row[column] = cell
				table.Rows = rowsOf(row)
				err := WriteTable(io.Discard, f, table)
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "row 1, column "+table.Columns[column].Name) || len(fault.PlacesOf(err)) != 1 {
					t.Errorf("%s %q: %v", f, cell, err)
				}
			}
		}
	}
	for _, cell := range []string{"a\x00", "a\uffff", strings.Repeat("é", 40_000)} {
		table := Table{Columns: []Column{{"a", Text}}, Rows: rowsOf([]string{cell})}
		if err := WriteTable(io.Discard, XLSX, table); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "write it as CSV") {
			t.Errorf("%.10q: %v", cell, err)
		}
		if err := WriteTable(io.Discard, CSV, table); err != nil {
			t.Error(err)
		}
	}
}

func TestATableThatBreaksOffIsAnError(t *testing.T) {
	broken := errors.New("the rows broke off")
	for _, f := range []Format{CSV, XLSX, JSON, NDJSON, Parquet, YAML} {
		table := everything()
		table.Rows = func(yield func([]string, error) bool) {
			_ = yield([]string{"a", "1", "", "", "", ""}, nil) && yield(nil, broken)
		}
		if err := WriteTable(io.Discard, f, table); !errors.Is(err, broken) || fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", f, err)
		}
		table.Rows = rowsOf([]string{"short"})
		if err := WriteTable(io.Discard, f, table); err == nil {
			t.Errorf("%s: a short row is written", f)
		}
		if err := WriteTable(&full{10}, f, everything()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f, err)
		}
	}
	for _, table := range []Table{{}, {Columns: []Column{{"a", Text}, {"a", Text}}}, {Columns: []Column{{"", Text}}}} {
		if err := WriteTable(io.Discard, CSV, table); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	}
}

func TestFormatsAreKnownByName(t *testing.T) {
	for in, want := range map[string]Format{"csv": CSV, ".XLSX": XLSX, "Json": JSON, "ndjson": NDJSON, "parquet": Parquet, "yml": YAML, "yaml": YAML} {
		f, err := ParseFormat(in)
		if err != nil || f != want || f.ContentType() == "" || f.Extension() != "."+string(want) {
			t.Errorf("%s: %s, %v", in, f, err)
		}
	}
	for _, in := range []string{"", "pdf", "..csv"} {
		if f, err := ParseFormat(in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %s, %v", in, f, err)
		}
	}
	if err := WriteTable(io.Discard, "pdf", everything()); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
