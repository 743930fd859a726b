package event

import (
	"reflect"
	"strings"
	"time"
)

// place is one field somewhere in a message, as the Go types declare it.
type place struct {
	path     []string // names from the top; "*" stands for every element of an array
	optional bool     // left out when it is empty
	nullable bool
	kind     reflect.Kind // String for times
}

// places returns every field of a message of a type.
func places(t Type) []place {
	all := below(nil, reflect.TypeFor[Envelope]())
	return append(all, below([]string{"data"}, reflect.TypeOf(newPayload(t)).Elem())...)
}

func below(path []string, t reflect.Type) []place {
	var all []place
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		p := place{path: append(append([]string(nil), path...), name), optional: options == "omitempty"}
		of := t.Field(i).Type
		if of == reflect.TypeFor[[]byte]() || strings.HasSuffix(of.Name(), "RawMessage") {
			p.kind = reflect.Struct
			all = append(all, p)
			continue
		}
		if of == reflect.TypeFor[ItemValues]() { // an object whose names are the list's
			p.kind, p.nullable = reflect.Struct, true
			all = append(all, p)
			continue
		}
		if of.Kind() == reflect.Pointer {
			of, p.nullable = of.Elem(), true
		}
		p.kind = of.Kind()
		inner := p.path
		if p.kind == reflect.Slice {
			of, inner = of.Elem(), append(append([]string(nil), inner...), "*")
		}
		if of == reflect.TypeFor[time.Time]() {
			p.kind = reflect.String
		} else if of.Kind() == reflect.Struct {
			all = append(all, below(inner, of)...)
		}
		all = append(all, p)
	}
	return all
}
