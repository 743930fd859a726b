// Package reconcile checks a whole bill against the prices of a server: a file of lines comes in, a report and totals go out. What a line
// should have cost, and why it differs, package bill says.
//
// A bill may have more lines than memory holds. It is read once, from a file or a pipe, into a sorted spool on disk; lines are judged in
// chunks, group by group, so that the tiers of one group are all that is kept of them; the report is put back into the order of the file.
// The memory is bounded by the constants of this package, whatever the file holds; the disk takes about three times its size.
package reconcile
