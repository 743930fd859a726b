package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/schemas"
)

var update = flag.Bool("update", false, "write the examples in schemas/events/examples anew")

const exampleFolder = "../../schemas/events/examples"

func TestTheExamplesAreWhatTheProductPublishes(t *testing.T) {
	for typ, m := range examples(t) {
		var want bytes.Buffer
		if err := json.Indent(&want, m.Data, "", "  "); err != nil {
			t.Fatal(err)
		}
		want.WriteByte('\n')
		file := filepath.Join(exampleFolder, string(typ)+".json")
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := schemas.Example(string(typ))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), want.String()); diff != "" {
			t.Errorf("%s (-file +published); go test -update writes the file anew, but ids of a version must not change:\n%s", file, diff)
		}
	}
}

func TestEveryTypeHasASchemaAndAnExampleThatDecodes(t *testing.T) {
	types, err := schemas.Types()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, typ := range Types() {
		want = append(want, string(typ))
		data, err := schemas.Example(string(typ))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(examples(t)[typ].Subject, data); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Fatalf("(-types +schemas)\n%s", diff)
	}
	if _, err := schemas.Schema("pricewire.nothing.v1"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// compiled returns the schema of every type, each judged against the JSON Schema 2020-12 metaschema on the way, formats included.
func compiled(t testing.TB) map[Type]*jsonschema.Schema {
	all := map[Type]*jsonschema.Schema{}
	for _, typ := range Types() {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		doc := schemaDocument(t, typ)
		if got := doc["$schema"]; got != "https://json-schema.org/draft/2020-12/schema" {
			t.Fatalf("%s is of dialect %v", typ, got)
		}
		url, _ := doc["$id"].(string)
		if url != "urn:pricewire:schema:"+string(typ) {
			t.Fatalf("%s is called %s", typ, url)
		}
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile(url)
		if err != nil {
			t.Fatal(err)
		}
		all[typ] = s
	}
	return all
}

func schemaDocument(t testing.TB, typ Type) map[string]any {
	data, err := schemas.Schema(string(typ))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

func validate(s *jsonschema.Schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestExamplesValidate(t *testing.T) {
	for typ, s := range compiled(t) {
		data, err := schemas.Example(string(typ))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, data); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		if err := validate(s, full(t)[typ].Data); err != nil {
			t.Errorf("%s with every field: %v", typ, err)
		}
	}
}

func TestWhateverIsPublishedValidates(t *testing.T) {
	all := compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		p := genPayload(t)
		m := encode(t, p)
		if err := validate(all[p.Type()], m.Data); err != nil {
			t.Fatalf("%v\n%s", err, m.Data)
		}
	})
}

func TestWhatDecodeRefusesOfAFieldItsSchemaRefusesToo(t *testing.T) {
	all := compiled(t)
	for typ, m := range full(t) {
		for _, p := range places(typ) {
			missing := damaged(t, m, p.path, func(holder map[string]any, name string) { delete(holder, name) })
			if err := validate(all[typ], missing); (err == nil) != p.optional {
				t.Errorf("%s without %s: %v", typ, p.path, err)
			}
			null := damaged(t, m, p.path, func(holder map[string]any, name string) { holder[name] = nil })
			_, decoded := Decode(m.Subject, null)
			if decoded != nil && strings.Contains(decoded.Error(), "begins before") {
				continue // no schema can say that periods follow one another
			}
			if err := validate(all[typ], null); (err == nil) != (decoded == nil) {
				t.Errorf("%s with null for %s: schema %v, decoding %v", typ, p.path, err, decoded)
			}
		}
	}
}

func TestGoTypesAndSchemasDescribeTheSameFields(t *testing.T) {
	for _, typ := range Types() {
		doc := schemaDocument(t, typ)
		described := describe(t, doc, doc, nil)
		var want []string
		for _, p := range places(typ) {
			want = append(want, fmt.Sprintf("%s optional=%v nullable=%v", strings.Join(p.path, "."), p.optional, p.nullable))
		}
		slices.Sort(want)
		slices.Sort(described)
		if diff := cmp.Diff(want, described); diff != "" {
			t.Errorf("%s (-types +schema)\n%s", typ, diff)
		}
	}
}

// describe lists every field of a schema in the words of TestGoTypesAndSchemasDescribeTheSameFields.
func describe(t *testing.T, doc, schema map[string]any, path []string) []string {
	schema, _ = resolve(t, doc, schema)
	if schema["type"] == "array" {
		return describe(t, doc, schema["items"].(map[string]any), append(path, "*"))
	}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	if properties != nil && schema["additionalProperties"] != true {
		t.Errorf("%s: fields may be added within a version, but the schema forbids it", path)
	}
	var all []string
	for name, property := range properties {
		p := property.(map[string]any)
		if p["description"] == nil {
			t.Errorf("%s.%s has no description", path, name)
		}
		_, nullable := resolve(t, doc, p)
		below := append(slices.Clone(path), name)
		all = append(all, fmt.Sprintf("%s optional=%v nullable=%v", strings.Join(below, "."), !slices.Contains(required, any(name)), nullable))
		all = append(all, describe(t, doc, p, below)...)
	}
	return all
}

// resolve follows a reference, and sees through the choice between something and null.
func resolve(t *testing.T, doc, schema map[string]any) (resolved map[string]any, nullable bool) {
	if choices, ok := schema["oneOf"].([]any); ok && len(choices) == 2 {
		if last, ok := choices[1].(map[string]any); ok && last["type"] == "null" {
			schema, nullable = choices[0].(map[string]any), true
		}
	}
	if to, ok := schema["$ref"].(string); ok {
		definition, ok := doc["$defs"].(map[string]any)[strings.TrimPrefix(to, "#/$defs/")].(map[string]any)
		if !ok {
			t.Fatalf("%s leads nowhere", to)
		}
		schema = definition
	}
	return schema, nullable
}

func TestWhateverDecodesValidatesAndCanBePublishedAgain(t *testing.T) {
	all, messages := compiled(t), full(t)
	odd := []any{
		nil, true, 0, 1, -1, 1e18, 0.5, "", "0", "-0", "-1", "00", "1.0", "1e5", "0.0000000000000000001", "99999999999999999999", "usd", "EUR", "ZZ",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-21T12:00:00z", "2026-01-21T12:00:00+00:00", "2026-01-21T24:00:00Z", "2026-12",
		"/w==", "/w=\n=", "\u00e9\u0000", "added", "removed", strings.Repeat("0", 32), strings.Repeat("a", 64),
		[]any{},
		map[string]any{},
		map[string]any{"title": "x"},
		map[string]any{"title": ""},
		map[string]any{"Title": "x"},
		map[string]any{"title": nil},
		"license-us-2026-12-r1",
	}
	accepted := 0
	rapid.Check(t, func(rt *rapid.T) {
		typ := rapid.SampledFrom(Types()).Draw(rt, "type")
		m := messages[typ]
		p := rapid.SampledFrom(places(typ)).Draw(rt, "place")
		value := rapid.SampledFrom(odd).Draw(rt, "value")
		data := damaged(t, m, p.path, func(holder map[string]any, name string) { holder[name] = value })
		e, err := Decode(m.Subject, data)
		if err != nil {
			return
		}
		accepted++
		if err := validate(all[typ], data); err != nil {
			rt.Fatalf("it decodes, but its schema refuses it: %v", err)
		}
		if diff := cmp.Diff(e.Payload, decode(rt, encode(rt, e.Payload)).Payload); diff != "" {
			rt.Fatal(diff)
		}
	})
	if accepted == 0 {
		t.Fatal("nothing was accepted, so nothing was shown")
	}
}
