package history

import "context"

// Mark says how far a stream has been taken in.
type Mark struct {
	Progress uint64           // every message up to it is kept in every table; 0 when none is
	Highest  map[Table]uint64 // highest sequence beyond progress of each table that has one: an insertion that a crash cut off
	Rejected map[uint64]bool  // rejected sequences beyond progress
	Others   []string         // other incarnations of the stream that rows were taken from
}

// Last returns the highest sequence kept anywhere.
func (m Mark) Last() uint64 {
	last := m.Progress
	for _, highest := range m.Highest {
		last = max(last, highest)
	}
	return last
}

// Appender keeps rows. A stream's rows are appended in order, by one writer or by several that agree through Claim; rows of different
// streams may be appended at once.
type Appender interface {
	// Mark returns how far a stream, named with its incarnation, has been taken in.
	Mark(ctx context.Context, stream string) (Mark, error)

	// Claim decides where the messages from first on are cut: the first caller's last wins, and every caller is told it. So writers of
	// one stream insert the same rows under the same tokens, whoever is faster.
	Claim(ctx context.Context, stream string, first, last uint64) (agreed uint64, err error)

	// Insert appends what the rows give for one table, all or nothing and durably; none is fine. An insertion with a token that the
	// table has seen lately changes nothing and succeeds.
	//
	// An invalid fault means that the rows themselves cannot be kept, and that none was. After any other error it is unknown whether
	// they were: insert the same rows with the same token again.
	Insert(ctx context.Context, t Table, rows Rows, token string) error

	// Stored counts a table's rows of the messages with first <= sequence <= last. It sees every insertion that has succeeded.
	Stored(ctx context.Context, t Table, stream string, first, last uint64) (uint64, error)
}

// Positions tells how far streams have been taken in.
type Positions interface {
	// Position returns the sequence up to which a stream, named with its incarnation, can be queried; 0 when none can.
	Position(ctx context.Context, stream string) (uint64, error)
	// Positions returns the same for every stream.
	Positions(ctx context.Context) (map[string]uint64, error)
}
