package up

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedSoonerUnlessSomebodyHasSaidWhen(t *testing.T) {
	const before = 77
	t.Cleanup(func() { debug.SetGCPercent(100) })
	for said, want := range map[string]int{"": heapPercent, "100": before, "off": before} {
		t.Setenv("GOGC", said)
		debug.SetGCPercent(before)
		keepSmall()
		if got := debug.SetGCPercent(before); got != want {
			t.Errorf("with GOGC=%q it is %d, want %d", said, got, want)
		}
	}
}
