// Package record reads CSV files (RFC 4180) record by record, each with its columns by name, its line and its own bytes, in memory that
// is bounded by the longest record. What numbers and dates in such files mean is here too, because the lists share their habits.
//
// It is strict about the form: a quote in the wrong place or a record with too few or too many fields is an error that names the line,
// for a file that was cut off must not look complete. It must not know what a record says: that is the business of the packages that
// read a particular list.
package record
