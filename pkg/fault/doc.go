// Package fault gives every error of the product one of a few kinds, an optional hint that tells a person what to do next, and the
// places that were wrong.
//
// A kind is decided where the failure is understood and read where it is shown: HTTP statuses and exit codes are derived from it in
// one place each. The package must not know about either.
package fault
