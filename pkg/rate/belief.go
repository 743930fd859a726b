package rate

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Span is a period of valid time and the answer that holds in it: a price and the start of its row, or none.
type Span struct {
	effective.Period
	None  bool
	Price money.Decimal // 0 when None
	Start time.Time     // start of the row that gives the price; zero when None
}

// SameAnswer reports whether two spans answer alike: the same price from the same start, or both none.
func (s Span) SameAnswer(o Span) bool {
	return s.None == o.None && s.Price == o.Price && s.Start.Equal(o.Start)
}

// A belief is a timeline of answers as known at one time: spans in order that do not overlap, none of them None, and no two that touch
// and answer alike. Where it has no span the answer is none, whether an observation said so or none ever spoke of that time. Equal
// beliefs are therefore equal slices.

// Apply folds periods, in the order in which they became known, into a belief: each replaces what was believed of its own range. The
// belief given is not modified.
func Apply(belief []Span, periods []Span) []Span {
	for _, p := range periods {
		if p.Empty() {
			continue
		}
		next := until(make([]Span, 0, len(belief)+2), belief, p.From)
		if !p.None {
			next = extend(next, p)
		}
		if !p.To.IsZero() {
			next = since(next, belief, p.To)
		}
		belief = next
	}
	return belief
}

// AnswerAt returns the answer at v with the whole range in which it holds as believed, so that To says when the answer ends; zero ends
// are open. It reports false when the answer is none: the span is then None and says from and until when there is none.
func AnswerAt(belief []Span, v time.Time) (Span, bool) {
	gap := Span{None: true}
	for _, s := range belief {
		if s.Contains(v) {
			return s, true
		}
		if v.Before(s.From) {
			gap.To = s.From
			break
		}
		gap.From = s.To
	}
	return gap, false
}

// until appends to dst what belief says before t.
func until(dst, belief []Span, t time.Time) []Span {
	for _, s := range belief {
		if !s.From.Before(t) {
			break
		}
		if s.To.IsZero() || s.To.After(t) {
			s.To = t
		}
		dst = extend(dst, s)
	}
	return dst
}

// since appends to dst what belief says from t on.
func since(dst, belief []Span, t time.Time) []Span {
	for _, s := range belief {
		if !s.To.IsZero() && !s.To.After(t) {
			continue
		}
		if s.From.Before(t) {
			s.From = t
		}
		dst = extend(dst, s)
	}
	return dst
}

// extend appends s, or lengthens the last span when s goes on with its answer.
func extend(dst []Span, s Span) []Span {
	if n := len(dst); n > 0 && dst[n-1].To.Equal(s.From) && !dst[n-1].To.IsZero() && dst[n-1].SameAnswer(s) {
		dst[n-1].To = s.To
		return dst
	}
	return append(dst, s)
}

// changed returns the maximal ranges from t on in which two beliefs answer differently, each with the answer of the second.
func changed(before, after []Span, t time.Time) []Span {
	var out []Span
	for {
		b, _ := AnswerAt(before, t)
		a, _ := AnswerAt(after, t)
		to := b.To
		if compareEnds(a.To, to) < 0 {
			to = a.To
		}
		if !a.SameAnswer(b) {
			a.Period = effective.Period{From: t, To: to}
			out = extend(out, a)
		}
		if to.IsZero() {
			return out
		}
		t = to
	}
}

// said returns the timeline that the rows of one observation give: at every time, the row that holds it and has the latest start. The
// rows are in order of their starts.
func said(rows []Row) []Span {
	if len(rows) == 1 {
		return []Span{rows[0].span()}
	}
	var timeline []Span
	for i := range rows {
		timeline = Apply(timeline, []Span{rows[i].span()})
	}
	return timeline
}
