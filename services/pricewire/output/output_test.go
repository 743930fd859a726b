package output

import (
	"encoding/json"
	"strings"
	"testing"
)

func items() []json.RawMessage {
	return []json.RawMessage{
		json.RawMessage(`{"id":"a","price":"7.50","diff":{"added":1},"title":"=cmd()","note":null,"n":-3}`),
		json.RawMessage(`{"id":"b","price":"-0.5","diff":{"added":2},"title":"two, \"words\"","more":[1,2]}`),
	}
}

func TestEveryFormatShowsTheSameAnswers(t *testing.T) {
	for format, want := range map[Format]string{
		Table:  "ID  PRICE  DIFF ADDED\na   7.50   1\nb   -0.5   2\n",
		NDJSON: "{\"id\":\"a\",\"price\":\"7.50\",\"diff\":{\"added\":1},\"title\":\"=cmd()\",\"note\":null,\"n\":-3}\n{\"id\":\"b\",\"price\":\"-0.5\",\"diff\":{\"added\":2},\"title\":\"two, \\\"words\\\"\",\"more\":[1,2]}\n",
		CSV:    "id,price,diff.added,title,note,n,more\na,7.50,1,'=cmd(),,-3,\nb,-0.5,2,\"two, \"\"words\"\"\",,,\"[1,2]\"\n",
	} {
		var out strings.Builder
		if err := List(&out, format, items(), "id", "price", "diff.added"); err != nil || out.String() != want {
			t.Errorf("%s: %v\n%s", format, err, out.String())
		}
	}
}

func TestAJSONListIsNeverNull(t *testing.T) {
	var out strings.Builder
	if err := List(&out, JSON, nil); err != nil || !strings.Contains(out.String(), `"items": []`) {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestAnObjectKeepsTheServersOrder(t *testing.T) {
	var out strings.Builder
	if err := Object(&out, Table, items()[0]); err != nil || out.String() != "id          a\nprice       7.50\ndiff.added  1\ntitle       =cmd()\nnote        \nn           -3\n" {
		t.Errorf("%v\n%q", err, out.String())
	}
}

func TestATerminalIsNotSteeredByData(t *testing.T) {
	var out strings.Builder
	if err := List(&out, Table, []json.RawMessage{json.RawMessage(`{"a":"x\u001b[31m\ny"}`)}, "a"); err != nil || out.String() != "A\nx\uFFFD[31m\uFFFDy\n" {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestAnEmptyCSVHasItsHeader(t *testing.T) {
	var out strings.Builder
	if err := List(&out, CSV, nil, "a", "b"); err != nil || out.String() != "a,b\n" {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestWhatIsNoJSONIsAnError(t *testing.T) {
	for _, format := range []Format{Table, JSON, NDJSON, CSV} {
		if err := Object(&strings.Builder{}, format, json.RawMessage(`{"a":`)); err == nil {
			t.Errorf("%s accepted it", format)
		}
	}
	if _, err := ParseFormat("xml", Plain()...); err == nil {
		t.Error("xml accepted")
	}
}

func TestEveryFormatIsKnownByItsNameWhereItIsGiven(t *testing.T) {
	all := append(Plain(), XLSX, Parquet)
	for _, f := range all {
		got, err := ParseFormat(string(f), all...)
		if err != nil || got != f || (f.MediaType() == "") != (f == Table) || f.Binary() != (f == XLSX || f == Parquet) {
			t.Errorf("%s: %s, %v, %q, binary %v", f, got, err, f.MediaType(), f.Binary())
		}
	}
	if _, err := ParseFormat("xlsx", Plain()...); err == nil || !strings.Contains(err.Error(), "table, json, ndjson or csv") {
		t.Errorf("%v", err)
	}
	if Names() != "" || Names(CSV) != "csv" || Names(CSV, JSON) != "csv or json" {
		t.Errorf("%q, %q, %q", Names(), Names(CSV), Names(CSV, JSON))
	}
}

func TestFilesOfTheServersMakingAreNotMadeHere(t *testing.T) {
	for _, format := range []Format{XLSX, Parquet} {
		var out strings.Builder
		if List(&out, format, items()) == nil || Object(&out, format, items()[0]) == nil || out.Len() > 0 {
			t.Errorf("%s: %q", format, out.String())
		}
	}
}

func TestAGridIsSafeAndItsRowsMayBeShort(t *testing.T) {
	var out strings.Builder
	if err := Grid(&out, []string{"A", "B"}, [][]string{{"x"}, {"a\tb", "c"}}); err != nil || out.String() != "A    B\nx    \na\uFFFDb  c\n" {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestFieldsAndCellsReachIntoAnswers(t *testing.T) {
	cells, err := Cells(items()[0], "id", "diff.added", "note", "none")
	if err != nil || strings.Join(cells, "|") != "a|1||" {
		t.Errorf("%q, %v", cells, err)
	}
	names, err := Fields(items())
	if err != nil || strings.Join(names, " ") != "id price diff.added title note n more" {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := Cells(json.RawMessage(`{"a":`), "a"); err == nil {
		t.Error("half an answer has cells")
	}
	if _, err := Fields([]json.RawMessage{json.RawMessage(`{"a":`)}); err == nil {
		t.Error("half an answer has fields")
	}
}

func TestColumnsAreThoseNamedWhateverTheAnswersHave(t *testing.T) {
	var out strings.Builder
	if err := Columns(&out, items(), "n", "id", "diff.removed"); err != nil || out.String() != "n,id,diff.removed\n-3,a,\n,b,\n" {
		t.Errorf("%v: %q", err, out.String())
	}
}
