// Package access is who may do what: roles, rights, principals, tokens, and the log of what was written by whom.
//
// A principal is a person or a program that is known, however it was: by a token of ours, by an identity provider, or by the trust of a loopback
// address. What it may do is decided by its roles alone, and seeing the partner's cost by a right of its own that no role brings. The package
// knows no wire: it is used over HTTP, NATS and SQL alike.
package access
