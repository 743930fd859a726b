package up

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedSoonerUnlessSomebodyHasSaidWhen(t *testing.T) {
	before := debug.SetGCPercent(goPercent)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for said, want := range map[int]int{goPercent: heapPercent, 200: 200, -1: -1} {
		debug.SetGCPercent(said)
		keepSmall()
		if got := debug.SetGCPercent(goPercent); got != want {
			t.Errorf("GOGC=%d becomes %d, want %d", said, got, want)
		}
	}
}
