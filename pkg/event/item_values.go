package event

import "github.com/pricewire/pricewire/pkg/item"

// isName reports whether s is a name under which a line says something: lower-case letters, digits and underscores, a letter first.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != ""
}

const notAName = "it is not a name of small letters, digits and underscores"

// problem returns the first name with which something is wrong, and what; nothing when all is well.
func (v ItemValues) problem() (name, problem string) {
	seen := make(map[string]bool, len(v))
	for i := range v {
		switch name := v[i].Name; {
		case !isName(name):
			return quote(name), notAName
		case seen[name]:
			return name, "it comes twice"
		case v[i].Text == "":
			return name, "it must not be empty"
		}
		seen[v[i].Name] = true
	}
	return "", ""
}

func (v ItemValues) write(w *writer) {
	if v == nil {
		w.null()
		return
	}
	if name, problem := v.problem(); problem != "" {
		w.fail(name, problem)
		return
	}
	w.open('{')
	for i := range v {
		w.text(v[i].Name, v[i].Text)
	}
	w.close('}')
}

func (v ItemValues) digest(d *digest) {
	if !d.present(v != nil) {
		return
	}
	d.number(len(v))
	for i := range v {
		d.text(v[i].Name, v[i].Text)
	}
}

// MarshalJSON writes the object.
func (v ItemValues) MarshalJSON() ([]byte, error) {
	var w writer
	v.write(&w)
	return w.buf, w.err
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *ItemValues) UnmarshalJSON(data []byte) error {
	r := newReader(string(data))
	*v = r.itemValues()
	r.end()
	return r.err
}

// itemValues reads the values of a line, in the order in which they come, or null.
func (r *reader) itemValues() ItemValues {
	if r.null() {
		return nil
	}
	values, seen := ItemValues{}, map[string]bool{}
	r.object(nil, func(name string) bool {
		switch {
		case !isName(name):
			r.fail(notAName)
		case seen[name]:
			r.fail("it comes twice")
		}
		seen[name] = true
		values = append(values, item.Value{Name: name, Text: r.nonEmpty()})
		return true
	})
	return values
}
