// Package peer carries questions from one process of the product to another over HTTP: who is let in, in which version both speak, how much is
// read, and how errors keep their kind, places and hint. What is asked is up to the packages that use it, watch and keep. Door is the one end,
// Client the other.
package peer
