package event

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/schemas"
)

const withoutCostFolder = "../../schemas/without-cost"

// schemaWithoutCost makes the schema of a type without cost of its own: another subject, and nothing where cost would be.
func schemaWithoutCost(t testing.TB, typ Type) string {
	t.Helper()
	data, err := schemas.Schema(string(typ))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	replace := func(old, with string) {
		if !strings.Contains(text, old) {
			t.Fatalf("the schema of %s has no %s", typ, old)
		}
		text = strings.Replace(text, old, with, 1)
	}
	replace(`"urn:pricewire:schema:`, `"urn:pricewire:schema:without-cost:`)
	replace(`"^pw\\.`, `"^erp\\.pw\\.`)
	replace(`The subject it is published on: pw.`, `The subject it is published on: erp.pw.`)
	replace("A CloudEvents 1.0 event", "The partner's cost is not in it. A CloudEvents 1.0 event")
	switch typ { //nolint:exhaustive // the others say nothing of cost
	case TypePriceChanged:
		for range 2 {
			replace("\"unit_price\",\n", "")
			replace(`"unit_price": {`, `"unit_price": false, "": {`)
		}
		replace("\"properties\": {\n            \"unit_price\": {\n              \"type\": \"null\"\n            },", "\"properties\": {")
		replace("\"properties\": {\n            \"unit_price\": {\n              \"type\": \"string\"\n            },", "\"properties\": {")
	case TypeReleasePublished:
		replace("\"content\",\n", "")
		replace(`"content": {`, `"content": false, "": {`)
	case TypeCrawlFinished:
		replace(`"offer_terms": {`, `"offer_terms": false, "": {`)
	}
	return tidy(t, text)
}

// tidy writes JSON as the other schemas are, in the order of its fields, without those that have no name.
func tidy(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value func() // writes the next value
	token := func() json.Token {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	write := func(v any) {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	value = func() {
		switch tok := token().(type) {
		case json.Delim:
			out.WriteString(tok.String())
			for first := true; d.More(); {
				if tok == '{' {
					name := token()
					if name == "" {
						var left json.RawMessage
						if err := d.Decode(&left); err != nil {
							t.Fatal(err)
						}
						continue
					}
					if !first {
						out.WriteByte(',')
					}
					write(name)
					out.WriteByte(':')
				} else if !first {
					out.WriteByte(',')
				}
				first = false
				value()
			}
			out.WriteString(token().(json.Delim).String())
		default:
			write(tok)
		}
	}
	value()
	var indented bytes.Buffer
	if err := json.Indent(&indented, out.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	text = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(indented.String())
	return text + "\n"
}

func TestSchemasWithoutCostAreTheOthersWithoutIt(t *testing.T) {
	for _, typ := range Types() {
		file := filepath.Join(withoutCostFolder, string(typ)+".schema.json")
		want := schemaWithoutCost(t, typ)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := schemas.SchemaWithoutCost(string(typ))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), want); diff != "" {
			t.Errorf("%s (-file +made); go test ./event -run Cost -update writes it anew:\n%s", file, diff)
		}
	}
}

// compiledWithoutCost returns the schema without cost of every type.
func compiledWithoutCost(t testing.TB) map[Type]*jsonschema.Schema {
	t.Helper()
	all := map[Type]*jsonschema.Schema{}
	for _, typ := range Types() {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schemaWithoutCost(t, typ)))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		url := "urn:pricewire:schema:without-cost:" + string(typ)
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
		if all[typ], err = c.Compile(url); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestExamplesWithoutCostAreWhatIsTold takes the examples of all types as batches of their own, after what they say was told before.
func TestExamplesWithoutCostAreWhatIsTold(t *testing.T) {
	all, strict := compiledWithoutCost(t), compiled(t)
	for typ, m := range examples(t) {
		made, err := BatchWithoutCost([]stream.Message{m}, func(string) (Payload, error) { return new(CrawlFinished), nil })
		if err != nil || len(made.Told) != 1 {
			t.Fatalf("%s: %+v, %v", typ, made, err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, made.Told[0].Message.Data, "", "  "); err != nil {
			t.Fatal(err)
		}
		want.WriteByte('\n')
		if err := validate(all[typ], want.Bytes()); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		if validate(all[typ], m.Data) == nil || validate(strict[typ], want.Bytes()) == nil {
			t.Errorf("%s: what is told with cost and without pass for one another", typ)
		}
		file := filepath.Join(withoutCostFolder, "examples", string(typ)+".json")
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := schemas.ExampleWithoutCost(string(typ))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), want.String()); diff != "" {
			t.Errorf("%s (-file +told):\n%s", file, diff)
		}
	}
}
