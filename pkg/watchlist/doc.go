// Package watchlist holds named sets of licence lines and usage meters: what one sells or uses. A watchlist is a filter of events, rates
// and prices. The package reads no clock and knows no wire; files of entries come and go as CSV.
package watchlist
