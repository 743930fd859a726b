package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestARealAlarmGoesOffAtItsInstant(t *testing.T) {
	for name, wait := range map[string]time.Duration{
		"soon": time.Millisecond, "at a recheck": recheck, "between rechecks": 7*recheck + 1, "far away": 40 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := Real()
				a := c.NewAlarm("test")
				at := c.Now().Add(wait)
				a.Set(at)
				if got := <-a.C(); !got.Equal(at) || !c.Now().Equal(at) {
					t.Fatalf("got %s at %s, want %s", got, c.Now(), at)
				}
			})
		})
	}
}

func TestARealAlarmForThePastGoesOffAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Real()
		before := c.Now()
		at := before.AddDate(-1000, 0, 0)
		a := c.NewAlarm("test")
		a.Set(at)
		if got := <-a.C(); !got.Equal(at) || !c.Now().Equal(before) {
			t.Fatalf("got %s at %s", got, c.Now())
		}
	})
}

func TestARealAlarmBeyondAllDurationsCanBeSetAndCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := Real().NewAlarm("test")
		a.Set(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		time.Sleep(time.Hour)
		a.Clear()
		wantSilent(t, a)
	})
}

func TestARealAlarmSetAgainForgetsTheFirstInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Real()
		a := c.NewAlarm("test")
		first, second := c.Now().Add(time.Minute), c.Now().Add(time.Hour)
		a.Set(first)
		time.Sleep(2 * time.Minute) // it has gone off and was not collected
		a.Set(second)
		if got := <-a.C(); !got.Equal(second) {
			t.Fatalf("got %s, want %s", got, second)
		}
		a.Set(first)
		a.Clear()
		a.Clear()
		wantSilent(t, a)
	})
}

func TestRealTimeIsInUTCAndComparesByTheWallClock(t *testing.T) {
	now := Real().Now()
	if now.Location() != time.UTC || now != now.Round(0) {
		t.Fatalf("got %v", now)
	}
}

func wantSilent(t *testing.T, a Alarm) {
	t.Helper()
	select {
	case at := <-a.C():
		t.Fatalf("went off for %s", at)
	default:
	}
}
