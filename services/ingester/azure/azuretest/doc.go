// Package azuretest stands in for the Retail Prices API in tests: a catalogue behind the API's paging, with the misbehaviour of the real
// one drawn from a seed.
package azuretest
