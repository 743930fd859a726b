package schemas_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/schemas"
)

func TestContractsAreThoseReleasedPlusAdditions(t *testing.T) {
	released, err := schemas.Released()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(released, "events/*.schema.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d released schemas: %v", len(files), err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(strings.TrimPrefix(file, "events/"), ".schema.json")
		before, err := fs.ReadFile(released, file)
		if err != nil {
			t.Fatal(err)
		}
		after, err := schemas.Schema(kind)
		if err != nil {
			t.Errorf("the type %s was released, and is gone", kind)
			continue
		}
		broken, err := schemas.Breaks(before, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range broken {
			t.Errorf("%s: %s", kind, b)
		}
	}
}

// TestPlantedBreaksAreFound changes a schema in every way that subscribers could not live with, and in ways that they can.
func TestPlantedBreaksAreFound(t *testing.T) {
	const base = `{"type":"object","required":["a","b"],"$defs":{"money":{"type":"string","pattern":"^x$"}},
		"properties":{"a":{"$ref":"#/$defs/money","description":"d"},"b":{"enum":["x","y"]},"c":{"type":"array","items":{"type":"integer","minimum":1}},
		"d":{"oneOf":[{"type":"null"},{"$ref":"#/$defs/money"}]},"e":{"const":"1.0"},"f":{"type":"string","format":"date-time"}}}`
	for what, c := range map[string]struct{ from, to, says string }{
		"nothing":                    {"", "", ""},
		"words":                      {`"description":"d"`, `"description":"other words"`, ""},
		"a field more":               {`"e":{`, `"new":{"type":"string"},"e":{`, ""},
		"a value more":               {`["x","y"]`, `["x","y","z"]`, ""},
		"the same without a name":    {`{"$ref":"#/$defs/money","description":"d"}`, `{"type":"string","pattern":"^x$"}`, ""},
		"a field less":               {`,"e":{"const":"1.0"}`, ``, "/e: the field is gone"},
		"another type":               {`"type":"integer"`, `"type":"string"`, "/c/items: type"},
		"a wider type":               {`"type":"integer"`, `"type":["integer","null"]`, "/c/items: type"},
		"a field no longer there":    {`"required":["a","b"]`, `"required":["a"]`, "fields that every event has"},
		"a field that old ones lack": {`"required":["a","b"]`, `"required":["a","b","c"]`, "fields that every event has"},
		"a value less":               {`["x","y"]`, `["x"]`, "/b: value y is gone"},
		"a bound":                    {`"minimum":1`, `"minimum":0`, "minimum"},
		"a bound gone":               {`,"minimum":1`, ``, "minimum"},
		"a pattern behind a name":    {`"pattern":"^x$"`, `"pattern":"^y$"`, "/a: pattern"},
		"an alternative":             {`{"type":"null"},`, ``, "/d/oneOf"},
		"a constant":                 {`"const":"1.0"`, `"const":"1.1"`, "/e: const"},
		"a format":                   {`,"format":"date-time"`, ``, "/f: format"},
		"closed to additions":        {`"type":"object",`, `"type":"object","additionalProperties":false,`, "additionalProperties"},
		"values where any was good":  {`"f":{"type":"string"`, `"f":{"enum":["q"],"type":"string"`, "/f: values are bounded"},
	} {
		after := strings.Replace(base, c.from, c.to, 1)
		if c.from != "" && after == base {
			t.Errorf("%s: nothing was changed", what)
		}
		broken, err := schemas.Breaks([]byte(base), []byte(after))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if text := strings.Join(broken, "; "); (c.says == "") != (text == "") || !strings.Contains(text, c.says) {
			t.Errorf("%s: found %q, want %q", what, text, c.says)
		}
	}
	for _, bad := range []string{"", "[]", "{"} {
		if _, err := schemas.Breaks([]byte(bad), []byte(base)); err == nil {
			t.Errorf("%q is compared", bad)
		}
		if _, err := schemas.Breaks([]byte(base), []byte(bad)); err == nil {
			t.Errorf("%q is compared", bad)
		}
	}
}

// TestEveryReleasedFieldIsGuarded takes each field out of each released schema, and expects to be told.
func TestEveryReleasedFieldIsGuarded(t *testing.T) {
	types, err := schemas.Types()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, kind := range types {
		before, err := schemas.Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(before, &document); err != nil {
			t.Fatal(err)
		}
		data := document["properties"].(map[string]any)["data"].(map[string]any)["properties"].(map[string]any)
		for name, kept := range data {
			delete(data, name)
			after, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			data[name] = kept
			broken, err := schemas.Breaks(before, after)
			if err != nil || !strings.Contains(strings.Join(broken, "; "), "/data/"+name+": the field is gone") {
				t.Errorf("%s without %s: %v, %v", kind, name, broken, err)
			}
			tried++
		}
	}
	if tried < 50 {
		t.Errorf("%d fields were tried", tried)
	}
}
