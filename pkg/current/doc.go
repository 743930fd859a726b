// Package current answers from memory what a price is now: the same as history answers for this instant as known at this instant, or it
// asks history.
//
// It follows the streams and keeps, for every identity, the present answer and for which instants that holds. It must not know a database
// or a server: streams and history come through their ports. What it cannot prove it does not say.
package current
