// Package rate holds Azure usage rates: what identifies one, what an observation of a catalogue says, and what counts as a change.
//
// It is pure: observations go in, changes and periods come out; it reads no clock, no file and no network, and knows no wire format.
// A change is news that subscribers may act on, so nothing is reported that the observations do not prove.
//
// NewRow believes or quarantines one row. A Known is what is known of one identity; Observe and Absent take it one observation further.
// A Ledger is all that the watcher of one currency knows: Judge decides about a crawl, Apply takes the decision over once it is
// published. Belief, a timeline of Spans, is folded from published periods by Apply and asked by AnswerAt.
package rate
