package rate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
)

func TestASourceIsToldToBeStaleAfterThreeRefusalsAndLessAndLessOften(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var s rate.Stale
	var told []int
	for n := 1; n <= 30; n++ {
		at = at.Add(time.Hour)
		if s = s.Then(at, time.Time{}); s.Refused != n {
			t.Fatalf("%d after %d refusals", s.Refused, n)
		}
		if s.Told() {
			told = append(told, n)
		}
	}
	if got := fmt.Sprint(told); got != "[3 6 12 24]" {
		t.Error(got)
	}
	if again := s.Then(at, time.Time{}); again != s {
		t.Errorf("one that is refused again counts: %+v", again)
	}
	if s = s.Then(at.Add(time.Hour), at); s.Refused != 1 || !s.Since.Equal(at.Add(time.Hour)) || !s.Taken.Equal(at) {
		t.Errorf("after one that was taken: %+v", s)
	}
	if s = s.Then(at.Add(2*time.Hour), at); s.Refused != 2 {
		t.Errorf("after another: %+v", s)
	}
}
