package pricelist

import (
	"slices"
	"sort"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// List is a published list as the answers need it: when it takes effect, its lines, and what of it was withdrawn.
type List struct {
	listing.Edition
	Lines  []Line                 // in the order of Canonical; the methods and Book rely on it
	Lapsed map[Identity]time.Time // identities that were withdrawn one by one, and from when on
}

// NewList makes a list of lines in any order, of which nothing is withdrawn.
func NewList(release string, revision int, effectiveAt time.Time, lines []Line) List {
	return List{Edition: listing.Edition{Release: release, Revision: revision, EffectiveAt: effectiveAt.UTC()}, Lines: Canonical(lines)}
}

// Canonical returns the lines in their order, each once. It returns lines itself when nothing is to be done, else a new slice.
func Canonical(lines []Line) []Line {
	ordered := true
	for i := 1; i < len(lines) && ordered; i++ {
		ordered = compareLines(&lines[i-1], &lines[i]) < 0
	}
	if ordered {
		return lines
	}
	order := make([]int, len(lines)) // lines are large: move each only once
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareLines(&lines[a], &lines[b]) })
	sorted := make([]Line, 0, len(lines))
	for _, i := range order {
		if n := len(sorted); n == 0 || compareLines(&sorted[n-1], &lines[i]) != 0 {
			sorted = append(sorted, lines[i])
		}
	}
	return sorted
}

// Of returns the lines of an identity, in order of their starts; none when the list does not hold it.
func (l List) Of(id Identity) []Line {
	c := cursor{lines: l.Lines}
	return c.of(&id)
}

// LineAt returns the line of an identity that answers at v in this list alone, nil when none does: the line with start <= v < end, and
// where several are, the one that starts first, until its end. It does not ask whether the list is in force, nor its predecessors.
func (l List) LineAt(id Identity, v time.Time) *Line { return AnswerAt(l.Of(id), v) }

// AnswerAt is LineAt for the lines of one identity, in order of their starts.
func AnswerAt(lines []Line, v time.Time) *Line {
	for i := range lines {
		if lines[i].Effective.Contains(v) {
			return &lines[i]
		}
	}
	return nil
}

// Resolve makes the whole list that a delta stands for: the predecessor's lines, with those of every identity in the delta replaced by
// the delta's. Absent means unchanged; a line is removed by giving it an end. The result is in the order of Canonical.
func Resolve(delta, predecessor []Line) []Line {
	delta, predecessor = Canonical(delta), Canonical(predecessor)
	whole := make([]Line, 0, len(delta)+len(predecessor))
	d := cursor{lines: delta}
	for group := range groups(predecessor) {
		whole = append(whole, d.until(&group[0].Identity)...)
		if own := d.take(&group[0].Identity); len(own) > 0 {
			whole = append(whole, own...)
			continue
		}
		whole = append(whole, group...)
	}
	return append(whole, delta[d.at:]...)
}

// groups yields the lines of each identity in turn.
func groups(lines []Line) func(yield func([]Line) bool) {
	return func(yield func([]Line) bool) {
		for start := 0; start < len(lines); {
			end := groupEnd(lines, start)
			if !yield(lines[start:end]) {
				return
			}
			start = end
		}
	}
}

func groupEnd(lines []Line, start int) int {
	end := start + 1
	for end < len(lines) && lines[end].Identity == lines[start].Identity {
		end++
	}
	return end
}

// cursor finds identities in a list's lines. It only goes forward: identities asked for must not decrease, and asking for all of them in
// turn costs one walk over the list.
type cursor struct {
	lines []Line
	at    int
}

// seek moves to the first line whose identity is not below id.
func (c *cursor) seek(id *Identity) {
	step, low := 1, c.at
	for c.at < len(c.lines) && compareIdentities(&c.lines[c.at].Identity, id) < 0 {
		low = c.at + 1
		c.at += step
		step *= 2
	}
	high := min(c.at, len(c.lines))
	c.at = low + sort.Search(high-low, func(i int) bool { return compareIdentities(&c.lines[low+i].Identity, id) >= 0 })
}

// of returns the lines of an identity.
func (c *cursor) of(id *Identity) []Line {
	c.seek(id)
	if c.at == len(c.lines) || c.lines[c.at].Identity != *id {
		return nil
	}
	return c.lines[c.at:groupEnd(c.lines, c.at)]
}

// take is of that also moves behind the lines.
func (c *cursor) take(id *Identity) []Line {
	lines := c.of(id)
	c.at += len(lines)
	return lines
}

// until returns the lines from the cursor up to those of id.
func (c *cursor) until(id *Identity) []Line {
	start := c.at
	c.seek(id)
	return c.lines[start:c.at]
}
