// Package azure reads Azure retail prices: pages of the Retail Prices API, over HTTP or from files, into rows.
//
// A row that is wrong is set aside with its bytes and never stops the others; JSON that is not JSON is one error that names the page and
// the byte. Numbers stay the literals they were, so that a price is never rounded. The package believes nothing about what rows mean
// and must not compare them: that is the rate ledger's business.
package azure
