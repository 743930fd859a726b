package client

import (
	"context"
	"maps"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Batch is what belongs together: the events that were stored together, of which either all are true or none, or a piece of a snapshot.
type Batch struct {
	Stream string
	// Snapshot says that these events are the current state, the last of each subject, and no changes.
	Snapshot bool
	// First is set on the first piece of a snapshot: what the subscriber holds of the stream from before is void.
	First bool
	// More says that what belongs together goes on: in a snapshot, or in a batch that is handed over in pieces. A snapshot ends with a piece without it,
	// which may hold no events.
	More   bool
	Events []Event // in the order of the stream
	// Position is where the subscriber is once it has done what the batch asks for: to be stored together with that.
	Position Position
}

// Subscriber is told the current state and then every change, one batch at a time, each exactly once if it stores effect and position together.
type Subscriber interface {
	// Position returns what was stored with the last batch; empty when there was none. It is asked once, at the start.
	Position(ctx context.Context) (Position, error)
	// Handle does what a batch asks for and stores its position with that: both or neither. While it runs, at most one further batch of each stream is
	// read ahead. An error ends Follow; the batch comes again when it is begun again.
	Handle(ctx context.Context, b Batch) error
}

// Begin says where to begin in a stream of which the position says nothing.
type Begin int

// Where to begin.
const (
	FromSnapshot Begin = iota // with the last event of each subject, and then every change
	FromStart                 // with the first event ever: the whole history
	FromNow                   // with what comes from now on
)

// snapshotPiece is how many events of a snapshot come at a time, unless Options.Piece says something else.
const snapshotPiece = 1000

// Options say what to follow and how. The zero value follows everything and begins with a snapshot.
type Options struct {
	// Subjects are the patterns to follow, with * for one token and > at the end for one or more; none: everything. Events without cost have the prefix
	// erp., as in erp.pw.price.us.> and erp.pw.rate.usd.>, and have to be named.
	Subjects []string
	// Streams are the names of the streams to follow; none: those that the subjects lie in, those that appear later included.
	Streams []string
	// From says where to begin in a stream of which the position says nothing.
	From Begin
	// Piece bounds how many events come at a time; 0: a batch comes whole, however many there are. A release can have 300,000, of some kilobytes each.
	Piece int
	// Renew begins with a new snapshot where a position leads nowhere, instead of ending with NeedSnapshotError.
	Renew bool
	// Trouble is told of every failure after which Follow tries again; it may be nil. It must not block.
	Trouble func(error)
}

func (o *Options) check() error {
	if o.Piece < 0 {
		return failed(fault.Invalid, "pieces of %d events are none", o.Piece)
	}
	for _, s := range o.Subjects {
		if !stream.ValidFilter(s) {
			return failed(fault.Invalid, "%q is not a pattern of subjects", s).hint("write for example pw.rate.usd.>")
		}
	}
	return nil
}

func (o *Options) trouble(err error) {
	if o.Trouble != nil {
		o.Trouble(err)
	}
}

// NeedSnapshotError ends Follow when a position leads nowhere: the stream was made anew, or put back to what it was earlier. What the subscriber holds of
// the stream cannot be brought up to date. Begin again without a position of this stream, or with Options.Renew.
type NeedSnapshotError struct {
	Stream string
	Held   Mark   // the subscriber's
	Found  string // incarnation that is there now; empty: none
	Last   uint64 // and the last sequence in it
}

// Error says what is wrong.
func (e *NeedSnapshotError) Error() string {
	held := Position{e.Stream: e.Held}
	found := Position{e.Stream: {Incarnation: e.Found, Sequence: e.Last}}
	if e.Found == "" {
		return "follow: position " + held.String() + " leads nowhere: the stream is gone"
	}
	return "follow: position " + held.String() + " leads nowhere: there is " + found.String() + " now"
}

// Is reports that it is a conflict.
func (e *NeedSnapshotError) Is(target error) bool { return target == ErrConflict } //nolint:errorlint // the very kind that is asked for

// Feed is where events come from: Streams or Client.Feed.
type Feed interface {
	// follow hands over pieces from a position on, one at a time, until ctx ends or take fails.
	follow(ctx context.Context, o Options, from Position, take func(piece) error) error
}

// piece is a batch, or a part of it, and how far it leads in its stream.
type piece struct {
	stream                string
	mark                  Mark
	snapshot, first, more bool
	events                []Event
}

// Follow brings a subscriber up to date and keeps it so, until ctx ends or the subscriber fails: the state that it has nothing of as a snapshot, then
// every change, batch by batch, each when all of it is stored for good. It goes on where the subscriber's position is, without a gap and without
// telling anything twice, however often either was stopped. Batches of a stream come in its order; between streams there is none.
//
// Connections that are lost are made again, for as long as it takes. A subscriber that is slow slows the reading, and is never dropped.
func Follow(ctx context.Context, feed Feed, o Options, s Subscriber) error {
	if err := o.check(); err != nil {
		return err
	}
	from, err := s.Position(ctx)
	if err != nil {
		return err
	}
	position := maps.Clone(from)
	if position == nil {
		position = Position{}
	}
	return feed.follow(ctx, o, maps.Clone(position), func(p piece) error {
		position[p.stream] = p.mark
		return s.Handle(ctx, Batch{
			Stream: p.stream, Snapshot: p.snapshot, First: p.first, More: p.more, Events: p.events, Position: maps.Clone(position),
		})
	})
}
