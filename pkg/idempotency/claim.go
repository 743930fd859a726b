package idempotency

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

const (
	// Kept is how long a claim is remembered at least, from its last change on. It is real time.
	Kept = 24 * time.Hour
	// Lease is how long a claim lives without a sign of its owner, Renewal how often the owner gives one.
	Lease   = 20 * time.Second
	Renewal = 5 * time.Second
	// MaxRecord bounds a claim with its answer as a store keeps it, in bytes; MaxClaims bounds all of them together.
	MaxRecord = 512 << 10
	MaxBytes  = 256 << 20
)

// Claim is a request that was begun, and its answer once it is done.
type Claim struct {
	Key     string // of whoever asks and of what he calls the request; see KeyOf
	Request string // what the request is but for its body
	Body    string // SHA-256 of its body in hexadecimal; empty until all of it has come
	Owner   string // who works on it: another text for every attempt, so that two that claim at once are told apart
	Began   time.Time
	Until   time.Time // when it lapses, unless it is done
	Done    bool
	Answer  Answer
	// Version is that of the record, for compare-and-set; 0: none is stored.
	Version uint64
}

// Answer is what a request was answered with.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
	// Partial says that the body is not kept, because it was too large or a secret.
	Partial bool
}

// KeyOf names a request of somebody: both texts stay apart, and neither can be read from it.
func KeyOf(who, key string) string {
	whose := sha256.Sum256([]byte(who))
	sum := sha256.Sum256(append(whose[:], key...))
	return hex.EncodeToString(sum[:])
}

// State is what a claim allows.
type State int

// The states of a claim.
const (
	Running State = iota // its owner works on it: come back
	Lapsed               // its owner has gone: take it over
	Answered
	Other // it is of another request: refuse
)

// StateOf is what a claim allows a request to do that has the same key.
func (c Claim) StateOf(request string, now time.Time) State {
	switch {
	case c.Request != request:
		return Other
	case c.Done:
		return Answered
	case now.Before(c.Until):
		return Running
	}
	return Lapsed
}

// SameBody reports whether a body is that of the claim, as far as that is known.
func (c Claim) SameBody(sum string) bool { return c.Body == "" || c.Body == sum }
