package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/pricewire/pricewire/services/api/contract"
)

var update = flag.Bool("update", false, "write schemas/openapi.yaml anew")

// The description as it is kept, and as it was when it was last released.
const (
	committed = "../../schemas/openapi.yaml"
	released  = "../../schemas/released/openapi.yaml"
)

func TestTheCommittedDescriptionIsWhatTheServerSays(t *testing.T) {
	_, raw := setup(t).raw(t, "GET", "/openapi.yaml", "")
	if *update {
		if err := os.WriteFile(committed, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, raw) {
		t.Errorf("schemas/openapi.yaml has %d bytes and the server says %d: make openapi writes it anew", len(kept), len(raw))
	}
}

func TestNothingIsBrokenThatWasReleased(t *testing.T) {
	old, err := os.ReadFile(released)
	if err != nil {
		t.Fatal(err)
	}
	_, raw := setup(t).raw(t, "GET", "/openapi.yaml", "")
	var before, after contract.Document
	if err := yaml.Unmarshal(old, &before); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &after); err != nil {
		t.Fatal(err)
	}
	for _, broken := range contract.Breaks(before, after) {
		t.Error(broken)
	}
}

// reference is the description with its schemas compiled.
type reference struct {
	tree     map[string]any
	compiler *jsonschema.Compiler
}

// referenceOf reads the description of a server; in a strict one answers hold nothing that is not described.
func referenceOf(t *testing.T, raw []byte, strict bool) reference {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		closeObjects(tree)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", tree); err != nil {
		t.Fatal(err)
	}
	return reference{tree.(map[string]any), c}
}

// closeObjects lets objects hold only what is described of them.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == "object" && v["properties"] != nil && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			closeObjects(one)
		}
	case []any:
		for _, one := range v {
			closeObjects(one)
		}
	}
}

// schema compiles what stands at a place of the description.
func (r reference) schema(t *testing.T, place ...string) *jsonschema.Schema {
	t.Helper()
	var pointer strings.Builder
	for _, part := range place {
		pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D", " ", "%20").Replace(part))
	}
	s, err := r.compiler.Compile("openapi.json#" + pointer.String())
	if err != nil {
		t.Fatalf("%s: %v", pointer.String(), err)
	}
	return s
}

// at is what stands at a place of the description, references followed.
func (r reference) at(place ...string) any {
	var v any = r.tree
	for _, part := range place {
		o, _ := v.(map[string]any)
		if ref, ok := o["$ref"].(string); ok {
			o, _ = r.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
		}
		v = o[part]
	}
	if o, ok := v.(map[string]any); ok {
		if ref, ok := o["$ref"].(string); ok {
			return r.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return v
}

// each visits every operation in order.
func (r reference) each(visit func(method, path string, op map[string]any)) {
	paths := r.tree["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path].(map[string]any)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			visit(method, path, item[method].(map[string]any))
		}
	}
}

func TestEveryExampleIsWhatItsSchemaDescribes(t *testing.T) {
	_, raw := setup(t).raw(t, "GET", "/openapi.json", "")
	r := referenceOf(t, raw, true)
	tried := 0
	check := func(value any, place ...string) {
		tried++
		if err := r.schema(t, append(place, "schema")...).Validate(value); err != nil {
			t.Errorf("%v: %v", place, err)
		}
	}
	r.each(func(method, path string, op map[string]any) {
		where := []string{"paths", path, method}
		parameters, _ := op["parameters"].([]any)
		for i, p := range parameters {
			p := p.(map[string]any)
			if p["example"] == nil || p["description"] == nil {
				t.Errorf("%v: %v has no example or description", where, p["name"])
			}
			check(p["example"], append(where, "parameters", fmt.Sprint(i))...)
		}
		body, _ := op["requestBody"].(map[string]any)
		content, _ := body["content"].(map[string]any)
		for mediaType, m := range content {
			example, has := m.(map[string]any)["example"]
			if !has && mediaType != "application/zip" {
				t.Errorf("%v: %s has no example", where, mediaType)
			}
			if has {
				check(example, append(where, "requestBody", "content", mediaType)...)
			}
		}
		for status := range op["responses"].(map[string]any) {
			response, _ := r.at("paths", path, method, "responses", status).(map[string]any)
			content, _ := response["content"].(map[string]any)
			for mediaType, m := range content {
				m := m.(map[string]any)
				if m["schema"] == nil {
					t.Errorf("%v %s %s has no schema", where, status, mediaType)
				}
				example, has := m["example"]
				if !has && (strings.Contains(mediaType, "json") || mediaType == eventStream) {
					t.Errorf("%v %s %s has no example", where, status, mediaType)
				}
				if has && strings.HasPrefix(status, "2") {
					check(example, append(where, "responses", status, "content", mediaType)...)
				}
			}
		}
	})
	for name, v := range r.tree["components"].(map[string]any)["responses"].(map[string]any) {
		check(v.(map[string]any)["content"].(map[string]any)[problemType].(map[string]any)["example"], "components", "responses", name, "content", problemType)
	}
	if tried < 400 {
		t.Errorf("only %d examples were tried", tried)
	}
}

func TestEveryOperationSaysWhatItIsAndWhatItCanEndIn(t *testing.T) {
	_, raw := setup(t).raw(t, "GET", "/openapi.json", "")
	r := referenceOf(t, raw, false)
	r.each(func(method, path string, op map[string]any) {
		where := method + " " + path
		for _, key := range []string{"operationId", "summary", "description", "tags"} {
			if v := fmt.Sprint(op[key]); op[key] == nil || v == "" || v == "[]" {
				t.Errorf("%s has no %s", where, key)
			}
		}
		responses := op["responses"].(map[string]any)
		needed := []string{"400", "406", "414", "421", "422", "429", "500", "503"}
		if strings.Contains(path, "{") {
			needed = append(needed, "404")
		}
		if op["requestBody"] != nil {
			needed = append(needed, "408", "413", "415")
		}
		for _, status := range needed {
			problem, _ := r.at("paths", path, method, "responses", status, "content", problemType, "schema").(map[string]any)
			if problem["properties"] == nil {
				t.Errorf("%s does not declare %s as a problem", where, status)
			}
		}
		if responses["default"] != nil {
			t.Errorf("%s declares anything", where)
		}
		reads := method == "get" || strings.Contains(path, ":lookup") || strings.Contains(path, ":lint")
		parameters, _ := op["parameters"].([]any)
		hasKey := slices.ContainsFunc(parameters, func(p any) bool { return p.(map[string]any)["name"] == headerIdempotency })
		if reads == hasKey {
			t.Errorf("%s: takes a key: %v, only reads: %v", where, hasKey, reads)
		}
	})
	if version := r.tree["openapi"]; version != "3.1.0" {
		t.Errorf("openapi %v", version)
	}
}

func TestTheDescriptionIsTheSameForEveryServerAndIsSentOnce(t *testing.T) {
	b := setup(t)
	first, raw := b.raw(t, "GET", "/openapi.json", "")
	if !json.Valid(raw) || first.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%v", first)
	}
	again, body := setup(t).raw(t, "GET", "/openapi.json", "", "If-None-Match", first.header.Get("ETag"))
	if again.status != http.StatusNotModified || len(body) > 0 {
		t.Errorf("%d with %d bytes", again.status, len(body))
	}
}
