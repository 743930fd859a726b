// Package natskv keeps releases in NATS: records in a key-value bucket, what lists say in an object store.
//
// Compare-and-set is the server's, on the revision of a key, so any number of processes may use one bucket. Records are JSON of this
// package's own, with a version; nobody else reads them.
package natskv
