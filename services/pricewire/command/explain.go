package command

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// MostPlaces is how many wrong places of a file are shown on the terminal; `release lint -o json` shows all.
const MostPlaces = 20

// Explain writes an error for a person: what happened, where, and what to do. flagOf names the flag that is sent as a parameter.
func Explain(w io.Writer, err error, flagOf func(parameter string) string) {
	places := fault.PlacesOf(err)
	_, _ = fmt.Fprintln(w, "error:", said(err, places, flagOf))
	for i, place := range places {
		if i == MostPlaces {
			_, _ = fmt.Fprintf(w, "  … and %d more\n", len(places)-MostPlaces)
			break
		}
		if !strings.Contains(err.Error(), place.Problem) {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", asFlags(place.Where, flagOf), place.Problem)
		}
	}
	if hint := fault.HintOf(err); hint != "" && !strings.HasPrefix(hint, "/openapi.json") { // that is for programs
		_, _ = fmt.Fprintln(w, "hint:", hint)
	}
}

// said is an error's message, with the flag that is wrong before it where the message does not name it.
func said(err error, places []fault.Place, flagOf func(string) string) string {
	text := asFlags(err.Error(), flagOf)
	if len(places) != 1 || !strings.Contains(err.Error(), places[0].Problem) {
		return text
	}
	if flag := asFlags(places[0].Where, flagOf); strings.HasPrefix(flag, "--") && !strings.Contains(text, flag) {
		return flag + ": " + text
	}
	return text
}

// asFlags turns the names of a request's parameters into those of the flags that people give.
func asFlags(text string, flagOf func(string) string) string {
	return regexp.MustCompile(`\b(?:query|body|flag|path)\.[a-z]+(?:[_-][a-z]+)*`).ReplaceAllStringFunc(text, func(place string) string {
		_, name, _ := strings.Cut(place, ".")
		return flagOf(name)
	})
}

// FlagOf is how a parameter is called as a flag where nothing else is known of it.
func FlagOf(parameter string) string { return "--" + strings.ReplaceAll(parameter, "_", "-") }
