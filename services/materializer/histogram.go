package materializer

import "slices"

// Histogram counts values by size.
type Histogram struct {
	Bounds []float64 // upper bounds, inclusive, ascending
	Counts []uint64  // values up to each bound and above the one before
	Count  uint64    // of all values
	Sum    float64
}

func newHistogram(bounds []float64) Histogram {
	return Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds))}
}

// countBounds are for rows and messages, secondBounds for times in seconds.
func countBounds() []float64 { return []float64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000} }

func secondBounds() []float64 { return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30} }

func (h *Histogram) add(v float64) {
	h.Count++
	h.Sum += v
	if i, _ := slices.BinarySearch(h.Bounds, v); i < len(h.Counts) {
		h.Counts[i]++
	}
}

func (h *Histogram) clone() Histogram {
	c := *h
	c.Counts = slices.Clone(h.Counts)
	return c
}

// Cumulative returns how many values are at most each bound.
func (h *Histogram) Cumulative() map[float64]uint64 {
	all, sum := make(map[float64]uint64, len(h.Bounds)), uint64(0)
	for i, bound := range h.Bounds {
		sum += h.Counts[i]
		all[bound] = sum
	}
	return all
}
