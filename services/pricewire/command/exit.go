package command

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// The exit codes that scripts rely on.
const (
	OK          = 0
	Failure     = 1
	UsageError  = 2
	NotFound    = 3
	Conflict    = 4
	Refused     = 5
	Unavailable = 6
)

// Line is the place of an error that is in the command line itself.
const Line = "command line"

// Code maps a fault to its exit code: the one place that does. Invalid input is a usage error when it was typed, a failure when it was in a
// file.
func Code(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		if typed(fault.PlacesOf(err)) {
			return UsageError
		}
	case fault.NotFound:
		return NotFound
	case fault.Conflict:
		return Conflict
	case fault.Refused, fault.Unauthenticated, fault.Forbidden:
		return Refused
	case fault.Unavailable:
		return Unavailable
	case fault.Internal:
	}
	return Failure
}

// typed reports whether every wrong place is something the person typed.
func typed(places []fault.Place) bool {
	for _, place := range places {
		where, _, _ := strings.Cut(place.Where, ".")
		switch where {
		case "query", "path", "header", "flag", "body", Line:
		default:
			return false
		}
	}
	return len(places) > 0
}

// Usage marks an error as one of the command line of a program.
func Usage(err error, hint string) error {
	return fault.New(fault.Invalid, "%w", err).WithPlaces(fault.Place{Where: Line, Problem: err.Error()}).WithHint("%s", hint)
}
