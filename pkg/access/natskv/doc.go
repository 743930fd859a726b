// Package natskv keeps tokens in a key-value bucket of NATS, and the log of what was written in a stream that is only added to.
//
// Compare-and-set is the server's, on the revision of a key, so any number of processes may use one bucket. When a token was used has a key of its
// own, so that noting it never stands in the way of revoking. Records are JSON of this package's own, with a version; nobody else reads them.
package natskv
