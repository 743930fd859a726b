// Package ingester watches sources of usage rates: it reads whole catalogues, has the rate ledger judge what they say, and publishes
// what changed.
//
// Every observation is committed in atomic batches, usually one; the last ends with the crawl's record. Each expects the one before it, so that
// a crash at any moment, or a second process on the same stream, neither loses a change nor doubles one. The package must not decide what a change is (package rate) nor how it
// travels (package event).
package ingester
