package listing

import (
	"fmt"
	"strings"
	"testing"
)

func said(problems []Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s %s %d", p.Severity, p.Rule, p.Row))
	}
	return strings.Join(all, "; ")
}

func TestCondensedProblemsKeepTheFirstOfEachRule(t *testing.T) {
	var problems []Problem
	for i := range 10 {
		problems = append(problems, Problem{Severity: Note, Rule: "a", Row: i}, Problem{Severity: Error, Rule: "a", Row: i})
	}
	problems = append(problems, Problem{Severity: Note, Rule: "b", Row: 11})
	got := Condense(problems, 2)
	if want := "note a 0; error a 0; note a 1; error a 1; note b 11; note a 0; error a 0"; said(got) != want {
		t.Errorf("%s, want %s", said(got), want)
	}
	if got[5].Text != "and 8 more of this kind" {
		t.Error(got[5].Text)
	}
}
