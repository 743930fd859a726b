// Package effective holds the calendar of price lists: half-open periods, months, and the notice that a list must be public before it
// takes effect.
//
// All times are UTC. The package reads no clock.
package effective
