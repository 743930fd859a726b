package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

// Cost is a text of an answer that only those are told who may see what the partner pays: an amount, or what is made of amounts. Of everybody else's
// answers its field or column is no part. Everything that is answered goes through withoutCost, which finds it by this type.
type Cost struct {
	text   string
	none   bool // null
	public bool // it tells nothing of cost
	hidden bool
}

// NewCost is a text that tells cost.
func NewCost(text string) Cost { return Cost{text: text} }

// costOrNull is one that may not be there.
func costOrNull(text *string) Cost {
	if text == nil {
		return Cost{none: true}
	}
	return NewCost(*text)
}

// costIf is a text that tells cost, or does not.
func costIf(tells bool, text string) Cost { return Cost{text: text, public: !tells} }

// IsZero reports whether it is to be left out.
func (c Cost) IsZero() bool { return c.hidden }

// String is its text; null is empty.
func (c Cost) String() string {
	if c.none || c.hidden {
		return ""
	}
	return c.text
}

// MarshalJSON writes it.
func (c Cost) MarshalJSON() ([]byte, error) {
	if c.none || c.hidden {
		return []byte("null"), nil
	}
	if isNumber(c.text) { // there are hundreds of thousands in an answer
		return []byte(`"` + c.text + `"`), nil
	}
	return json.Marshal(c.text)
}

// isNumber reports whether a text is a number's: nothing of it needs another form in JSON.
func isNumber(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// Schema says that it is a text, and perhaps null.
func (Cost) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true, Extensions: map[string]any{"x-pricewire-cost": true}, Description: "Not there for who may not see what the partner pays."}
}

// tellsCost reports whether something of a type may hold a Cost.
func tellsCost(t reflect.Type) bool { return holdsCost(t, map[reflect.Type]bool{}) }

func holdsCost(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == reflect.TypeFor[Cost]() {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsCost(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsCost(t.Field(i).Type, seen) {
				return true
			}
		}
	default:
	}
	return false
}

// withoutCost is an answer, or a part of one, without what tells cost.
func withoutCost(v any) any {
	if v == nil || !tellsCost(reflect.TypeOf(v)) {
		return v
	}
	whole := reflect.New(reflect.TypeOf(v)).Elem()
	whole.Set(reflect.ValueOf(v))
	hide(whole)
	return whole.Interface()
}

// hide takes out of a value that can be changed what tells cost. A map cannot, and there is none in answers: a test sees to it.
func hide(v reflect.Value) {
	if v.Type() == reflect.TypeFor[Cost]() {
		if c, ok := v.Addr().Interface().(*Cost); ok && !c.public {
			*c = Cost{hidden: true}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && tellsCost(v.Type().Elem()) {
			hide(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if tellsCost(v.Type().Elem()) {
			for i := range v.Len() {
				hide(v.Index(i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if tellsCost(v.Field(i).Type()) {
				hide(v.Field(i))
			}
		}
	default:
	}
}

// costTransformer takes what tells cost out of answers that the framework writes.
func costTransformer(ctx huma.Context, _ string, v any) (any, error) {
	if seesCost(ctx.Context()) {
		return v, nil
	}
	return withoutCost(v), nil
}

// history answers whoever asks what he may know.
func (s *server) history(ctx context.Context) history.Reader {
	if seesCost(ctx) {
		return s.deps.History
	}
	return s.public
}

// knownTo is what a release changes, as far as who asks may know it.
func knownTo(ctx context.Context, c release.Comparison) release.Comparison {
	if seesCost(ctx) || !release.Priced(c.List) {
		return c
	}
	all := c.Lines
	c.Lines, c.Renamed = make([]pricelist.Difference, 0, len(all)), 0
	c.Totals = append([]release.Total(nil), c.Totals...)
	for _, was := range all {
		is := was.WithoutCost()
		if is.Change != was.Change {
			recount(&c, was, is.Change)
		}
		if is.Renamed() {
			c.Renamed++
		}
		if is.Change != listing.Unchanged {
			c.Lines = append(c.Lines, is)
		}
	}
	return c
}

// recount counts a line whose price changed as changed otherwise.
func recount(c *release.Comparison, d pricelist.Difference, change listing.Change) {
	c.Summary.PriceChanged--
	c.Summary.Add(change)
	line := d.After
	if line == nil {
		line = d.Before
	}
	for i := range c.Totals {
		if t := &c.Totals[i]; t.By == "product" && t.Name == line.ProductTitle || t.By == "segment" && t.Name == line.Segment {
			t.Counts.PriceChanged--
			t.Counts.Add(change)
		}
	}
}

// linesKnownTo are lines of a list, as far as who asks may know them.
func linesKnownTo(ctx context.Context, lines []pricelist.Line) []pricelist.Line {
	if seesCost(ctx) {
		return lines
	}
	public := make([]pricelist.Line, len(lines))
	for i, l := range lines {
		public[i] = l.WithoutCost()
	}
	return public
}
