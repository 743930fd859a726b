package clickhouse

import (
	"cmp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
)

// Questions about many rates or prices at once are folded here, in whole numbers: valid times are milliseconds, times of knowledge
// microseconds since 1970, as the columns have them.

// saying is one period as it was told: from known on, answer holds in [from, to). The zero answer is none.
type saying[A comparable] struct {
	from, to int64
	known    int64
	seq      uint64
	row      uint32
	stream   string // of a rate; of a line it is read with what else its place tells
	answer   A
	release  string // whose licence line it is
}

// tale is all that was told of one rate or price, in the order in which it became known.
type tale[A comparable] []saying[A]

// order brings a tale into its order. Rows mostly come in it.
func (t tale[A]) order() {
	slices.SortFunc(t, func(a, b saying[A]) int {
		return cmp.Or(cmp.Compare(a.known, b.known), cmp.Compare(a.seq, b.seq), cmp.Compare(a.row, b.row))
	})
}

// known is the part of a tale that was known at an instant.
func (t tale[A]) known(at int64) tale[A] {
	n := len(t)
	for n > 0 && t[n-1].known > at {
		n--
	}
	return t[:n]
}

// latest is the index of the latest told period that holds v, -1 when none does.
func (t tale[A]) latest(v int64) int {
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].from <= v && v < t[i].to {
			return i
		}
	}
	return -1
}

// bounds are the instants between two others at which periods begin or end, in order and each once.
func (t tale[A]) bounds(after, before int64) []int64 {
	var all []int64
	for i := range t {
		for _, b := range [2]int64{t[i].from, t[i].to} {
			if b > after && b < before {
				all = append(all, b)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// step is an instant from which on a tale says something else.
type step[A comparable] struct {
	at     int64
	saying *saying[A] // nil: nothing was ever said
}

// steps are where a tale becomes another in a range: at its start, and wherever what it says is not the same as before.
func (t tale[A]) steps(from, to int64, same func(a, b *saying[A]) bool) []step[A] {
	var all []step[A]
	for _, v := range append([]int64{from}, t.bounds(from, to)...) {
		next := step[A]{v, t.said(v)}
		if n := len(all); n == 0 || !same(all[n-1].saying, next.saying) {
			all = append(all, next)
		}
	}
	return all
}

// said is the period that answers for v, nil when none does.
func (t tale[A]) said(v int64) *saying[A] {
	if i := t.latest(v); i >= 0 {
		return &t[i]
	}
	return nil
}

// restated is a range in which what was said is not what is said.
type restated[A comparable] struct {
	from, to   int64
	said, says *saying[A]
}

// restate compares, over a range, what a tale said with what it says at one time of knowledge. What was said is what it said at another time
// of knowledge, or, without one, at each instant itself, as far as that was known by the other.
func (t tale[A]) restate(from, to int64, saidAt *int64, knownAt int64, same func(a, b *saying[A]) bool) []restated[A] {
	at := append([]int64{from}, t.bounds(from, to)...)
	if saidAt == nil {
		for i := range t {
			if known := (t[i].known + 999) / 1000; known > from && known < to { // the first millisecond that knows it
				at = append(at, known)
			}
		}
		slices.Sort(at)
		at = slices.Compact(at)
	}
	now := t.known(knownAt)
	var all []restated[A]
	for i, v := range at {
		then := min(v*1000, knownAt)
		if saidAt != nil {
			then = *saidAt
		}
		r := restated[A]{from: v, to: to, said: t.known(then).said(v), says: now.said(v)}
		if i+1 < len(at) {
			r.to = at[i+1]
		}
		if same(r.said, r.says) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].to == v && same(all[n-1].said, r.said) && same(all[n-1].says, r.says) {
			all[n-1].to = r.to
			continue
		}
		all = append(all, r)
	}
	return all
}

func alwaysMilli() int64 { return history.Always().UnixMilli() }
func openMilli() int64   { return history.Open().UnixMilli() }

// askedMilli is an instant of valid time as it is asked about.
func askedMilli(t time.Time) int64 { return t.UTC().Truncate(time.Millisecond).UnixMilli() }

// askedMicro is an instant of knowledge as it is asked about.
func askedMicro(t time.Time) int64 { return history.StoredKnown(t).UnixMicro() }

// fromMilliExact is the instant itself, however early.
func fromMilliExact(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func fromMilli(ms int64) time.Time { return history.FromStored(time.UnixMilli(ms).UTC()) }
func toMilli(ms int64) time.Time   { return history.ToStored(time.UnixMilli(ms).UTC()) }
func knownMicro(us int64) time.Time {
	return time.UnixMicro(us).UTC()
}
