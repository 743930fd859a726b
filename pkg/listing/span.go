package listing

import (
	"github.com/pricewire/pricewire/pkg/effective"
)

// Span is a period of valid time and what is answered in it: a line, or none. A timeline is spans without holes between them.
type Span[L any] struct {
	effective.Period
	Line    *L     // nil: none
	Release string // release whose line it is, or that says none; empty before the first list takes effect
}

// Changes returns the maximal periods in which the answer is another than before, each with its new answer. Both timelines must begin
// at one instant and be without holes. Whoever writes the changes of everything that becomes known over what was there before has the
// latest timeline. Same says when two lines answer alike; which release an answer came from does not count.
func Changes[L any](before, after []Span[L], same func(a, b *L) bool) []Span[L] {
	var changed []Span[L]
	Sweep(before, after, func(common effective.Period, was, is Span[L]) {
		if !sameAnswer(was.Line, is.Line, same) {
			changed = Extend(changed, Span[L]{common, is.Line, is.Release}, same)
		}
	})
	return changed
}

// Sweep visits the periods that lie in a span of each timeline.
func Sweep[L any](a, b []Span[L], visit func(common effective.Period, a, b Span[L])) {
	for len(a) > 0 && len(b) > 0 {
		x, y := a[0], b[0]
		common := x.Clip(y.Period)
		if !common.Empty() {
			visit(common, x, y)
		}
		if x.To.Equal(common.To) {
			a = a[1:]
		}
		if y.To.Equal(common.To) {
			b = b[1:]
		}
	}
}

// Extend appends a span, or lengthens the last one when that ends where this begins and answers alike: then the earlier release stays.
func Extend[L any](spans []Span[L], s Span[L], same func(a, b *L) bool) []Span[L] {
	if s.Empty() {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].To.Equal(s.From) && sameAnswer(spans[n-1].Line, s.Line, same) {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

func sameAnswer[L any](a, b *L, same func(a, b *L) bool) bool {
	if a == b {
		return true
	}
	return a != nil && b != nil && same(a, b)
}

// Restated returns where what is believed at one step of a story must be told again, because something was slipped in before that step. Was
// and is are the timelines before and after the step as they were without what was slipped in, and now the same two with it. What the step
// told at the time stands where was and is differ; everywhere else the belief before it shines through. When the step may have told more
// than that, because it was told before something else was slipped in, sure is false and everything that differs is told.
func Restated[L any](was, is, wasNow, isNow []Span[L], sure bool, same func(a, b *L) bool) []Span[L] {
	var told []Span[L]
	Sweep(was, is, func(step effective.Period, a, b Span[L]) {
		moved := !sameAnswer(a.Line, b.Line, same)
		Sweep([]Span[L]{{step, b.Line, b.Release}}, clip(wasNow, step), func(x effective.Period, _, c Span[L]) {
			for _, d := range clip(isNow, x) {
				differs := !sameAnswer(b.Line, d.Line, same)
				shines := !moved && !sameAnswer(c.Line, d.Line, same)
				if shines || differs && (moved || !sure) {
					told = Extend(told, d, same)
				}
			}
		})
	})
	return told
}

// clip returns the parts of spans that lie in a window.
func clip[L any](spans []Span[L], window effective.Period) []Span[L] {
	var parts []Span[L]
	for _, s := range spans {
		if s.Period = s.Clip(window); !s.Empty() {
			parts = append(parts, s)
		}
	}
	return parts
}
