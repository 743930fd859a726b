package stream

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/trace"
)

// Message is something to publish. ID is the event's deterministic id; it is stored beside the message so that a reader can tell a
// batch that was stored from one that was not. Origin, where it is given, says what the message was made of; it is stored beside it too. So is
// Trace, what caused it: it says nothing of what the message is, and nothing is compared by it.
type Message struct {
	Subject string
	ID      string
	Origin  string
	Trace   trace.Parent
	Data    []byte
}

// Caused says of the messages of a batch what caused them, and returns them.
func Caused(batch []Message, by trace.Parent) []Message {
	for i := range batch {
		batch[i].Trace = by
	}
	return batch
}

// Record is a message as a stream holds it.
type Record struct {
	Stream   Name
	Sequence uint64 // position in the stream, from 1, without gaps
	Subject  string
	ID       string
	Origin   string       // what it was made of, empty where it was not said
	Trace    trace.Parent // what caused it, zero where it was not said
	Data     []byte       // not to be modified
	Stored   time.Time    // when the server stored it; of use to operators only, never to answer a question about prices
	Batch    string       // id of the atomic batch it came in, empty when it came alone
	Commit   bool         // whether it ends its batch; true for a message that came alone
	Pending  uint64       // how many records of the query were still to come when it was delivered
}

// Name names one life of a stream. A stream that was deleted and made again counts from 1 again and has another incarnation.
type Name struct {
	Name        string
	Incarnation string
}

// String returns "NAME@incarnation", the form in which positions are stored.
func (n Name) String() string { return n.Name + "@" + n.Incarnation }

// Info is what a stream says of itself.
type Info struct {
	Name     Name
	Last     uint64 // highest sequence stored, 0 when empty; for a moment it may lie within a batch that is being stored
	Messages uint64
	Bytes    uint64
	LastTime time.Time
}

// Expectation guards a batch: the highest sequence stored under Subject, which may hold wildcards, must be Sequence (0: none yet).
// Without wildcards, Subject must not be that of a message before the batch's last. An empty Subject guards nothing. All writers of a
// stream that guard the same subjects with wildcards must spell them alike.
type Expectation struct {
	Subject  string
	Sequence uint64
}

// Publisher appends to streams.
type Publisher interface {
	// Publish stores the whole batch, durably and contiguously, or nothing, and returns the sequence of its last message. The
	// expectation is judged against what is stored before the batch.
	//
	// A conflict fault means the expectation did not hold and nothing was stored; an invalid fault that the batch can never be stored
	// (too large, too many messages, wrong subject); a notFound fault that there is no such stream. After any other error it is unknown
	// whether the batch was stored, or will be yet: read the last record of the expectation's subject, and if its ID is that of the
	// batch's last message, it was. Otherwise publish it again with the same expectation, and after a conflict look once more.
	Publish(ctx context.Context, stream string, batch []Message, expect Expectation) (uint64, error)
}

// Start says where a subscription begins: one of the fields. The zero value is the beginning of the stream.
type Start struct {
	Sequence       uint64    // the first sequence to deliver; it may not be stored yet
	Time           time.Time // or the first record stored at or after it
	New            bool      // or only what is stored from now on
	LastPerSubject bool      // or the last record of each subject, in order, and then what follows
}

// Query says what to read. Subjects may hold wildcards; none means all of the stream. No two may match the same subject.
type Query struct {
	Stream   string
	Subjects []string
	Start    Start
	Ahead    int // how many records may be on their way to the reader; 0: as many as keep it busy. It bounds what a slow reader takes in memory
}

// Reader reads streams.
type Reader interface {
	// Streams lists the streams that the product has declared, by name.
	Streams(ctx context.Context) ([]Info, error)
	// Info describes one stream; a notFound fault when it is not there.
	Info(ctx context.Context, stream string) (Info, error)
	// Last returns the newest record under a subject, which may hold wildcards; a notFound fault when there is none.
	Last(ctx context.Context, stream, subject string) (Record, error)
	// Subscribe delivers records in stream order, each once, and only when their whole batch is stored, reconnecting as needed, until
	// stopped. It stays with one incarnation of the stream.
	Subscribe(ctx context.Context, q Query) (Subscription, error)
}

// Subscription is an ordered delivery. It is for one goroutine.
type Subscription interface {
	// From returns the first sequence that it may deliver, 0 where it began at a time or with the last record of each subject. One of what is
	// stored from now on begins behind a whole batch: one that is being stored is delivered as a whole.
	From() uint64
	// Pending returns how many records were waiting when the subscription began, as far as the server knew that it reads from: one of several
	// that hold the stream may lag behind the others.
	Pending() uint64
	// Next waits for the next record. It returns ctx's error when ctx ends; the subscription stays usable. A notFound fault means that
	// the incarnation is gone, an unavailable one that the subscription was stopped or its connection closed: it is over then.
	Next(ctx context.Context) (Record, error)
	// Stop ends the delivery; stopping twice is fine.
	Stop()
}

// Declarer makes sure that a stream exists as declared; calling it again is fine, from several processes at once too.
type Declarer interface {
	Declare(ctx context.Context, d Declaration) (Info, error)
}

// Watcher tells when streams appear.
type Watcher interface {
	// Watch returns a channel that receives when streams may have been created since, until ctx ends; then it is closed. Several
	// creations may be told of once, and news may be lost with the connection's server: look at Reader.Streams now and then as well.
	Watch(ctx context.Context) (<-chan struct{}, error)
}
