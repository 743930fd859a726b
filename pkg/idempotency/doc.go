// Package idempotency remembers requests that write, so that one that is sent again is answered again and not done again.
//
// A request is claimed before it is done, and its answer recorded after it. Whoever claims keeps the claim alive while it works; one whose owner has
// gone lapses, and may be taken over by whoever sends the request again. The package decides what a claim allows; it knows neither HTTP nor what is done.
package idempotency
