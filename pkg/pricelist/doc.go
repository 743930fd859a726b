// Package pricelist holds licence price lists: the identity of a line, what a list answers at an instant, what changed against the list
// before, and what is wrong with a list.
//
// It is pure: it reads no clock and no file. Sheets are read by pkg/sheet; the life of a list is pkg/release's.
package pricelist
