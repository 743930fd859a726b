package command

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Wrong collects what is wrong with the values of flags. The zero value is ready.
type Wrong struct {
	places []fault.Place
}

// Flag notes a problem with a flag.
func (w *Wrong) Flag(flag, problem string) {
	w.places = append(w.places, fault.Place{Where: "flag." + flag, Problem: problem})
}

// Err is an invalid fault that names every problem, nil when there is none.
func (w *Wrong) Err() error {
	if len(w.places) == 0 {
		return nil
	}
	texts := make([]string, len(w.places))
	for i, p := range w.places {
		texts[i] = "--" + strings.TrimPrefix(p.Where, "flag.") + ": " + p.Problem
	}
	return fault.New(fault.Invalid, "%s", strings.Join(texts, "; ")).WithPlaces(w.places...)
}
