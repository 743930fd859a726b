package pricelist

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Span is a period of valid time and the line that answers in it, or none.
type Span = listing.Span[Line]

// Changes returns the maximal periods in which the answer is another than before, each with its new answer. Both timelines must begin
// at one instant and be without holes, as Timeline makes them. An answer is another when its prices, basis, attributes or start are; which
// release it came from and when its line ends do not count: an end is told by the next span.
func Changes(before, after []Span) []Span { return listing.Changes(before, after, sameLine) }

// sameLine reports whether two lines of one identity answer alike.
func sameLine(a, b *Line) bool {
	return samePrice(a, b) && a.Effective.From.Equal(b.Effective.From) && a.Attributes == b.Attributes
}

func extend(spans []Span, s Span) []Span { return listing.Extend(spans, s, sameLine) }

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
			spans = extend(spans, Span{Period: gap, Release: release})
			window.From = line.Effective.From
		}
		held := window.Clip(line.Effective)
		if held.Empty() {
			continue
		}
		spans = extend(spans, Span{Period: held, Line: line, Release: release})
		if held.To.IsZero() {
			return spans
		}
		window.From = held.To
	}
	return extend(spans, Span{Period: window, Release: release})
}
