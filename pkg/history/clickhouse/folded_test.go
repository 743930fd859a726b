package clickhouse

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAFoldedTaleSaysWhatTheTaleSaysOfEveryInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const base, days = int64(1_000_000), int64(12)
		instant := rapid.OneOf(rapid.Int64Range(base, base+days), rapid.SampledFrom([]int64{alwaysMilli(), openMilli()}))
		var told tale[int]
		for range rapid.IntRange(0, 12).Draw(t, "told") {
			told = append(told, saying[int]{from: instant.Draw(t, "from"), to: instant.Draw(t, "to"), answer: rapid.IntRange(0, 2).Draw(t, "answer")})
		}
		says := func(v int64) int {
			if i := told.latest(v); i >= 0 {
				return told[i].answer
			}
			return 0
		}
		f := told.fold()
		for v := base - 2; v <= base+days+2; v++ {
			from, to := f.around(v)
			wantFrom, wantTo := v, v+1
			for wantFrom >= base-1 && says(wantFrom-1) == says(v) {
				wantFrom--
			}
			for wantTo <= base+days && says(wantTo) == says(v) {
				wantTo++
			}
			if wantFrom < base-1 || v < base {
				wantFrom = alwaysMilli()
			}
			if wantTo > base+days || v > base+days {
				wantTo = openMilli()
			}
			if from != wantFrom || to != wantTo {
				t.Fatalf("%v: around %d: %d to %d, want %d to %d", told, v, from, to, wantFrom, wantTo)
			}
		}
	})
}
