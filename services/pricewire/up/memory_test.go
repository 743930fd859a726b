package up

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedSoonerUnlessSomebodyHasSaidWhen(t *testing.T) {
	const before = 77
	restored := debug.SetGCPercent(before)
	t.Cleanup(func() { debug.SetGCPercent(restored) })
	for said, want := range map[string]int{"": heapPercent, "100": before, "off": before} {
		t.Setenv("GOGC", said)
		debug.SetGCPercent(before)
		collectSooner()
		if got := debug.SetGCPercent(before); got != want {
			t.Errorf("with GOGC=%q it is %d, want %d", said, got, want)
		}
	}
}
