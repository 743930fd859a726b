// Package rate holds Azure usage rates: what identifies one, what an observation of a catalogue says, and what counts as a change.
//
// It is pure: observations go in, changes and periods come out; it reads no clock, no file and no network, and knows no wire format.
// A change is news that subscribers may act on, so nothing is reported that the observations do not prove.
package rate
