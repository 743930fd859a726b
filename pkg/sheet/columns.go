package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// form is a kind of list, known by the columns of its sheets.
type form struct {
	name    string // as errors call it
	columns []formColumn
	byName  map[string]string // columns by every spelling of theirs, normal
}

// formColumn is a column that the sheets of a form may have.
type formColumn struct {
	name string // its usual header, as problems call it
	need need
}

// need says what it means when a column is missing.
type need int

const (
	mayBeMissing need = iota // newer than the oldest lists, or about changes only
	noted                    // all lists have it, but a line makes sense without
	required
)

// newForm makes a form; aliases are other headers of a column.
func newForm(name string, columns []formColumn, aliases map[string][]string) *form {
	f := &form{name, columns, map[string]string{}}
	for _, c := range columns {
		for _, spelling := range aliases[c.name] {
			f.byName[normal(spelling)] = c.name
		}
	}
	for _, c := range columns {
		f.byName[normal(c.name)] = c.name // its own name is nobody else's alias
	}
	return f
}

// normal is a header without what spellings differ in: case, blanks, underscores and hyphens.
func normal(header string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '\t', '\n', '\r', '\u00a0':
			return -1
		}
		return r
	}, strings.ToLower(header))
}

// recognize returns how many of the form's columns a row names.
func (f *form) recognize(cells []string) int {
	var seen map[string]bool
	for _, cell := range cells {
		if len(cell) > longestKey {
			continue
		}
		if column, ok := f.byName[normal(cell)]; ok {
			if seen == nil {
				seen = map[string]bool{}
			}
			seen[column] = true
		}
	}
	return len(seen)
}

// enough is how many columns a row must name to be taken for the header.
func (f *form) enough() int {
	const few, two = 3, 2
	n := 0
	for _, c := range f.columns {
		if c.need == required {
			n++
		}
	}
	if n == 0 {
		return min(two, len(f.columns))
	}
	return min(few, n)
}

// layout says at which place of a row each column stands.
type layout struct {
	form   *form
	row    int // of the header
	width  int
	places map[string]int
}

// place returns where a column stands, -1 when the file does not have it.
func (l layout) place(column string) int {
	if i, ok := l.places[column]; ok {
		return i
	}
	return -1
}

// headerWithin is the row by which the header must have come; titles may stand before it.
const headerWithin = 20

// foundHeader is what was found at a table's beginning.
type foundHeader struct {
	sheet  string
	form   *form  // nil when no row is a header
	header record // a copy
	first  record // the first row that holds anything, a copy
	wrong  bool   // the header cannot be used
}

// seekHeader reads up to the header, which is the first row that names enough columns of one of the forms.
func seekHeader(rows source, forms []*form) (foundHeader, error) {
	var h foundHeader
	var broken error
	for range headerWithin {
		r, err := rows.next()
		if bad, ok := errors.AsType[*rowError](err); ok {
			place := fault.Place{Where: fmt.Sprintf("row %d", bad.number), Problem: bad.text}
			broken = or2(broken, fault.New(fault.Invalid, "read header: %s", bad.text).WithPlaces(place))
			continue
		}
		if errors.Is(err, io.EOF) || err == nil && r.number > headerWithin && h.first.cells != nil {
			break
		}
		if err != nil {
			return h, err
		}
		here := record{number: r.number, cells: slices.Clone(r.cells)}
		if h.first.cells == nil {
			h.first = here
		}
		if h.form = known(r.cells, forms); h.form != nil {
			h.header = here
			return h, nil
		}
	}
	return h, broken
}

func errEmpty() error { return fault.New(fault.Invalid, "read header: the file is empty") }

// known returns the form whose header a row is, nil when it is none.
func known(cells []string, forms []*form) *form {
	var best *form
	most := 0
	for _, f := range forms {
		if n := f.recognize(cells); n >= f.enough() && n > most {
			best, most = f, n
		}
	}
	return best
}

// read finds the columns by name. Columns it does not know are noted, as are known ones that are missing; without a required one, or with
// one given twice, there is no reading the table.
func (h foundHeader) read(sheet string, limits Limits, to *report) (layout, error) {
	f, r := h.form, h.header
	if len(r.cells) > limits.Columns {
		return layout{}, tooLarge("the header has %d columns, more than %d", len(r.cells), limits.Columns)
	}
	l := layout{f, r.number, len(r.cells), map[string]int{}}
	note := func(rule, column, text string) {
		to.add(listing.Problem{Severity: listing.Note, Rule: rule, Sheet: sheet, Row: r.number, Column: column, Text: text})
	}
	var twice, missing []string
	for i, cell := range r.cells {
		column, ok := f.byName[normal(cell)]
		switch {
		case ok && l.place(column) >= 0:
			twice = append(twice, column)
		case ok:
			l.places[column] = i
		case strings.TrimSpace(cell) != "":
			note(RuleUnknownColumn, excerpt(cell), "the column is not known and is left out")
		}
	}
	for _, c := range f.columns {
		switch {
		case l.place(c.name) >= 0 || c.need == mayBeMissing:
		case c.need == required:
			missing = append(missing, c.name)
		default:
			note(RuleMissingColumn, c.name, "the sheet does not have the column; it is taken as empty")
		}
	}
	if len(twice)+len(missing) > 0 || len(l.places) == 0 {
		return l, h.unusable(sheet, twice, missing)
	}
	return l, nil
}

// unusable is the error of a header with columns that are there twice or missing.
func (h foundHeader) unusable(sheet string, twice, missing []string) error {
	row := fmt.Sprintf("row %d", h.header.number)
	said := "read sheet: "
	if sheet != "" {
		row, said = fmt.Sprintf("sheet %q, %s", excerpt(sheet), row), fmt.Sprintf("read sheet: sheet %q: ", excerpt(sheet))
	}
	var texts []string
	var places []fault.Place
	for _, column := range twice {
		texts = append(texts, "column "+column+" is there twice")
		places = append(places, fault.Place{Where: row + ", column " + column, Problem: "is there twice"})
	}
	for _, column := range missing {
		texts = append(texts, "column "+column+" is missing")
		places = append(places, fault.Place{Where: row, Problem: "column " + column + " is missing"})
	}
	if len(texts) == 0 {
		texts, places = []string{"it has none of the columns"}, []fault.Place{{Where: row, Problem: "no column is known"}}
	}
	names := make([]string, len(h.form.columns))
	for i, c := range h.form.columns {
		names[i] = c.name
	}
	return fault.New(fault.Invalid, "%s%s", said, strings.Join(texts, "; ")).
		WithHint("the header must name the columns of %s: %s", h.form.name, strings.Join(names, ", ")).WithPlaces(places...)
}

// excerpt is a value as problems show it: short.
func excerpt(s string) string {
	const most = 100
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(s[:most], ""), len(s))
}
