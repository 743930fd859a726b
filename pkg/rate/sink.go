package rate

// Sink takes the rows that a source reads, in any order and as often as they come; pages mean nothing to it. One goroutine uses it at a
// time. What is handed to it is valid during the call only: it copies what it keeps.
type Sink interface {
	// Same reports whether a row of exactly these bytes is all that is known of its identity, and takes that row if so: the source
	// then need not read it. False says nothing.
	Same(raw []byte) bool
	// Row takes a valid row and the bytes it was read from.
	Row(r *Row, raw []byte) error
	// Bad takes a row that is quarantined.
	Bad(q *Quarantined) error
}
