package api

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// flat tells the values of a view's type as the cells of a table: a column for each field, named as in JSON, those of a view within it behind
// its name and a point. It is how a list has the same columns in every format.
type flat[T any] struct {
	columns []sheet.Column
	fields  []flatField
	costs   []bool // which columns tell cost
}

// flatField is where a column's value is.
type flatField struct {
	index [][]int // of the field, through the views around it
	text  func(reflect.Value) string
}

func newFlat[T any]() flat[T] {
	var f flat[T]
	f.walk(reflect.TypeFor[T](), "", nil)
	return f
}

func (f *flat[T]) walk(t reflect.Type, prefix string, around [][]int) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" || !field.IsExported() {
			continue
		}
		index := append(append([][]int{}, around...), field.Index)
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() && inner != reflect.TypeFor[Cost]() {
			f.walk(inner, prefix+name+".", index)
			continue
		}
		kind, text := cellOf(inner, field.Tag.Get("format"))
		f.columns = append(f.columns, sheet.Column{Name: prefix + name, Kind: kind})
		f.fields = append(f.fields, flatField{index, text})
		f.costs = append(f.costs, tellsCost(inner))
	}
}

// cellOf says what the cells of a field are, and how they are written.
func cellOf(t reflect.Type, format string) (sheet.Kind, func(reflect.Value) string) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return sheet.Time, func(v reflect.Value) string {
			at, _ := v.Interface().(time.Time)
			if at.IsZero() {
				return ""
			}
			return at.UTC().Format(time.RFC3339Nano)
		}
	case t == reflect.TypeFor[Cost]():
		kind := sheet.Text
		if format == decimalFormat {
			kind = sheet.Decimal
		}
		return kind, func(v reflect.Value) string {
			c, _ := v.Interface().(Cost)
			return c.String()
		}
	case t.Kind() == reflect.Bool:
		return sheet.Flag, func(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }
	case t.Kind() == reflect.Slice:
		return sheet.Text, joined
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return sheet.Whole, func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }
	case format == decimalFormat:
		return sheet.Decimal, reflect.Value.String
	}
	return sheet.Text, reflect.Value.String
}

// decimalFormat marks the fields whose texts are exact numbers.
const decimalFormat = "decimal"

// joined writes a list as one text: its elements behind one another, what an element has several of side by side.
func joined(list reflect.Value) string {
	texts := make([]string, list.Len())
	for i := range texts {
		element := list.Index(i)
		if element.Kind() != reflect.Struct {
			texts[i] = element.String()
			continue
		}
		var parts []string
		for n := range element.NumField() {
			if part := element.Field(n); part.Kind() == reflect.String && part.String() != "" {
				parts = append(parts, part.String())
			}
		}
		texts[i] = strings.Join(parts, " ")
	}
	return strings.Join(texts, ";")
}

// cells writes a value into a row of the table.
func (f flat[T]) cells(value T, row []string) {
	whole := reflect.ValueOf(&value).Elem()
	for i, field := range f.fields {
		row[i] = ""
		if v, ok := within(whole, field.index); ok {
			row[i] = field.text(v)
		}
	}
}

// within returns the value at a place, false when it or something around it is null.
func within(v reflect.Value, index [][]int) (reflect.Value, bool) {
	for _, step := range index {
		v = v.FieldByIndex(step)
		if v.Kind() != reflect.Pointer {
			continue
		}
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	return v, true
}
