package listing

import (
	"fmt"

	"github.com/pricewire/pricewire/pkg/fault"
)

// shownPlaces is how many places an error names.
const shownPlaces = 100

// Severity says what a problem does.
type Severity string

// The severities: errors stop a list, warnings wait for a person to acknowledge them, notes are for information.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Problem is something wrong or noteworthy at one place of a list.
type Problem struct {
	Severity Severity
	Rule     string // stable name of the rule, for example "duplicate-identity"
	Sheet    string // empty where a file has one
	Row      int    // as a person counts in the file: the header is row 1; 0 when it is about the whole
	Column   string
	Value    string
	Text     string // what is wrong and how to mend it
}

// Stops reports whether a problem stops the list.
func (p Problem) Stops() bool { return p.Severity == Error }

// Place names where a problem is, as a person counts.
func (p Problem) Place() string {
	s := "the list"
	if p.Row > 0 {
		s = fmt.Sprintf("row %d", p.Row)
	}
	if p.Sheet != "" {
		s = fmt.Sprintf("sheet %q, %s", p.Sheet, s)
	}
	if p.Column != "" {
		s += ", column " + p.Column
	}
	return s
}

// Said is what is wrong, with the value as it stands in the sheet.
func (p Problem) Said() string {
	if p.Value == "" {
		return p.Text
	}
	return fmt.Sprintf("%q: %s", p.Value, p.Text)
}

// Errors returns an invalid fault that names the errors among problems, nil when there are none.
func Errors(problems []Problem) error {
	var places []fault.Place
	count := 0
	for _, p := range problems {
		if !p.Stops() {
			continue
		}
		if count++; len(places) < shownPlaces {
			places = append(places, fault.Place{Where: p.Place(), Problem: p.Said()})
		}
	}
	if count == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "the list has %d errors, the first in %s: %s", count, places[0].Where, places[0].Problem).
		WithPlaces(places...).WithHint("mend the sheet; pricewire release lint FILE names every problem")
}

// Condense keeps, of each rule, the first problems up to a limit, and says in one more how many others there were, so that the problems of
// any list fit into a record. Errors are counted apart from warnings and notes of the same rule.
func Condense(problems []Problem, limit int) []Problem {
	type kind struct {
		severity Severity
		rule     string
	}
	counts := map[kind]int{}
	var kept []Problem
	for _, p := range problems {
		k := kind{p.Severity, p.Rule}
		if counts[k]++; counts[k] <= limit {
			kept = append(kept, p)
		}
	}
	for _, p := range kept[:len(kept):len(kept)] {
		k := kind{p.Severity, p.Rule}
		if more := counts[k] - limit; more > 0 {
			kept = append(kept, Problem{Severity: p.Severity, Rule: p.Rule, Text: fmt.Sprintf("and %d more of this kind", more)})
			counts[k] = 0
		}
	}
	return kept
}
