// Package service holds the Azure services sold through the CSP programme: what they are called, what they belong to, and what usage
// records and rates name them. It reads what a sheet says into items and back, and checks a list.
//
// It is pure: it reads no clock and no file. Sheets are read by pkg/sheet; the life of a list is pkg/release's.
package service
