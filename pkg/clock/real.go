package clock

import (
	"sync"
	"time"
)

// recheck bounds how long an alarm of the real clock sleeps before it looks again: when the machine was suspended or its clock was set,
// the alarm is at most this late.
const recheck = 30 * time.Second

// Real returns the machine's clock. When the machine's clock is set back, this one stands still until it has caught up.
func Real() Clock { return &realClock{} }

type realClock struct {
	mu   sync.Mutex
	told time.Time
}

// Now returns the current instant, without the monotonic reading: instants are compared as the wall clock shows them.
func (c *realClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now().Round(0).UTC(); now.After(c.told) {
		c.told = now
	}
	return c.told
}

func (c *realClock) NewAlarm(string) Alarm {
	return &realAlarm{clock: c, c: make(chan time.Time, 1)}
}

type realAlarm struct {
	clock *realClock
	c     chan time.Time

	mu    sync.Mutex
	at    time.Time
	timer *time.Timer // nil when the alarm is not set or has gone off
	round int         // tells a timer of an earlier setting from the present one's
}

func (a *realAlarm) C() <-chan time.Time { return a.c }

func (a *realAlarm) Set(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clear()
	a.at = at.UTC()
	a.look(a.round)
}

func (a *realAlarm) Clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clear()
}

// clear disarms the alarm, and takes back an instant that was not collected. The lock is held.
func (a *realAlarm) clear() {
	a.round++
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	select {
	case <-a.c:
	default:
	}
}

// look goes off, or sleeps a while. The lock is held.
func (a *realAlarm) look(round int) {
	if round != a.round {
		return
	}
	wait := a.at.Sub(a.clock.Now())
	if wait <= 0 {
		a.timer = nil
		a.c <- a.at // has room: clear emptied it
		return
	}
	a.timer = time.AfterFunc(min(wait, recheck), func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.look(round)
	})
}
