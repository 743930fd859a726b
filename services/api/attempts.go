package api

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// attemptsAtOnce is how many tokens that are not good an address may show before it has to wait, attemptEvery how long for each further one.
	attemptsAtOnce = 20
	attemptEvery   = 3 * time.Second
	// mostRemembered bounds the addresses and the good tokens that are remembered; beyond it those are forgotten that matter least.
	mostRemembered = 10_000
	// goodFor is how long a token that was good is not stopped for what else comes from its address.
	goodFor = 10 * time.Minute
)

// attempts bounds how many wrong tokens an address can have looked up. Whoever showed a good one lately is let through: many people may come from
// the address of one proxy.
type attempts struct {
	mu   sync.Mutex
	bad  map[string]time.Time // by address: until when its attempts are paid for
	good map[[sha256.Size]byte]time.Time
}

func newAttempts() *attempts {
	return &attempts{bad: map[string]time.Time{}, good: map[[sha256.Size]byte]time.Time{}}
}

// tooMany returns how long an address has to wait until it may show this token, 0 where it may now.
func (a *attempts) tooMany(from, token string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	paid := a.bad[network(from)]
	over := paid.Sub(now) - (attemptsAtOnce-1)*attemptEvery
	if !paid.After(now) || over <= 0 {
		return 0
	}
	if at, known := a.good[sha256.Sum256([]byte(token))]; known && now.Sub(at) < goodFor {
		return 0
	}
	return over
}

// failed notes that a token was not good.
func (a *attempts) failed(from string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	forget(a.bad, now)
	key := network(from)
	paid := a.bad[key]
	if paid.Before(now) {
		paid = now
	}
	a.bad[key] = paid.Add(attemptEvery)
}

// succeeded notes that a token was good.
func (a *attempts) succeeded(token string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	forget(a.good, now.Add(-goodFor))
	a.good[sha256.Sum256([]byte(token))] = now
}

// forget makes room: what is older than an instant goes, or, where nothing is, anything.
func forget[K comparable](all map[K]time.Time, before time.Time) {
	if len(all) < mostRemembered {
		return
	}
	for key, at := range all {
		if at.Before(before) {
			delete(all, key)
		}
	}
	for key := range all {
		if len(all) < mostRemembered {
			return
		}
		delete(all, key)
	}
}
