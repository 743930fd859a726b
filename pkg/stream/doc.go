// Package stream holds the ports through which events are published and consumed, and the declaration of the streams themselves.
//
// A stream is an ordered, durable, append-only log of messages; it is the truth from which everything else can be rebuilt. The package
// knows nothing of what the messages say.
package stream
