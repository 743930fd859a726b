// Package keyvalue keeps small records in a JetStream key-value bucket: read, written over a version, listed, watched. Stores of nouns
// are made of it; it does not know what a record says.
//
// Compare-and-set is the server's, on the revision of a key, so any number of processes may use one bucket.
package keyvalue
