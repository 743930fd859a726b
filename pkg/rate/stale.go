package rate

import "time"

// StaleAfter is after how many crawls in a row that were refused a source is stale: two may be the source's bad day.
const StaleAfter = 3

// Stale is how long the crawls of a scope have been refused.
type Stale struct {
	Refused int       // crawls in a row
	Since   time.Time // observation time of the first of them
	Last    time.Time // and of the last
	Taken   time.Time // of the last crawl that was taken before; zero: none ever was
}

// Then is how it is when another crawl is refused. taken is the observation time of the last crawl that was taken, zero when none was: crawls
// that were refused before one that was taken count no more. A crawl that is refused again, with the same time, counts once.
func (s Stale) Then(at, taken time.Time) Stale {
	if s.Refused == 0 || !taken.Before(s.Since) {
		return Stale{Refused: 1, Since: at, Last: at, Taken: taken}
	}
	if at.After(s.Last) {
		s.Refused++
		s.Last = at
	}
	s.Taken = taken
	return s
}

// Told reports whether people are told now: when a source becomes stale, and again each time that it has been so for twice as many crawls.
func (s Stale) Told() bool {
	for n := StaleAfter; n <= s.Refused; n *= 2 {
		if n == s.Refused {
			return true
		}
	}
	return false
}
