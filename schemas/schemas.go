package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed events/*.schema.json events/examples/*.json
var events embed.FS

//go:embed without-cost/*.schema.json without-cost/examples/*.json
var withoutCost embed.FS

//go:embed asyncapi.yaml
var asyncAPI []byte

//go:embed openapi.yaml
var openAPI []byte

//go:embed released/VERSION released/asyncapi.yaml released/events/*.schema.json
var released embed.FS

const suffix = ".schema.json"

// Events returns the files below events: "<type>.schema.json" and "examples/<type>.json".
func Events() (fs.FS, error) { return fs.Sub(events, "events") }

// Types returns the event types that have a schema, in order of their names.
func Types() ([]string, error) {
	files, err := fs.Glob(events, "events/*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	types := make([]string, len(files))
	for i, file := range files {
		types[i] = strings.TrimSuffix(strings.TrimPrefix(file, "events/"), suffix)
	}
	return types, nil
}

// Schema returns the JSON Schema of an event type, for example "pricewire.rate.changed.v1". The error is fs.ErrNotExist when there is no
// such type.
func Schema(eventType string) ([]byte, error) {
	return read(events, "schema", eventType, "events/"+eventType+suffix)
}

// Example returns the example of an event type: a whole message that its schema accepts. The error is fs.ErrNotExist when there is no such
// type.
func Example(eventType string) ([]byte, error) {
	return read(events, "example", eventType, "events/examples/"+eventType+".json")
}

// SchemaWithoutCost is Schema for the events in which the partner's cost is not, on subjects that begin with erp.
func SchemaWithoutCost(eventType string) ([]byte, error) {
	return read(withoutCost, "schema", eventType, "without-cost/"+eventType+suffix)
}

// ExampleWithoutCost is Example for the events in which the partner's cost is not.
func ExampleWithoutCost(eventType string) ([]byte, error) {
	return read(withoutCost, "example", eventType, "without-cost/examples/"+eventType+".json")
}

func read(files embed.FS, what, eventType, file string) ([]byte, error) {
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s of %q: %w", what, eventType, err)
	}
	return data, nil
}

// AsyncAPI returns the AsyncAPI document, in YAML.
func AsyncAPI() []byte { return append([]byte(nil), asyncAPI...) }

// OpenAPI returns the OpenAPI document of the HTTP API, in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }
