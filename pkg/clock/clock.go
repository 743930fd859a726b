package clock

import "time"

// Clock tells the time and wakes at instants.
type Clock interface {
	// Now returns the current instant in UTC; it never goes back.
	Now() time.Time
	// NewAlarm returns an alarm that is not set. The name appears in diagnostics.
	NewAlarm(name string) Alarm
}

// Alarm wakes its owner at an instant. While an alarm of a simulated clock is due, that clock stands still at the instant until the
// owner sets the alarm again or clears it: what is due is done exactly then, however fast the clock. An alarm is for one goroutine.
type Alarm interface {
	// C delivers the instant the alarm was set for, once it has come; at once when it lies in the past.
	C() <-chan time.Time
	// Set arms the alarm for an instant, replacing what it was set for before.
	Set(at time.Time)
	// Clear disarms the alarm; the owner's work for the last instant, if any, is finished.
	Clear()
}
