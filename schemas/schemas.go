package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed events/*.schema.json events/examples/*.json
var events embed.FS

//go:embed asyncapi.yaml
var asyncAPI []byte

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
	return read("schema", eventType, "events/"+eventType+suffix)
}

// Example returns the example of an event type: a whole message that its schema accepts. The error is fs.ErrNotExist when there is no such
// type.
func Example(eventType string) ([]byte, error) {
	return read("example", eventType, "events/examples/"+eventType+".json")
}

func read(what, eventType, file string) ([]byte, error) {
	data, err := events.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s of %q: %w", what, eventType, err)
	}
	return data, nil
}

// AsyncAPI returns the AsyncAPI document, in YAML.
func AsyncAPI() []byte { return append([]byte(nil), asyncAPI...) }
