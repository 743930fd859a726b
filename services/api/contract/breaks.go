package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Document is a description, as JSON or YAML decodes it.
type Document = map[string]any

// Breaks says what of an old description a new one breaks, a sentence each, in order of the operations.
func Breaks(before, after Document) []string {
	c := &comparison{before: before, after: after, seen: map[string]bool{}}
	for _, path := range slices.Sorted(maps.Keys(object(before["paths"]))) {
		old, fresh := object(object(before["paths"])[path]), object(object(after["paths"])[path])
		for _, method := range methods() {
			if old[method] == nil {
				continue
			}
			where := strings.ToUpper(method) + " " + path
			if fresh[method] == nil {
				c.found(where, "the operation is gone")
				continue
			}
			c.operation(where, object(old[method]), object(fresh[method]))
		}
	}
	return c.all
}

func methods() []string { return []string{"get", "put", "post", "delete", "patch", "head", "options"} }

type comparison struct {
	before, after Document
	all           []string
	seen          map[string]bool // pairs of names that are being compared
}

func (c *comparison) found(where, format string, args ...any) {
	c.all = append(c.all, where+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) operation(where string, before, after map[string]any) {
	if before["operationId"] != after["operationId"] {
		c.found(where, "its id %v has become %v", before["operationId"], after["operationId"])
	}
	if len(list(before["security"])) == 0 && len(list(after["security"])) > 0 {
		c.found(where, "it needs an identity now")
	}
	c.parameters(where, before, after)
	c.body(where, object(before["requestBody"]), object(after["requestBody"]))
	c.responses(where, object(before["responses"]), object(after["responses"]))
}

func (c *comparison) parameters(where string, before, after map[string]any) {
	old, fresh := parametersOf(c.before, before), parametersOf(c.after, after)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		place := where + ", " + name
		p, has := fresh[name]
		if !has {
			c.found(place, "the parameter is gone")
			continue
		}
		if p["required"] == true && old[name]["required"] != true {
			c.found(place, "it is required now")
		}
		c.taken(place, old[name]["schema"], p["schema"])
	}
	for _, name := range slices.Sorted(maps.Keys(fresh)) {
		if old[name] == nil && fresh[name]["required"] == true {
			c.found(where+", "+name, "a parameter that is required is new")
		}
	}
}

func parametersOf(d Document, operation map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, v := range list(operation["parameters"]) {
		p := resolve(d, v)
		all[fmt.Sprint(p["in"], " parameter ", p["name"])] = p
	}
	return all
}

func (c *comparison) body(where string, before, after map[string]any) {
	place := where + ", body"
	if after["required"] == true && before["required"] != true {
		c.found(place, "it is required now")
	}
	old, fresh := object(before["content"]), object(after["content"])
	for _, mediaType := range slices.Sorted(maps.Keys(old)) {
		if fresh[mediaType] == nil {
			c.found(place, "%s is no longer taken", mediaType)
			continue
		}
		c.taken(place+" as "+mediaType, object(old[mediaType])["schema"], object(fresh[mediaType])["schema"])
	}
}

func (c *comparison) responses(where string, before, after map[string]any) {
	for _, status := range slices.Sorted(maps.Keys(before)) {
		place := where + ", answer " + status
		if after[status] == nil {
			if strings.HasPrefix(status, "2") {
				c.found(place, "it is gone")
			}
			continue
		}
		old, fresh := resolve(c.before, before[status]), resolve(c.after, after[status])
		for _, name := range slices.Sorted(maps.Keys(object(old["headers"]))) {
			if object(fresh["headers"])[name] == nil {
				c.found(place, "the header %s is gone", name)
			}
		}
		for _, mediaType := range slices.Sorted(maps.Keys(object(old["content"]))) {
			if object(fresh["content"])[mediaType] == nil {
				c.found(place, "%s can no longer be had", mediaType)
				continue
			}
			c.given(place+" as "+mediaType, object(object(old["content"])[mediaType])["schema"], object(object(fresh["content"])[mediaType])["schema"])
		}
	}
}

// resolve follows a reference within a document.
func resolve(d Document, v any) map[string]any {
	o := object(v)
	for range 16 { // a reference to itself ends somewhere
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		var at any = d
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = object(at)[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		}
		o = object(at)
	}
	return o
}

// object is a value as an object, an empty one when it is none.
func object(v any) map[string]any {
	o, ok := v.(map[string]any)
	if !ok {
		return map[string]any{}
	}
	return o
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
