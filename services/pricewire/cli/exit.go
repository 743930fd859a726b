package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// The exit codes that scripts rely on.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitConflict    = 4
	exitRefused     = 5
	exitUnavailable = 6
)

// commandLine is the place of an error that is in the command line itself.
const commandLine = "command line"

// exitCode maps a fault to its exit code: the one place that does. Invalid input is a usage error when it was typed, a failure when it was
// in a file.
func exitCode(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		if typed(fault.PlacesOf(err)) {
			return exitUsage
		}
	case fault.NotFound:
		return exitNotFound
	case fault.Conflict:
		return exitConflict
	case fault.Refused:
		return exitRefused
	case fault.Unavailable:
		return exitUnavailable
	case fault.Internal:
	}
	return exitFailure
}

// typed reports whether every wrong place is something the person typed.
func typed(places []fault.Place) bool {
	for _, place := range places {
		where, _, _ := strings.Cut(place.Where, ".")
		switch where {
		case "query", "path", "header", "flag", "body", commandLine:
		default:
			return false
		}
	}
	return len(places) > 0
}

// mostPlaces is how many wrong places of a file are shown on the terminal; `release lint -o json` shows all.
const mostPlaces = 20

// asFlags turns the names of a request's parameters into those of the flags that people give.
func asFlags(text string) string {
	return regexp.MustCompile(`\bquery\.([a-z_]+)`).ReplaceAllStringFunc(text, func(name string) string {
		return "--" + strings.ReplaceAll(strings.TrimPrefix(name, "query."), "_", "-")
	})
}

// explain writes an error for a person: what happened, where, and what to do.
func (a *app) explain(err error) {
	_, _ = fmt.Fprintln(a.streams.Err, "error:", asFlags(err.Error()))
	places := fault.PlacesOf(err)
	for i, place := range places {
		if i == mostPlaces {
			_, _ = fmt.Fprintf(a.streams.Err, "  … and %d more\n", len(places)-mostPlaces)
			break
		}
		if !strings.Contains(err.Error(), place.Problem) {
			_, _ = fmt.Fprintf(a.streams.Err, "  %s: %s\n", asFlags(place.Where), place.Problem)
		}
	}
	if hint := fault.HintOf(err); hint != "" && !strings.HasPrefix(hint, "/openapi.json") { // that is for programs
		_, _ = fmt.Fprintln(a.streams.Err, "hint:", hint)
	}
}
