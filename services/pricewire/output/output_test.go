package output

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/command"
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

// chosen writes to a page with the fields named.
func chosen(fields ...string) (*Page, *strings.Builder) {
	var out strings.Builder
	return &Page{Writer: &out, Fields: fields}, &out
}

func TestFieldsAreChosenAndOrderedInEveryForm(t *testing.T) {
	for format, want := range map[Format]string{
		Table:  "DIFF ADDED  ID\n1           a\n2           b\n",
		CSV:    "diff.added,id\n1,a\n2,b\n",
		NDJSON: "{\"diff\":{\"added\":1},\"id\":\"a\"}\n{\"diff\":{\"added\":2},\"id\":\"b\"}\n",
		JSON:   "{\n  \"items\": [\n    {\n      \"diff\": {\n        \"added\": 1\n      },\n      \"id\": \"a\"\n    },\n    {\n      \"diff\": {\n        \"added\": 2\n      },\n      \"id\": \"b\"\n    }\n  ],\n  \"next\": null\n}\n",
	} {
		for _, fields := range [][]string{{"diff.added", "id"}, {"diff", "id"}} {
			page, out := chosen(fields...)
			if err := List(page, format, items(), "id"); err != nil || out.String() != want {
				t.Errorf("%s of %v: %v\n%s", format, fields, err, out)
			}
		}
	}
}

func TestAFieldThatSomeRecordLacksIsNullOrEmpty(t *testing.T) {
	for format, want := range map[Format]string{NDJSON: "{\"more\":null}\n{\"more\":[1,2]}\n", CSV: "more\n\"\"\n\"[1,2]\"\n", Table: "MORE\n\n[1,2]\n"} {
		page, out := chosen("more")
		if err := List(page, format, items()); err != nil || strings.ReplaceAll(out.String(), "\"\"\n", "\n") != strings.ReplaceAll(want, "\"\"\n", "\n") {
			t.Errorf("%s: %v\n%q", format, err, out.String())
		}
	}
}

func TestAFieldThatDoesNotExistIsRefusedWithTheNearestAndAllOfThem(t *testing.T) {
	for _, format := range Plain() {
		for _, do := range []func(*Page) error{
			func(p *Page) error { return List(p, format, items(), "id") },
			func(p *Page) error { return Object(p, format, items()[0]) },
		} {
			page, out := chosen("id", "prize")
			err := do(page)
			if err == nil || command.Code(err) != command.UsageError || !strings.Contains(err.Error(), `no field "prize"; did you mean price?`) || !strings.Contains(fault.HintOf(err), "diff.added") || out.Len() > 0 {
				t.Errorf("%s: %v, hint %q, %q", format, err, fault.HintOf(err), out)
			}
		}
	}
	page, _ := chosen("prize")
	if err := List(page, Table, nil, "id"); err != nil {
		t.Errorf("nothing can be judged by no record: %v", err)
	}
}

func TestWhatHasBeenDoneIsShownWholeWhereAFieldDoesNotExist(t *testing.T) {
	for _, format := range Plain() {
		page, out := chosen("id", "prize")
		var said []error
		page.Warn = func(err error) { said = append(said, err) }
		err := Object(page, format, items()[0])
		if err != nil || len(said) != 1 || !strings.Contains(said[0].Error(), "did you mean price?") || !strings.Contains(out.String(), "7.50") {
			t.Errorf("%s: %v, %v: %s", format, err, said, out)
		}
	}
}

func TestFieldsReachIntoLists(t *testing.T) {
	answer := json.RawMessage(`{"id":"c","shards":[{"name":"x","rows":1},{"name":"y","rows":2}],"none":[]}`)
	for format, want := range map[Format]string{
		NDJSON: "{\"shards\":[{\"name\":\"x\"},{\"name\":\"y\"}]}\n",
		CSV:    "shards.name\n\"[\"\"x\"\",\"\"y\"\"]\"\n",
		Table:  "shards.name  [\"x\",\"y\"]\n",
	} {
		page, out := chosen("shards.name")
		if err := Object(page, format, answer); err != nil || out.String() != want {
			t.Errorf("%s: %v: %q", format, err, out)
		}
	}
	page, _ := chosen("shards.color")
	if err := Object(page, JSON, answer); err == nil {
		t.Error("shards have no color")
	}
}

func TestOnlyTheRecordsOfAnAnswerAreCut(t *testing.T) {
	page, out := chosen("id")
	answer := json.RawMessage(`{"summary":{"added":1},"lines":[{"id":1,"x":2}],"items":[],"none":null}`)
	want := "{\n  \"summary\": {\n    \"added\": 1\n  },\n  \"lines\": [\n    {\n      \"id\": 1\n    }\n  ],\n  \"items\": [],\n  \"none\": null\n}\n"
	if err := Members(page, answer, "lines", "items", "none", "missing"); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestHeadsAreLeftOutWhenNobodyWantsThem(t *testing.T) {
	for format, want := range map[Format]string{Table: "a  7.50\nb  -0.5\n", CSV: "a,7.50\nb,-0.5\n"} {
		page, out := chosen("id", "price")
		page.NoHeaders = true
		if err := List(page, format, items()); err != nil || out.String() != want {
			t.Errorf("%s: %v: %q", format, err, out)
		}
	}
}

func TestCellsAreAlignedAsATerminalShowsThem(t *testing.T) {
	var out strings.Builder
	if err := Grid(&out, []string{"NAME", "N"}, [][]string{{"日本", "1"}, {"cafe\u0301", "2"}, {"ab", "3"}}); err != nil || out.String() != "NAME  N\n日本  1\ncafe\u0301  2\nab    3\n" {
		t.Errorf("%v: %q", err, out.String())
	}
	for text, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "한": 2, "ﾊ": 1, "\u200b": 0, "…": 1, "🙂": 2} {
		if Width(text) != want {
			t.Errorf("%q takes %d, want %d", text, Width(text), want)
		}
	}
}

func TestATerminalThatIsTooNarrowCutsWordsAndNeverNumbersOrIDs(t *testing.T) {
	rows := [][]string{{"0008fc59-f088-5d25-8e72-147ec2e66261", "Virtual Machines Easv5 Series for everybody", "0.0000166667"}}
	var out strings.Builder
	page := &Page{Writer: &out, Width: 70}
	if err := Grid(page, []string{"METER", "PRODUCT", "PRICE"}, rows); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if Width(strings.TrimSuffix(line, "\n")) > 70 {
			t.Errorf("wider than the terminal: %q", line)
		}
	}
	if !strings.Contains(out.String(), rows[0][0]) || !strings.Contains(out.String(), rows[0][2]) || !strings.Contains(out.String(), "…") {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	page.Width = 20
	if err := Grid(page, []string{"METER"}, [][]string{{rows[0][0]}}); err != nil || !strings.Contains(out.String(), rows[0][0]) {
		t.Errorf("an id was cut: %v: %s", err, out.String())
	}
}

func TestRowsThatComeOneByOneStayAligned(t *testing.T) {
	var out strings.Builder
	page := &Page{Writer: &out, Rolling: true}
	for _, row := range [][]string{{"abcdef", "1"}, {"a", "2"}, {"abcdefgh", "3"}, {"b", "4"}} {
		if err := Grid(page, []string{"X", "N"}, [][]string{row}); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != "X       N\nabcdef  1\na       2\nabcdefgh  3\nb         4\n" {
		t.Errorf("%q", out.String())
	}
}

func TestColoursObeyTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		terminal    bool
		environment map[string]string
		want        bool
	}{
		"a terminal":              {true, nil, true},
		"a pipe":                  {false, nil, false},
		"NO_COLOR":                {true, map[string]string{"NO_COLOR": "1"}, false},
		"an empty NO_COLOR":       {true, map[string]string{"NO_COLOR": ""}, true},
		"CLICOLOR=0":              {true, map[string]string{"CLICOLOR": "0"}, false},
		"a dumb terminal":         {true, map[string]string{"TERM": "dumb"}, false},
		"CLICOLOR_FORCE":          {false, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
		"CLICOLOR_FORCE=0":        {false, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		"NO_COLOR wins over that": {true, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
	} {
		got := Colors(c.terminal, func(name string) (string, bool) {
			value, ok := c.environment[name]
			return value, ok
		})
		if got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	var out strings.Builder
	if err := Grid(&Page{Writer: &out, Color: true}, []string{"A"}, [][]string{{"x"}}); err != nil || out.String() != "\x1b[1mA\x1b[0m\nx\n" {
		t.Errorf("%v: %q", err, out.String())
	}
	if Toned(&out, Bad, "x") != "x" {
		t.Error("what is no page has no colours")
	}
}
