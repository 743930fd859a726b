// Package document holds the documents of the partner programme: the programme guide, the partner agreement of each region, the customer
// agreement template. It reads what a file of documents says into items and back, checks a list, and finds the document that applies to a
// market.
//
// It is pure: it reads no clock and no file, and never sees what a document says. Files are read by pkg/sheet; the life of a list is
// pkg/release's.
package document
