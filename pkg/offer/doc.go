// Package offer holds the offer matrix: which SKUs and bundles may be ordered, in which countries, within which limits and with what beside
// them. It reads what a matrix sheet says into items and back, checks a matrix, says what bundles contain, and judges what can be ordered
// where.
//
// It is pure: it reads no clock and no file. Sheets are read by pkg/sheet; the life of a list is pkg/release's.
package offer
