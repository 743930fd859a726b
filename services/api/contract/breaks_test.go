package contract_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/pricewire/pricewire/services/api/contract"
)

const described = `
openapi: 3.1.0
paths:
  /v1/things:
    get:
      operationId: list-things
      parameters:
        - {name: market, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
        - {name: kind, in: query, schema: {type: string, enum: [full, delta]}}
      responses:
        "200":
          headers: {ETag: {schema: {type: string}}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            text/csv: {schema: {type: string}}
        "404": {$ref: '#/components/responses/NotFound'}
    post:
      operationId: make-thing
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {"201": {description: made}}
components:
  responses: {NotFound: {content: {application/problem+json: {schema: {type: object}}}}}
  schemas:
    Order:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: {type: string, maxLength: 10}
        note: {type: string}
        parts: {type: array, items: {$ref: '#/components/schemas/Order'}}
    Thing:
      type: object
      required: [id, price]
      properties:
        id: {type: string}
        price: {type: string, format: decimal}
        state: {type: string, enum: [draft, public]}
        ended: {type: [string, "null"], format: date-time}
        before: {anyOf: [{$ref: '#/components/schemas/Thing'}, {type: "null"}]}
        parts: {type: array, items: {type: integer}}
`

func read(t *testing.T, text string) contract.Document {
	t.Helper()
	var d contract.Document
	if err := yaml.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatBreaksClientsIsFound(t *testing.T) {
	for _, c := range []struct{ old, fresh, says string }{
		{"    post:\n", "    put:\n", "POST /v1/things: the operation is gone"},
		{"operationId: list-things", "operationId: things", "its id list-things has become things"},
		{"        - {name: market, in: query, schema: {type: string}}\n", "", "query parameter market: the parameter is gone"},
		{"{name: market, in: query, schema", "{name: market, in: query, required: true, schema", "it is required now"},
		{"      parameters:\n", "      parameters:\n        - {name: new, in: header, required: true, schema: {type: string}}\n", "a parameter that is required is new"},
		{"enum: [full, delta]", "enum: [full]", "the value delta is gone"},
		{"market, in: query, schema: {type: string}", "market, in: query, schema: {type: string, enum: [US]}", "it takes only some values now"},
		{"maximum: 100", "maximum: 50", "maximum 100 has become 50"},
		{"minimum: 1,", "minimum: 2,", "minimum 1 has become 2"},
		{"limit, in: query, schema: {type: integer", "limit, in: query, schema: {type: string", "its type [integer] has become [string]"},
		{"            text/csv: {schema: {type: string}}\n", "", "text/csv can no longer be had"},
		{"headers: {ETag: {schema: {type: string}}}", "headers: {}", "the header ETag is gone"},
		{`responses: {"201": {description: made}}`, `responses: {"202": {description: made}}`, "answer 201: it is gone"},
		{"requestBody: {content: {application/json", "requestBody: {required: true, content: {application/json", "body: it is required now"},
		{"requestBody: {content: {application/json", "requestBody: {content: {text/plain", "application/json is no longer taken"},
		{"required: [name]", "required: [name, note]", ".note: the field is required now"},
		{"        note: {type: string}\n", "", ".note: the field is gone"},
		{"maxLength: 10", "maxLength: 9", "maxLength 10 has become 9"},
		{"name: {type: string, maxLength: 10}", "name: {type: string, maxLength: 10, pattern: x}", "the pattern <nil> has become x"},
		{"        id: {type: string}\n", "", ".id: the field is gone"},
		{"        id: {type: string}", "        id: {type: integer}", ".id: its type [string] has become [integer]"},
		{"        id: {type: string}", `        id: {type: [string, "null"]}`, ".id: its type [string] has become [string null]"},
		{"required: [id, price]", "required: [id]", ".price: the field may be missing now"},
		{"format: decimal", "format: float", "its format decimal has become float"},
		{"enum: [draft, public]", "enum: [draft]", "the value public is gone"},
		{"state: {type: string, enum: [draft, public]}", "state: {type: string}", "its values are no longer told"},
		{"items: {type: integer}", "items: {type: string}", ".parts[]: its type [integer] has become [string]"},
		{"before: {anyOf: [{$ref: '#/components/schemas/Thing'}, ", "before: {anyOf: [{type: string}, ", ".before: its type"},
		{"      operationId: make-thing\n", "      operationId: make-thing\n      security: [{token: []}]\n", "it needs an identity now"},
	} {
		changed := strings.Replace(described, c.old, c.fresh, 1)
		if changed == described {
			t.Fatalf("%q is not in the description", c.old)
		}
		if breaks := strings.Join(contract.Breaks(read(t, described), read(t, changed)), "\n"); !strings.Contains(breaks, c.says) {
			t.Errorf("%q for %q: %q is not said: %s", c.fresh, c.old, c.says, breaks)
		}
	}
}

func TestWhatIsAddedBreaksNothing(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""},
		{"    post:\n", "    delete: {operationId: drop-thing}\n    post:\n"},
		{"      parameters:\n", "      parameters:\n        - {name: new, in: query, schema: {type: string}}\n"},
		{"enum: [full, delta]", "enum: [full, delta, other]"},
		{"enum: [draft, public]", "enum: [draft, public, gone]"},
		{"maximum: 100", "maximum: 200"},
		{"            text/csv: {schema: {type: string}}\n", "            text/csv: {schema: {type: string}}\n            text/plain: {}\n"},
		{"        note: {type: string}\n", "        note: {type: string}\n        more: {type: string}\n"},
		{"        id: {type: string}\n", "        id: {type: string}\n        more: {type: string}\n"},
		{`ended: {type: [string, "null"]`, `ended: {type: string`},
		{"required: [name]", "required: []"},
	} {
		if breaks := contract.Breaks(read(t, described), read(t, strings.Replace(described, c[0], c[1], 1))); len(breaks) > 0 {
			t.Errorf("%q for %q: %v", c[1], c[0], breaks)
		}
	}
}
