package contract

import (
	"fmt"
	"maps"
	"slices"
)

// direction says who writes what a schema describes.
type direction bool

const (
	input  direction = true  // clients: the new schema must take all that the old one took
	output direction = false // the server: what it answers now must be something that the old schema described
)

func (c *comparison) taken(where string, before, after any) { c.schema(where, input, before, after) }

func (c *comparison) given(where string, before, after any) { c.schema(where, output, before, after) }

// schema compares two schemas. Things that refer to themselves are compared once.
func (c *comparison) schema(where string, d direction, before, after any) {
	pair := fmt.Sprint(d, object(before)["$ref"], "|", object(after)["$ref"])
	if object(before)["$ref"] != nil || object(after)["$ref"] != nil {
		if c.seen[pair] {
			return
		}
		c.seen[pair] = true
		defer delete(c.seen, pair)
	}
	old, fresh := resolve(c.before, before), resolve(c.after, after)
	olds, freshes := branches(old), branches(fresh)
	if len(olds) > 1 || len(freshes) > 1 {
		c.branches(where, d, olds, freshes)
		return
	}
	if len(old) == 0 && (d == output || len(fresh) == 0) {
		return // anything goes
	}
	c.types(where, d, old, fresh)
	c.values(where, d, old, fresh)
	c.properties(where, d, old, fresh)
	if old["items"] != nil && fresh["items"] != nil {
		c.schema(where+"[]", d, old["items"], fresh["items"])
	}
	if a, b := object(old["additionalProperties"]), object(fresh["additionalProperties"]); len(a) > 0 && len(b) > 0 {
		c.schema(where+".*", d, a, b)
	}
	if d == input {
		c.bounds(where, old, fresh)
		if fresh["additionalProperties"] == false && old["additionalProperties"] != false && old["type"] == "object" {
			c.found(where, "it takes no other fields now")
		}
	}
}

// branches are the alternatives of a schema, itself when it has none.
func branches(s map[string]any) []any {
	for _, key := range []string{"anyOf", "oneOf"} {
		if alternatives := list(s[key]); len(alternatives) > 0 {
			return alternatives
		}
	}
	return []any{s}
}

// branches compares alternatives: each that clients may write must still be taken, each that they get must be one of those that they know.
func (c *comparison) branches(where string, d direction, olds, freshes []any) {
	from, to := olds, freshes
	if d == output {
		from, to = freshes, olds
	}
	for _, one := range from {
		fits := false
		var closest []string
		for _, other := range to {
			trial := &comparison{before: c.before, after: c.after, seen: maps.Clone(c.seen)}
			if d == output {
				trial.schema(where, d, other, one)
			} else {
				trial.schema(where, d, one, other)
			}
			if fits = len(trial.all) == 0; fits {
				break
			}
			if closest == nil || len(trial.all) < len(closest) {
				closest = trial.all
			}
		}
		if !fits {
			c.all = append(c.all, closest...)
		}
	}
}

// types compares what kinds of values there are.
func (c *comparison) types(where string, d direction, before, after map[string]any) {
	old, fresh := typesOf(before), typesOf(after)
	narrow, wide := old, fresh
	if d == output {
		narrow, wide = fresh, old
	}
	if len(wide) > 0 {
		for _, t := range narrow {
			if !slices.Contains(wide, t) && (t != "integer" || !slices.Contains(wide, "number")) {
				c.found(where, "its type %v has become %v", old, fresh)
				break
			}
		}
		if len(narrow) == 0 {
			c.found(where, "its type %v has become %v", old, fresh)
		}
	}
	if before["format"] != after["format"] && before["format"] != nil {
		c.found(where, "its format %v has become %v", before["format"], after["format"])
	}
}

func typesOf(s map[string]any) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return nil
}

// values compares enumerations. In answers there may come to be more.
func (c *comparison) values(where string, d direction, before, after map[string]any) {
	old, fresh := list(before["enum"]), list(after["enum"])
	if d == input && len(old) == 0 && len(fresh) > 0 {
		c.found(where, "it takes only some values now")
	}
	if len(old) == 0 || len(fresh) == 0 {
		if d == output && len(old) > 0 {
			c.found(where, "its values are no longer told")
		}
		return
	}
	for _, v := range old {
		if !slices.ContainsFunc(fresh, func(o any) bool { return fmt.Sprint(o) == fmt.Sprint(v) }) {
			c.found(where, "the value %v is gone", v)
		}
	}
}

func (c *comparison) properties(where string, d direction, before, after map[string]any) {
	old, fresh := object(before["properties"]), object(after["properties"])
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if fresh[name] == nil {
			c.found(where+"."+name, "the field is gone")
			continue
		}
		c.schema(where+"."+name, d, old[name], fresh[name])
	}
	wasRequired, isRequired := list(before["required"]), list(after["required"])
	for _, name := range isRequired {
		if d == input && !slices.Contains(wasRequired, name) {
			c.found(fmt.Sprint(where, ".", name), "the field is required now")
		}
	}
	for _, name := range wasRequired {
		if d == output && !slices.Contains(isRequired, name) && fresh[fmt.Sprint(name)] != nil {
			c.found(fmt.Sprint(where, ".", name), "the field may be missing now")
		}
	}
}

// bounds compares what limits what is taken.
func (c *comparison) bounds(where string, before, after map[string]any) {
	for _, key := range []string{"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"} {
		if tightened(before[key], after[key], 1) {
			c.found(where, "%s %v has become %v", key, before[key], after[key])
		}
	}
	for _, key := range []string{"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"} {
		if tightened(before[key], after[key], -1) {
			c.found(where, "%s %v has become %v", key, before[key], after[key])
		}
	}
	if after["pattern"] != nil && after["pattern"] != before["pattern"] {
		c.found(where, "the pattern %v has become %v", before["pattern"], after["pattern"])
	}
}

func tightened(before, after any, up float64) bool {
	if after == nil {
		return false
	}
	return before == nil || (number(after)-number(before))*up > 0
}

func number(v any) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}
