package apitest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// text is a value of a parameter, as it is written.
func (m maker) text(p map[string]any, wild bool) string {
	name := fmt.Sprint(p["name"])
	if wild && m.chance(60, name+" hostile") {
		return m.hostile(name)
	}
	if known := m.names[name]; len(known) > 0 && m.chance(70, name+" known") {
		return rapid.SampledFrom(known).Draw(m.t, name+" value")
	}
	if m.chance(50, name+" example") {
		return scalar(p["example"])
	}
	return scalar(m.value(object(p["schema"]), name, wild, 0))
}

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any, []any:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(raw)
	}
	return fmt.Sprint(v)
}

// hostile is a text that nobody means well with.
func (m maker) hostile(label string) string {
	return rapid.SampledFrom([]string{
		"", " ", "0", "-1", "1e400", "1e-400", "NaN", "Infinity", "0x10", "99999999999999999999999999", "0.1234567890123456789012345678", "null", "true", "\"", "'", "' OR 1=1 --",
		"\x00", "\n", "\t", "\x7f", "\u202e\u2066", "\ufffd", "\xff\xfe", "é", "e\u0301", "𝕏", "👩‍👩‍👧‍👦", "İ", "ß", "Ａ", "../../etc/passwd", "%00", "%", "{}", "[]", "<script>", "${x}", "{{x}}",
		"2026-02-30", "2026-13-01", "0000-01-01", "9999-12-31T23:59:59Z", "2026-12-01T25:00:00Z", "2026-12-01T00:00:00+99:00", "1753-01-01", "-0001-01-01", "10000-01-01", "12026-12-01T00:00:00Z",
		"0001-01-01T00:00:00Z", "1900-01-01", "2299-12-31", "2400-01-01",
		"USA", "ww", "WW", "xx", "usd", "USDT", "P1", "P1X", "P99999999999M", ">", "*", "pw.>", "pw.*.>", ".", "..", strings.Repeat("a", 257), strings.Repeat("ä", 1100), strings.Repeat("9", 2000), strings.Repeat("x", 2100),
		"WyJVUyIsIiJd", "WyIiXQ", "W10", "bnVsbA", "////", "e30",
	}).Draw(m.t, label)
}

// value is one that a schema describes, or nearly.
func (m maker) value(schema map[string]any, name string, wild bool, depth int) any {
	s := m.op.resolve(schema)
	if wild && m.chance(12, "type of "+name) {
		return rapid.SampledFrom([]any{nil, true, 0, -1, 1.5, "", "x", []any{}, []any{nil}, map[string]any{}, map[string]any{"a": []any{1}}, json.Number("1e400"), json.Number("123456789012345678901234567890")}).Draw(m.t, "other type of "+name)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if branches := list(s[key]); len(branches) > 0 {
			return m.value(object(rapid.SampledFrom(branches).Draw(m.t, "branch of "+name)), name, wild, depth)
		}
	}
	if values := list(s["enum"]); len(values) > 0 {
		return rapid.SampledFrom(values).Draw(m.t, "one of "+name)
	}
	if known := m.names[name]; len(known) > 0 && m.chance(70, name+" known") {
		return rapid.SampledFrom(known).Draw(m.t, name+" value")
	}
	switch fmt.Sprint(s["type"]) {
	case "object":
		return m.object(s, wild, depth)
	case "array":
		var all []any
		for range rapid.IntRange(0, 3).Draw(m.t, "items of "+name) {
			all = append(all, m.value(object(s["items"]), name, wild, depth+1))
		}
		return all
	case "integer", "number":
		return m.number(s, name)
	case "boolean":
		return rapid.Bool().Draw(m.t, name)
	}
	return m.string(s, name, wild)
}

func (m maker) object(s map[string]any, wild bool, depth int) map[string]any {
	made := map[string]any{}
	if depth > 4 {
		return made
	}
	properties := object(s["properties"])
	required := list(s["required"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(required, any(name)) && !m.chance(50, name) || wild && m.chance(5, name+" missing") {
			continue
		}
		made[name] = m.value(object(properties[name]), name, wild, depth+1)
	}
	if wild && m.chance(6, "extra") {
		made[m.hostile("extra name")] = m.hostile("extra value")
	}
	return made
}

// number is one within the bounds of its schema, often at them, or just beyond.
func (m maker) number(s map[string]any, name string) any {
	candidates := []int{0, 1, 7}
	for _, key := range []string{"minimum", "maximum"} {
		if n, ok := s[key].(json.Number); ok {
			if whole, err := n.Int64(); err == nil {
				candidates = append(candidates, int(whole), int(whole), int(whole)-1, int(whole)+1)
			}
		}
	}
	return rapid.SampledFrom(candidates).Draw(m.t, name)
}

func (m maker) string(s map[string]any, name string, wild bool) string {
	if wild && m.chance(30, name+" hostile") {
		return m.hostile(name)
	}
	if examples := list(s["examples"]); len(examples) > 0 && m.chance(70, name+" example") {
		return fmt.Sprint(examples[0])
	}
	switch s["format"] {
	case "date-time":
		return "2026-11-05T08:00:00Z"
	case "decimal":
		return rapid.SampledFrom([]string{"0", "1", "0.000000000000000001", "12345678901234567890"}).Draw(m.t, name)
	}
	return rapid.StringMatching(`[a-zA-Z0-9 ._/-]{0,20}`).Draw(m.t, name)
}
