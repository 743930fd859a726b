// Package ingester watches sources of usage rates: it reads whole catalogues, has the rate ledger judge what they say, and publishes
// what changed.
//
// Every observation is committed as one atomic batch that ends with its crawl record, so that a crash at any moment, or a second process
// on the same stream, neither loses a change nor doubles one. The package must not decide what a change is (package rate) nor how it
// travels (package event).
package ingester
