// Package azuretest stands in for the Retail Prices API in tests: recorded rows or a generated catalogue that changes, behind the API's
// filters and paging, with the misbehaviour of the real one. Everything follows from seeds, whatever the order in which requests come.
//
// A Catalogue also says what a correct watcher must publish of it. It is written from what the product promises and knows nothing of how
// the product keeps the promise.
package azuretest
