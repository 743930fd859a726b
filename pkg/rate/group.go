package rate

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Group is a part of a catalogue, and how much of it is known.
type Group struct {
	Family, Region string
	Identities     int // known, and neither retired nor absent
}

// Groups returns the groups of what a scope owns, in order.
func (l *Ledger) Groups(scope string) []Group {
	l.mu.RLock()
	defer l.mu.RUnlock()
	x := &l.index
	counts := make([]int, len(x.homes.all))
	for n := range x.count {
		_, retired := x.retired[n]
		_, absent := x.absent[n]
		if !retired && !absent {
			counts[x.at(n).home]++
		}
	}
	var out []Group
	for id, n := range counts {
		if h := x.homes.all[id]; n > 0 && h.scope == scope {
			out = append(out, Group{h.group.family, h.group.region, n})
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Region, b.Region)) })
	return out
}

// setSum identifies a set of rows: the sum of their digests. Whoever adds one row twice gets another sum.
type setSum [2]uint64

func (s *setSum) add(d []byte) {
	for i := range s {
		s[i] += binary.BigEndian.Uint64(d[8*i:])
	}
}

// Confirmed reports whether the first traversal of a shard found exactly what was taken of it last: what two crawls saw alike needs no second
// traversal. It is asked between traversals.
func (s *Shard) Confirmed() bool {
	l := s.survey.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	before, ok := l.sums[s.sumKey()]
	return ok && s.pass == 1 && before == s.sum
}

func (s *Shard) sumKey() string { return s.survey.crawl.Scope + "\x00" + s.name }

// resum computes the sum of what a shard has in the end: rows that a shard before it ticked as well are that one's.
func (s *Shard) resum() {
	s.sum = setSum{}
	for _, n := range s.ticked {
		if s.has(n) {
			d := s.survey.slot(n).digest
			s.sum.add(d[:])
		}
	}
	for i := range s.kept {
		s.sum.add(s.kept[i].digest[:])
	}
	for i := range s.bad {
		s.sum.add(s.bad[i].digest[:])
	}
}

// Strays returns how many of how many distinct rows the shard does not cover: a source that sends such rows does not heed its filter.
func (s *Shard) Strays() (strays, of int) { return s.strays, len(s.ticked) + len(s.kept) }
