package pricelist

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// Span is a period of valid time and the line that answers in it, or none.
type Span struct {
	effective.Period
	Line    *Line  // nil: no price
	Release string // release whose line it is, or that says none; empty before the first list takes effect
}

// Timeline returns what a market's lists, all that are known and none withdrawn, answer for an identity from an instant on; see Book.
func Timeline(lists []List, id Identity, from time.Time) []Span {
	return NewBook(lists...).Timeline(id, from)
}

// Changes returns the maximal periods in which the answer is another than before, each with its new answer. Both timelines must begin
// at one instant and be without holes, as Timeline makes them. Whoever writes the changes of every publication over what was there
// before has the latest timeline. An answer is another when its prices, basis, attributes or start are; which release it came from and
// when its line ends do not count: an end is told by the next span.
func Changes(before, after []Span) []Span {
	var changed []Span
	sweep(before, after, func(common effective.Period, was, is Span) {
		if !sameAnswer(was.Line, is.Line) {
			changed = extend(changed, Span{common, is.Line, is.Release})
		}
	})
	return changed
}

// sweep visits the periods that lie in a span of each timeline.
func sweep(a, b []Span, visit func(common effective.Period, a, b Span)) {
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

// sameAnswer reports whether two lines of one identity, or their absence, answer alike.
func sameAnswer(a, b *Line) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	return samePrice(a, b) && a.Effective.From.Equal(b.Effective.From) && a.Attributes == b.Attributes
}

// extend appends a span, or lengthens the last one when that ends where this begins and answers alike: then the earlier release stays.
func extend(spans []Span, s Span) []Span {
	if s.Empty() {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].To.Equal(s.From) && sameAnswer(spans[n-1].Line, s.Line) {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

// answers appends what the lines of one identity answer in a window that does not begin before the first of them. A window's zero end is
// open. It is linear: once a line has answered, none that starts before it can answer again.
func answers(spans []Span, lines []Line, window effective.Period, release string) []Span {
	for i := range lines {
		line := &lines[i]
		if window.Empty() {
			return spans
		}
		if line.Effective.From.After(window.From) {
			gap := window.Clip(effective.Period{To: line.Effective.From})
			spans = extend(spans, Span{gap, nil, release})
			window.From = line.Effective.From
		}
		held := window.Clip(line.Effective)
		if held.Empty() {
			continue
		}
		spans = extend(spans, Span{held, line, release})
		if held.To.IsZero() {
			return spans
		}
		window.From = held.To
	}
	return extend(spans, Span{window, nil, release})
}
