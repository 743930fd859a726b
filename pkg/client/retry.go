package client

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// longestRetryAfter bounds what a server may ask to wait: a call that waits longer looks stuck.
const longestRetryAfter = 5 * time.Minute

// backOff is how long to wait after the n-th failure, from 1: twice as long each time, and up to a half less, so that those who failed together do
// not come back together.
func backOff(n int, least, most time.Duration) time.Duration {
	wait := min(least<<min(n-1, 20), most)
	if wait < least { // it overflowed
		wait = most
	}
	if half := int64(wait / 2); half > 0 {
		wait -= time.Duration(rand.Int64N(half))
	}
	return wait
}

// retryAfter is how long an answer asks to wait: seconds, or until an instant by the server's own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1e6))*time.Second, longestRetryAfter)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(h.Get("Date"))
	if err != nil || !until.After(from) {
		return 0
	}
	return min(until.Sub(from), longestRetryAfter)
}
