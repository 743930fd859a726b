package sheet

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/listing"
)

// report gathers the problems of a file up to a limit.
type report struct {
	problems []listing.Problem
	limit    int
	more     int              // problems beyond the limit
	worst    listing.Severity // of them
	rows     int              // read so far, of all tables
}

func (r *report) full() bool { return len(r.problems) >= r.limit }

func (r *report) add(p listing.Problem) {
	if r.full() {
		r.leaveOut(p.Severity)
		return
	}
	p.Value = excerpt(p.Value)
	r.problems = append(r.problems, p)
}

// leaveOut counts a problem that is not listed.
func (r *report) leaveOut(severity listing.Severity) {
	r.more++
	if r.worst == "" || severity == listing.Error || severity == listing.Warning && r.worst == listing.Note {
		r.worst = severity
	}
}

// all returns the problems in order of sheets, as they were read, and rows.
func (r *report) all() []listing.Problem {
	order := map[string]int{"": -1}
	sorted := true
	for i, p := range r.problems {
		if _, ok := order[p.Sheet]; !ok {
			order[p.Sheet] = i
		}
		sorted = sorted && (i == 0 || p.Sheet != r.problems[i-1].Sheet || p.Row >= r.problems[i-1].Row)
	}
	if !sorted {
		slices.SortStableFunc(r.problems, func(a, b listing.Problem) int {
			if a.Sheet != b.Sheet {
				return order[a.Sheet] - order[b.Sheet]
			}
			return a.Row - b.Row
		})
	}
	if r.more > 0 {
		r.problems = append(r.problems, listing.Problem{
			Severity: r.worst, Rule: RuleTooManyProblems, Text: fmt.Sprintf("and %d more problems, which are not listed", r.more),
		})
		r.more = 0
	}
	return r.problems
}

// view reads the cells of one row after another by their columns, and reports what is wrong with them.
type view struct {
	*report
	layout   layout
	sheet    string
	from04   bool
	booleans bool // TRUE and FALSE are values, not mistakes

	record record
	failed bool // an error was found in the row
	stray  bool // cells behind the header's last column were noted
}

func (v *view) problem(severity listing.Severity, rule, column, value, text string) {
	v.failed = v.failed || severity == listing.Error
	v.add(listing.Problem{Severity: severity, Rule: rule, Sheet: v.sheet, Row: v.record.number, Column: column, Value: value, Text: text})
}

func (v *view) wrong(rule, column, value, text string) {
	v.problem(listing.Error, rule, column, value, text)
}

// turn goes to the next row and reports whether it holds anything that can be read.
func (v *view) turn(r record) bool {
	v.record, v.failed = r, false
	return !empty(r.cells) && v.fits() && v.readable()
}

func empty(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// fits checks that the row has as many fields as the header; empty ones behind the last are a spreadsheet's habit. In a workbook nothing
// can have moved: cells that are missing are empty, and those behind the last column do not matter.
func (v *view) fits() bool {
	n, width := len(v.record.cells), v.layout.width
	switch {
	case n == width || n > width && empty(v.record.cells[width:]):
		return true
	case v.record.kinds == nil:
		v.wrong(RuleColumnCount, "", "", fmt.Sprintf("the row has %d fields and the header %d: look for a comma or a quote too many or too few", n, width))
		return false
	case n > width && !v.stray:
		v.stray = true
		v.problem(listing.Note, RuleUnknownColumn, "", "", "the row has cells behind the header's last column; they are left out, here and in later rows")
	}
	return true
}

// readable checks that every column that is read holds a value that can be read as text.
func (v *view) readable() bool {
	good := true
	for i, cell := range v.record.cells[:min(v.layout.width, len(v.record.cells))] {
		good = good && utf8.ValidString(cell) && !hasControl(cell) && v.record.kind(i) < booleanCell
	}
	if good {
		return true
	}
	for _, column := range v.layout.form.columns {
		if i := v.layout.place(column.name); i >= 0 && i < len(v.record.cells) {
			v.check(column.name, v.record.cells[i], v.record.kind(i))
		}
	}
	return !v.failed // what an unknown column holds does not matter
}

func (v *view) check(column, cell string, kind cellKind) {
	switch {
	case !utf8.ValidString(cell):
		v.wrong(RuleNotUTF8, column, cell, "the value is not UTF-8: save the file as CSV in UTF-8")
	case hasControl(cell):
		v.wrong(RuleControl, column, cell, "the value holds a control character: remove it")
	case kind == failedCell:
		v.wrong(RuleCellError, column, cell, "the cell's formula fails: correct it, or type the value")
	case kind == booleanCell && !v.booleans:
		v.wrong(RuleCellError, column, cell, "the cell holds true or false where a text, number or date belongs: format it as text and type the value again")
	}
}

func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return true
		}
	}
	return false
}

// cell returns a column's value, trimmed and without what protects spreadsheets from formulas; empty when the file lacks the column. A
// date that a workbook shows is still a number.
func (v *view) cell(column string) string {
	i := v.layout.place(column)
	if i < 0 || i >= len(v.record.cells) {
		return ""
	}
	return strings.TrimSpace(unprotect(strings.TrimSpace(v.record.cells[i])))
}

// text is cell with dates as they would be typed.
func (v *view) text(column string) string {
	cell := v.cell(column)
	if v.kind(column) == dateCell {
		if t, ok := fromSerial(cell, v.from04); ok {
			return dateText(t)
		}
	}
	return cell
}

// kind returns what a workbook says a column's value is.
func (v *view) kind(column string) cellKind {
	if i := v.layout.place(column); i >= 0 && i < len(v.record.cells) {
		return v.record.kind(i)
	}
	return textCell
}

// date reads a date, whether typed, shown as one or counted in days. There is none when the cell is empty.
func (v *view) date(column string) (t time.Time, there, ok bool) {
	cell := v.cell(column)
	switch {
	case cell == "":
		return t, false, true
	case v.kind(column) == textCell:
		t, ok = parseDate(cell, v.from04)
	default:
		t, ok = fromSerial(cell, v.from04)
	}
	return t, true, ok
}
