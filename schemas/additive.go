package schemas

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Released returns the contracts that subscribers were last given: VERSION, events/<type>.schema.json and asyncapi.yaml.
func Released() (fs.FS, error) { return fs.Sub(released, "released") }

// Breaks compares a JSON Schema with the one that was released, and returns what of it subscribers could not live with, place by place: only
// additions are allowed. An error says that one of the two is no JSON.
func Breaks(before, after []byte) ([]string, error) {
	c := comparison{}
	if err := json.Unmarshal(before, &c.before); err != nil {
		return nil, fmt.Errorf("read released schema: %w", err)
	}
	if err := json.Unmarshal(after, &c.after); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	c.node("", c.before, c.after)
	return c.broken, nil
}

// comparison walks two schemas side by side.
type comparison struct {
	before, after map[string]any
	broken        []string
	depth         int
}

// deepest bounds how far references are followed: schemas that go round in circles are not compared for ever.
const deepest = 64

func (c *comparison) breaks(path, format string, args ...any) {
	if path == "" {
		path = "/"
	}
	c.broken = append(c.broken, path+": "+fmt.Sprintf(format, args...))
}

// node compares what one place allows.
func (c *comparison) node(path string, before, after map[string]any) {
	if c.depth++; c.depth > deepest {
		c.depth--
		return
	}
	defer func() { c.depth-- }()
	before, after = resolved(c.before, before), resolved(c.after, after)
	for _, word := range slices.Sorted(maps.Keys(merged(before, after))) {
		was, is := before[word], after[word]
		switch word {
		case "title", "description", "examples", "example", "default", "$comment", "$id", "$schema", "$defs", "$ref":
		case "properties":
			c.properties(path, asMap(was), asMap(is))
		case "required":
			if !sameSet(asList(was), asList(is)) {
				c.breaks(path, "fields that every event has were %v, and are %v", asList(was), asList(is))
			}
		case "enum":
			for _, value := range asList(was) {
				if !contains(asList(is), value) {
					c.breaks(path, "value %v is gone", value)
				}
			}
			if was == nil {
				c.breaks(path, "values are bounded that were not")
			}
		case "items":
			c.both(path+"/items", was, is)
		case "oneOf", "anyOf", "allOf", "prefixItems":
			c.alternatives(path+"/"+word, asList(was), asList(is))
		case "type":
			if !sameSet(asList(was), asList(is)) {
				c.breaks(path, "type %v became %v", was, is)
			}
		default: // patterns, formats, bounds, constants, and whatever this comparison does not know
			if !reflect.DeepEqual(was, is) {
				c.breaks(path, "%s was %v, and is %v", word, was, is)
			}
		}
	}
}

// properties compares fields: all that were are still there.
func (c *comparison) properties(path string, before, after map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] == nil {
			c.breaks(path+"/"+name, "the field is gone")
			continue
		}
		c.both(path+"/"+name, before[name], after[name])
	}
}

func (c *comparison) alternatives(path string, before, after []any) {
	if len(before) != len(after) {
		c.breaks(path, "there were %d alternatives, and there are %d", len(before), len(after))
		return
	}
	for i := range before {
		c.both(fmt.Sprintf("%s/%d", path, i), before[i], after[i])
	}
}

// both compares two places that may be schemas or plain true or false.
func (c *comparison) both(path string, before, after any) {
	was, schema := before.(map[string]any)
	is, still := after.(map[string]any)
	if schema && still {
		c.node(path, was, is)
		return
	}
	if !reflect.DeepEqual(before, after) {
		c.breaks(path, "was %v, and is %v", before, after)
	}
}

// resolved follows references within a document.
func resolved(document, node map[string]any) map[string]any {
	for range deepest {
		reference, ok := node["$ref"].(string)
		name, local := strings.CutPrefix(reference, "#/$defs/")
		if !ok || !local {
			return node
		}
		node = asMap(asMap(document["$defs"])[name])
	}
	return node
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return all
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// asList is a list, or a single value as one.
func asList(v any) []any {
	if list, ok := v.([]any); ok || v == nil {
		return list
	}
	return []any{v}
}

func contains(list []any, value any) bool {
	return slices.ContainsFunc(list, func(v any) bool { return reflect.DeepEqual(v, value) })
}

func sameSet(a, b []any) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(v any) bool { return !contains(b, v) })
}
