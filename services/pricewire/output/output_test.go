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
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("xml accepted")
	}
}
