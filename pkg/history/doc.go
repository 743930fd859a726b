// Package history is what was, is and will be known of prices and of the items of other lists: the ports through which rows taken from
// streams are kept, and through which people ask what a price is, was or will be, as known on a given day.
//
// Nothing is ever changed or removed: an observation replaces what was believed by being known later. Every row carries its place in the
// stream it came from, so that a row is kept exactly once whatever crashes or runs twice. The package must not know a database, nor read
// a clock: every question says what instant it asks about and what day's knowledge it wants.
package history
