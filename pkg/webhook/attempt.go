package webhook

import (
	"time"
)

// How long it is waited after a failure: from the first wait on twice as long each time, up to the longest.
const (
	FirstWait   = 5 * time.Second
	LongestWait = time.Hour
	// MostRetryAfter bounds what an endpoint can ask for.
	MostRetryAfter = 24 * time.Hour
)

// GivesUp is how long an endpoint may fail before it is disabled, unless it is configured otherwise.
const GivesUp = 5 * 24 * time.Hour

// Answer is what came of an attempt.
type Answer struct {
	Status     int           // HTTP; 0: none came
	Problem    string        // why none came
	RetryAfter time.Duration // as the endpoint asked; 0: it did not
	Refused    bool          // the address may not be reached
}

// Verdict says what follows from an answer.
type Verdict int

// The verdicts.
const (
	Delivered Verdict = iota // 2xx
	Waits                    // the event's subject waits, others go on: the endpoint did not take this one
	Pauses                   // everything waits: the endpoint takes nothing
	Gone                     // 410: the endpoint wants no more, ever
)

// Judge says what follows from an answer.
func (a Answer) Judge() Verdict {
	switch {
	case a.Status >= 200 && a.Status < 300:
		return Delivered
	case a.Status == 410:
		return Gone
	case a.Status == 0, a.Status == 401, a.Status == 403, a.Status == 404, a.Status == 408, a.Status == 429, a.Status == 502, a.Status == 503, a.Status == 504,
		a.RetryAfter > 0, a.Status >= 300 && a.Status < 400:
		return Pauses
	}
	return Waits
}

// Wait is how long it is waited after the n-th failure in a row, from 1: twice as long each time, up to the longest, less up to a fifth by
// chance (0 to 1), so that not all come back at once; never shorter than the endpoint asked, within bounds.
func (a Answer) Wait(n int, chance float64) time.Duration {
	wait := FirstWait << min(max(n-1, 0), 20)
	wait = min(wait, LongestWait)
	wait -= time.Duration(chance * float64(wait) / 5)
	return max(wait, min(a.RetryAfter, MostRetryAfter))
}
