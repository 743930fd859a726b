// Package materializer takes what streams hold into history: every message once and in order, whatever crashes, restarts, or runs twice.
//
// Streams are the truth. The package decides when rows are inserted and in which order; it must not know a database, nor what the rows
// are asked for. It has no clock of its own: nothing that it writes says when it was written.
package materializer
