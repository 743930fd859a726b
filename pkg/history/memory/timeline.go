package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
)

// known is one period of the history of a line or an item.
type known[L any] struct {
	history.Position
	listing.Span[L]
	at time.Time
}

// appendKnown adds the spans of a change, as they are kept, when it was known by an instant.
func appendKnown[L any](periods []known[L], of history.Position, at, knownAt time.Time, spans []listing.Span[L]) []known[L] {
	if at = history.StoredKnown(at); at.After(knownAt) {
		return periods
	}
	for i, span := range spans {
		span.From, span.To = history.FromStored(history.StoredFrom(span.From)), history.ToStored(history.StoredTo(span.To))
		of.Row = uint32(i)
		periods = append(periods, known[L]{of, span, at})
	}
	return periods
}

// inOrder brings periods into the order in which they became known.
func inOrder[L any](periods []known[L]) []known[L] {
	slices.SortStableFunc(periods, func(a, b known[L]) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Row, b.Row))
	})
	return periods
}

// latest returns the latest known period that holds v.
func latest[L any](periods []known[L], v time.Time) (known[L], bool) {
	for i := len(periods) - 1; i >= 0; i-- {
		if periods[i].Contains(v) {
			return periods[i], true
		}
	}
	return known[L]{}, false
}

// around returns the time around an instant in which the answer stays the same: it looks at the answer from every boundary on.
func around[L any](periods []known[L], at time.Time, line *L, alike func(a, b *L) bool) effective.Period {
	var bounds []time.Time
	for _, p := range periods {
		bounds = append(bounds, history.StoredFrom(p.From), history.StoredTo(p.To))
	}
	slices.SortFunc(bounds, time.Time.Compare)
	valid := effective.Period{From: history.Always(), To: history.Open()}
	changed := line != nil // before the first boundary there is none
	for _, b := range bounds {
		next, _ := latest(periods, b)
		same := alike(next.Line, line)
		switch {
		case b.After(at):
			if !same && b.Before(valid.To) {
				valid.To = b
			}
		case !same:
			changed = true
		case changed:
			valid.From, changed = b, false
		}
	}
	return effective.Period{From: history.FromStored(valid.From), To: history.ToStored(valid.To)}
}
