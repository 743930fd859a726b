package history

import "context"

// FindingKind says in which way kept rows are wrong.
type FindingKind string

// The kinds of findings.
const (
	FindingHole     FindingKind = "hole"     // rows are missing; a repair replays exactly those from the stream
	FindingDouble   FindingKind = "double"   // rows are there more than once
	FindingAltered  FindingKind = "altered"  // a row says something else than its message
	FindingExtra    FindingKind = "extra"    // a row is there that its message does not give
	FindingCount    FindingKind = "count"    // a manifest or the record of a crawl counts other rows than there are
	FindingSchema   FindingKind = "schema"   // a table or view is missing, or a view is not what a migration made; a repair makes it again
	FindingSlices   FindingKind = "slices"   // lists do not answer what the tables say that their slices are made of; a rebuild makes them again
	FindingShared   FindingKind = "shared"   // rates that differ have the same key: lists tell of one of them only
	FindingOutdated FindingKind = "outdated" // nothing is wrong, but this version of the program knows more of the message; a rebuild adds it
)

// Finding is something wrong with what is kept, or worth knowing of it.
type Finding struct {
	Kind        FindingKind
	Table       Table    // empty: all that the messages feed; of the schema: the name of the table or view
	Stream      string   // with its incarnation; empty: of the schema
	First, Last uint64   // sequences of the messages
	Row         *uint32  // ordinal of the row, where it is a single one
	Rows        uint64   // how many rows are concerned, of a count how many a repair may add; 0: not known, or none
	Columns     []string // what differs of an altered row
	Detail      string
	Repaired    bool
}

// Wrong reports whether the finding has to be dealt with.
func (f *Finding) Wrong() bool { return f.Kind != FindingOutdated && !f.Repaired }

// Extent is a range of a stream's messages, by sequence, and tables that they feed.
type Extent struct {
	Stream      string
	First, Last uint64
	Tables      []Table
}

// Primary reports whether a table has a row of each message that it is fed from; the others have one for each period, perhaps none.
func (t Table) Primary() bool {
	return t != TableRates && t != TableLicensePrices && t != TableItems && t != TableProgress
}

// Inspector looks at rows without knowing what their messages say.
type Inspector interface {
	// Inspect finds messages that have no row in any primary table, rows that are there more than once, and gaps between the ordinals of
	// a message's rows, in order of table and sequence. Its memory does not grow with the extent.
	Inspect(ctx context.Context, e Extent) ([]Finding, error)
}

// Auditor finds what is wrong with kept rows, and adds rows that are missing. Messages beyond what a stream's progress says are not its
// concern: they are being written.
type Auditor interface {
	Inspector
	Positions

	// Account compares releases and withdrawals with their changes, and crawls with their changes, periods and quarantined rows, of a
	// stream's messages up to last.
	Account(ctx context.Context, stream string, last uint64) ([]Finding, error)

	// InspectKeys finds keys that rates of any stream share.
	InspectKeys(ctx context.Context) ([]Finding, error)

	// InspectAnswers compares, for some rates of a stream, what lists answer with what the tables say: as of the newest of the crawls that end
	// by last, and as of former ones. Which rates depends on last alone. What is being written is passed over.
	InspectAnswers(ctx context.Context, stream string, last uint64) ([]Finding, error)

	// Derive makes anew, for a stream, what is made of other tables and was made empty by a repair of the schema, whose findings are told. Its
	// writer must not insert meanwhile.
	Derive(ctx context.Context, stream string, schema []Finding) error

	// InspectSchema finds tables and views that are missing, and views that no migration made so. With mend they are made again: empty where
	// they are tables, so that what is made of others is to be derived.
	InspectSchema(ctx context.Context, mend bool) ([]Finding, error)

	// Compare begins to compare a stream's rows up to last with those that its messages give. Close it.
	Compare(ctx context.Context, e Extent) (Comparison, error)

	// Rejected returns why messages are among the rejects, by sequence.
	Rejected(ctx context.Context, stream string, first, last uint64) (map[uint64]string, error)

	// Restore adds those of the rows that a table lacks, all or nothing, and returns how many they were. The extent names the one table
	// and the messages that the rows are of. Whoever restores the same messages at the same time adds nothing twice. When the rows answer
	// it raises the revision (PresentReader).
	Restore(ctx context.Context, e Extent, rows Rows) (uint64, error)
}

// Comparison is a deep look at a stream. It is for one goroutine.
type Comparison interface {
	// Block compares the rows of messages first to last with those that belong there, by all of their columns. Blocks come in order.
	Block(ctx context.Context, first, last uint64, rows Rows) ([]Finding, error)
	// Close gives back what the comparison needed.
	Close(ctx context.Context) error
}
