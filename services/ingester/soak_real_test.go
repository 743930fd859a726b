//go:build real

package ingester_test

import (
	"fmt"
	"testing"
)

// 50 crawls of 50,000 rows and 2,000 changes, with every fault on. It needs no data, but time.
func TestRealSizeWithEveryFaultOnTellsWhatChangedOnceAndNothingElse(t *testing.T) {
	for _, shape := range []struct {
		name      string
		shardRows int
		pageRows  int
	}{{"whole", -1, 1000}, {"in shards", 5_000, 250}} {
		for _, seed := range seeds(t, 1) {
			t.Run(fmt.Sprint(shape.name, " ", seed), func(t *testing.T) {
				t.Parallel() // half of the time a source and its reader wait for each other
				s := soak{
					seed: seed, rows: 50_000, crawls: 50, changes: 2_100, pageRows: shape.pageRows, shardRows: shape.shardRows,
					unstable: []float64{.02, .05, .02, .02, .02, .02, .24, .02, .02, .02, .02, .05, .02, .02, .02, .02, .02, .02, .02, .02, .02, .02, .02},
				}.begin(t)
				s.run()
				if n := s.judge(); n > 0 {
					t.Errorf("seed %d: %d rates are told of wrongly", seed, n)
				}
			})
		}
	}
}
