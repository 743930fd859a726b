// Package tail follows several streams at once as one flow of events, through filters, from a start or a position, and picks up streams
// that appear later.
//
// Thousands of followers share the work: one reader a stream keeps what came last, decoded and rendered once, and followers that keep up
// read from there. One that is behind reads the stream itself, from its position, until it has caught up; only so many do at once.
package tail
