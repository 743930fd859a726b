package clickhouse

import (
	"context"
	"slices"

	"github.com/pricewire/pricewire/pkg/effective"
)

// folded is what a tale says of all instants: from each of its starts on, until the next, one answer, which is another than the one before.
type folded[A comparable] struct {
	starts  []int64
	answers []A
}

// fold folds a tale in one pass, from what was told last to what was told first: what is told of an instant already stays.
func (t tale[A]) fold() folded[A] {
	bounds := t.bounds(alwaysMilli(), openMilli())
	starts := append([]int64{alwaysMilli()}, bounds...)
	answers := make([]A, len(starts))
	open := make([]int, len(starts)+1) // of each instant the first from it on of which nothing is told yet, or one on the way there
	for i := range open {
		open[i] = i
	}
	next := func(i int) int {
		for open[i] != i {
			open[i] = open[open[i]]
			i = open[i]
		}
		return i
	}
	for _, p := range slices.Backward(t) {
		first, _ := slices.BinarySearch(starts, p.from)
		for i := next(first); i < len(starts) && starts[i] < p.to; i = next(i) {
			answers[i], open[i] = p.answer, i+1
		}
	}
	f := folded[A]{starts[:1], answers[:1]}
	for i := 1; i < len(starts); i++ {
		if answers[i] != f.answers[len(f.answers)-1] {
			f.starts, f.answers = append(f.starts, starts[i]), append(f.answers, answers[i])
		}
	}
	return f
}

// around is the time around v in which the answer is the same, from always or until open when it was or will be no other.
func (f *folded[A]) around(v int64) (from, to int64) {
	n, found := slices.BinarySearch(f.starts, v)
	if !found {
		n = max(n-1, 0)
	}
	if n+1 < len(f.starts) {
		return f.starts[n], f.starts[n+1]
	}
	return f.starts[n], openMilli()
}

// period is around as a period.
func (f *folded[A]) period(v int64) effective.Period {
	from, to := f.around(v)
	return effective.Period{From: fromMilli(from), To: toMilli(to)}
}

// folds keeps how tales are folded, so that many lines about one rate or price fold it once. It belongs to one question.
type folds[K, A comparable] map[K]*kept[A]

// kept is the fold of so much of a tale as was known when it was last asked about.
type kept[A comparable] struct {
	told int
	folded[A]
}

// of folds the part of a tale that was known.
func (f folds[K, A]) of(key K, known tale[A]) *folded[A] {
	k := f[key]
	if k == nil || k.told != len(known) {
		k = &kept[A]{len(known), known.fold()}
		f[key] = k
	}
	return &k.folded
}

// foldedBetween is after how many lines it is looked whether somebody still waits for the answer.
const foldedBetween = 1_024

// unwanted is why nobody waits for the n-th line any more; it is looked now and then.
func unwanted(ctx context.Context, n int) error {
	if n%foldedBetween == 0 && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
