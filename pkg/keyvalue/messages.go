package keyvalue

import (
	"context"
	"errors"
	"iter"
	"math"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// What one page of messages holds at most: far less than a client buffers, beyond which it would lose some.
const (
	pageSize  = 256
	pageBytes = 8 << 20
)

// pendingHeader says how many messages are left behind one.
const pendingHeader = "Nats-Num-Pending"

// Messages reads what a stream holds of a subject from one sequence to below another, in order; below 0: to its end, with what is stored
// meanwhile. It reads pages, and ends with an error when one does not come whole within RequestTime, the caller's work on its messages included. Any
// replica may answer: of one that lags, the end may be that of a moment ago.
func Messages(ctx context.Context, js jetstream.JetStream, stream, subject string, from, below uint64) iter.Seq2[*jetstream.RawStreamMsg, error] {
	if below == 0 {
		below = math.MaxUint64
	}
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		for at := (place{next: from}); at.next < below; {
			page, cancel := Within(ctx)
			at = messages(page, js, stream, subject, at, below, yield)
			cancel()
		}
	}
}

// place is how far messages are read.
type place struct {
	next uint64 // where the next page begins
	more bool   // the server has said that there is one
}

// messages yields a page and returns the place behind it; its next is below when there is no other page or no more is wanted.
func messages(ctx context.Context, js jetstream.JetStream, stream, subject string, at place, below uint64, yield func(*jetstream.RawStreamMsg, error) bool) place {
	ended := place{next: below}
	batch, err := jetstreamext.GetBatch(ctx, js, stream, int(min(below-at.next, pageSize)), jetstreamext.GetBatchMaxBytes(pageBytes),
		jetstreamext.GetBatchSubject(subject), jetstreamext.GetBatchSeq(at.next))
	if err != nil {
		yield(nil, err)
		return ended
	}
	last, more := uint64(0), false
	for m, err := range batch {
		switch {
		case errors.Is(err, jetstreamext.ErrNoMessages) && !at.more:
			return ended
		case errors.Is(err, jetstreamext.ErrNoMessages): // another replica, which lags
			err = ErrNoAnswer
		case errors.Is(err, jetstreamext.ErrBatchUnsupported): // so the client calls what says that nobody heard the question
			err = nats.ErrNoResponders
		case err == nil && m.Header.Get(jetstream.LastSequenceHeader) != strconv.FormatUint(last, 10): // what was before it went down with a connection
			err = ErrNoAnswer
		case err == nil && m.Sequence >= below:
			return ended
		}
		if err != nil {
			yield(nil, err)
			return ended
		}
		if !yield(m, nil) {
			return ended
		}
		last, more = m.Sequence, m.Header.Get(pendingHeader) != "0"
	}
	if last == 0 || ctx.Err() != nil { // the client ends so, without an error, when the rest of the answer does not come in time
		yield(nil, ErrNoAnswer)
		return ended
	}
	return place{last + 1, more}
}
