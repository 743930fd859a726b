// Package daemon is what every process does alike: it logs, locks its data folder, starts its parts, and drains them in reverse.
//
// It knows nothing of prices.
package daemon
