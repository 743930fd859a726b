package apitest

import (
	"fmt"
	"slices"
	"strings"
)

// operation is one of the description.
type operation struct {
	document  map[string]any
	path      string
	method    string
	described map[string]any
}

func (o operation) id() string { return fmt.Sprint(o.described["operationId"]) }

// endless reports whether the operation's answer never ends.
func (o operation) endless() bool {
	return o.content("200")["text/event-stream"] != nil
}

// declares reports whether a status is declared.
func (o operation) declares(status int) bool {
	return object(o.described["responses"])[fmt.Sprint(status)] != nil
}

// content is what an answer of a status may be, by media type.
func (o operation) content(status string) map[string]any {
	return object(o.resolve(object(o.described["responses"])[status])["content"])
}

// place is where the schema of an answer stands in the document.
func (o operation) place(status, mediaType string) string {
	parts := []string{"paths", o.path, strings.ToLower(o.method), "responses", status}
	if ref, ok := object(object(o.described["responses"])[status])["$ref"].(string); ok {
		parts = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	}
	var place strings.Builder
	for _, part := range append(parts, "content", mediaType, "schema") {
		place.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D", " ", "%20").Replace(part))
	}
	return place.String()
}

// parameters are those of the operation that are described.
func (o operation) parameters(in string) []map[string]any {
	var all []map[string]any
	for _, v := range list(o.described["parameters"]) {
		if p := o.resolve(v); p["in"] == in {
			all = append(all, p)
		}
	}
	return all
}

// body is what may be sent, by media type, in order.
func (o operation) body() ([]string, map[string]any) {
	content := object(object(o.described["requestBody"])["content"])
	var types []string
	for t := range content {
		types = append(types, t)
	}
	slices.Sort(types)
	return types, content
}

func (o operation) resolve(v any) map[string]any {
	m := object(v)
	for range 8 {
		ref, ok := m["$ref"].(string)
		if !ok {
			break
		}
		var at any = o.document
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = object(at)[part]
		}
		m = object(at)
	}
	return m
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
