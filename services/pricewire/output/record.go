package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// record is a JSON object with its fields in the order the server wrote them; nested objects are flattened, names joined by a dot.
type record []field

type field struct {
	name  string
	value json.RawMessage
}

func read(raw json.RawMessage) (record, error) {
	r, err := flatten(nil, "", raw)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return r, nil
}

func flatten(into record, prefix string, raw json.RawMessage) (record, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		full := prefix + fmt.Sprint(name)
		if len(value) > 0 && value[0] == '{' {
			if into, err = flatten(into, full+".", value); err != nil {
				return nil, err
			}
			continue
		}
		into = append(into, field{full, value})
	}
	return into, nil
}

func (r record) value(name string) json.RawMessage {
	for _, f := range r {
		if f.name == name {
			return f.value
		}
	}
	return r.inList(name)
}

// members are the names of what is in an object, in their order.
func members(object json.RawMessage) ([]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	var names []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprint(name))
	}
	return names, nil
}

func addMissing(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func readAll(answers []json.RawMessage) ([]record, error) {
	records := make([]record, len(answers))
	for i, answer := range answers {
		var err error
		if records[i], err = read(answer); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// cells are the values of the named fields as a person reads them.
func (r record) cells(names []string) []string {
	cells := make([]string, len(names))
	for i, n := range names {
		cells[i] = cell(r.value(n))
	}
	return cells
}

// Cells returns the values of an answer's fields as a person reads them, nested fields being named with dots; empty where there is none.
func Cells(answer json.RawMessage, fields ...string) ([]string, error) {
	r, err := read(answer)
	if err != nil {
		return nil, err
	}
	return r.cells(fields), nil
}

// Fields returns the names of the fields that answers have, nested ones joined by a dot, in the order in which they first come.
func Fields(answers []json.RawMessage) ([]string, error) {
	records, err := readAll(answers)
	if err != nil {
		return nil, err
	}
	return fields(records, nil), nil
}

// pick returns the named fields in that order, all when none is named.
func (r record) pick(names []string) record {
	if len(names) == 0 {
		return r
	}
	picked := make(record, 0, len(names))
	for _, n := range names {
		picked = append(picked, field{n, r.value(n)})
	}
	return picked
}

// cell is a value as a person reads it: text without quotes, nothing for null.
func cell(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
