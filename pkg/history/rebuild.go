package history

import (
	"context"
	"strconv"
)

// Rebuilder makes tables again beside those that answer.
type Rebuilder interface {
	// Beside makes empty tables beside the ones that answer, of the same shape. Drop them.
	Beside(ctx context.Context, tables []Table) (Beside, error)
	// DropLeftovers drops what rebuilds and audits left behind that a crash ended. Those that run elsewhere fail then, without harm.
	DropLeftovers(ctx context.Context) error
	// Cuts returns where insertions of a stream ended beyond a sequence, in order: the newest so many of them.
	Cuts(ctx context.Context, stream string, after uint64, most int) ([]uint64, error)
}

// Beside is a set of tables that do not answer yet. It is for one rebuild.
type Beside interface {
	Inspector

	// Insert is Appender.Insert, into the table beside.
	Insert(ctx context.Context, t Table, rows Rows, token string) error
	// Stored is Appender.Stored, of the table beside.
	Stored(ctx context.Context, t Table, stream string, first, last uint64) (uint64, error)
	// Copy copies the rows of all other streams from the tables that answer. Nobody may insert into those meanwhile; calling it again is
	// an error.
	Copy(ctx context.Context, but []string) error
	// Swap puts the tables in the place of those that answer, one after the other: what explains a row before the row, what makes rows
	// visible after them, rejects last. Each is swapped at once. After an error some may be swapped and others not; calling it again goes
	// on. It raises the revision (PresentReader), which is not whole then.
	Swap(ctx context.Context) error
	// Derive makes anew what is made of the tables, after Swap and before anybody inserts into them again. It may take long; until it ends,
	// what was made of the old ones answers. It raises the revision, which is whole again. After an error, or none of its own doing,
	// rebuild again.
	Derive(ctx context.Context) error
	// Drop drops the tables that do not answer: after a swap the former ones.
	Drop(ctx context.Context) error
}

// InsertionToken names an insertion of the rows that messages of a stream give for a table: the same rows have the same one, whoever
// inserts them and however often.
func InsertionToken(stream string, t Table, first, last uint64) string {
	return stream + ":" + string(t) + ":" + strconv.FormatUint(first, 10) + "-" + strconv.FormatUint(last, 10)
}
