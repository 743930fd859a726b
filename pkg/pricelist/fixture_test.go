package pricelist

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// at reads "2026-12-01" or an RFC 3339 instant; empty is the zero time. A mistake in a test shows as the year 9999.
func at(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
}

func period(from, to string) effective.Period { return effective.Period{From: at(from), To: at(to)} }

func identity(product string) Identity {
	return Identity{Market: "US", Currency: "USD", Product: product, SKU: "0001", Term: "P1Y", Billing: "Annual"}
}

func line(product string, price int64, from, to string) Line {
	return Line{
		Identity: identity(product), UnitPrice: money.Int(price), ERPPrice: money.Int(price + 2), Basis: PerTerm, Effective: period(from, to),
		Attributes: Attributes{ProductTitle: product, Segment: "Commercial", Tags: "License"},
	}
}

func titled(l Line, title string) Line {
	l.ProductTitle = title
	return l
}

func list(release, effectiveAt string, lines ...Line) List {
	return NewList(release, 1, at(effectiveAt), lines)
}

func price(l *Line) string {
	if l == nil {
		return "none"
	}
	return l.UnitPrice.String()
}

// day makes small instants for models.
func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

const days = 14

func genLine(t *rapid.T, id Identity) Line {
	l := Line{Identity: id, Basis: PerTerm}
	l.UnitPrice = money.Int(int64(rapid.IntRange(1, 3).Draw(t, "price")))
	l.ERPPrice = l.UnitPrice
	l.ProductTitle = rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(t, "title")
	if n := rapid.IntRange(0, days).Draw(t, "from"); n > 0 {
		l.Effective.From = day(n)
	}
	if n := rapid.IntRange(0, days+4).Draw(t, "to"); n <= days {
		l.Effective.To = day(n)
		if !l.Effective.From.Before(l.Effective.To) {
			l.Effective.To = time.Time{}
		}
	}
	return l
}

var modelIdentities = [...]string{"A", "B", "C"}

// genList draws a list of few identities, many of its lines as in the list drawn before it.
func genList(t *rapid.T, n int, former []Line) List {
	var lines []Line
	for _, product := range modelIdentities {
		switch rapid.IntRange(0, 3).Draw(t, "what of "+product) {
		case 0:
		case 1:
			for range rapid.IntRange(1, 3).Draw(t, "lines") {
				lines = append(lines, genLine(t, identity(product)))
			}
		default:
			for _, l := range former {
				if l.Product == product {
					lines = append(lines, l)
				}
			}
		}
	}
	e := day(rapid.IntRange(1, days).Draw(t, "effective"))
	return NewList(fmt.Sprintf("r%d", n), n, e, lines)
}

// modelAnswer is the contract's sentence, evaluated for one instant over lists in any order.
func modelAnswer(lists []List, id Identity, v time.Time) *Line {
	return modelIn(lists, modelGreatest(lists, id, v, func(e time.Time) bool { return !e.After(v) }), id, v)
}

// modelGreatest is the list in force for an identity at v among those that have taken effect.
func modelGreatest(lists []List, id Identity, v time.Time, taken func(effectiveAt time.Time) bool) *List {
	var best *List
	for i := range lists {
		l := &lists[i]
		lapsed, ok := l.Lapsed[id]
		if !taken(l.EffectiveAt) || !l.Withdrawn.IsZero() && !v.Before(l.Withdrawn) || ok && !v.Before(lapsed) {
			continue
		}
		if best == nil || l.EffectiveAt.After(best.EffectiveAt) || l.EffectiveAt.Equal(best.EffectiveAt) && l.Revision > best.Revision {
			best = l
		}
	}
	return best
}

func modelIn(lists []List, l *List, id Identity, v time.Time) *Line {
	if l == nil {
		return nil
	}
	var answer *Line
	held, later := 0, 0
	for i := range l.Lines {
		line := &l.Lines[i]
		if line.Identity != id {
			continue
		}
		held++
		if line.Effective.From.After(v) {
			later++
		}
		if line.Effective.Contains(v) && (answer == nil || compareLines(line, answer) < 0) {
			answer = line
		}
	}
	if held > 0 && held == later {
		before := modelGreatest(lists, id, v, func(e time.Time) bool { return e.Before(l.EffectiveAt) })
		return modelIn(lists, before, id, v)
	}
	return answer
}

func spanAt(t interface{ Fatalf(string, ...any) }, spans []Span, v time.Time) *Line {
	for _, s := range spans {
		if s.Contains(v) {
			return s.Line
		}
	}
	t.Fatalf("no span holds %s", v)
	return nil
}

func mustBeTimeline(t *testing.T, spans []Span, from time.Time) {
	t.Helper()
	for i, s := range spans {
		last := i == len(spans)-1
		if !s.From.Equal(from) || s.To.IsZero() != last || s.Empty() {
			t.Fatalf("span %d of a timeline from %s is %v", i, from, s.Period)
		}
		from = s.To
	}
}

// sameAnswer reports whether two lines of one identity, or their absence, answer alike.
func sameAnswer(a, b *Line) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameLine(a, b)
}
