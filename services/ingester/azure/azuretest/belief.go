package azuretest

import (
	"slices"
	"time"
)

// said returns what valid rows say: for every day from the earliest start on, the price of the row in force that has the latest start.
func said(rows []version) []span {
	var edges []day
	for _, r := range rows {
		edges = append(edges, r.start)
		if r.end != open {
			edges = append(edges, r.end)
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var spans []span
	for i, from := range edges {
		row, found := currentOf(rows, from.time())
		if !found {
			continue
		}
		to := open
		if i+1 < len(edges) {
			to = edges[i+1]
		}
		spans = add(spans, span{from: from, to: to, price: row.price, start: row.start})
	}
	return spans
}

// add appends a span, to the last one if it goes on with it.
func add(spans []span, s span) []span {
	if n := len(spans); n > 0 && spans[n-1].to == s.from && spans[n-1].price == s.price && spans[n-1].start == s.start && spans[n-1].untilRetired.IsZero() {
		spans[n-1].to, spans[n-1].untilRetired = s.to, s.untilRetired
		return spans
	}
	return append(spans, s)
}

// joined replaces what was believed from the first day on that something is said of.
func joined(belief, said []span) []span {
	first := said[0].from
	var all []span
	for _, s := range belief {
		if s.from >= first {
			break
		}
		if s.to == open || s.to > first || (!s.untilRetired.IsZero() && s.untilRetired.After(first.time())) {
			s.to, s.untilRetired = first, time.Time{}
		}
		all = add(all, s)
	}
	for _, s := range said {
		all = add(all, s)
	}
	return all
}

// after returns the part of a belief that speaks of what comes after a day.
func after(belief []span, today day) []span {
	var all []span
	for _, s := range belief {
		if s.to != open && s.to <= today {
			continue
		}
		s.from = max(s.from, today)
		all = append(all, s)
	}
	return all
}

// ended replaces a belief by none from an instant on.
func ended(belief []span, at time.Time) []span {
	var all []span
	for _, s := range belief {
		if !s.from.time().Before(at) {
			break
		}
		if s.to == open || s.to.time().After(at) {
			s.to, s.untilRetired = open, at
		}
		all = append(all, s)
	}
	return all
}
