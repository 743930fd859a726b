package keyvalue

import (
	"context"
	"errors"
	"iter"
	"math"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// What one page of messages holds at most: far less than a client buffers, beyond which it would lose some.
const (
	pageSize  = 256
	pageBytes = 8 << 20
)

// Messages reads what a stream holds of a subject from one sequence to below another, in order; below 0: to its end, with what is stored
// meanwhile. It reads pages, and ends with an error when one does not come whole within RequestTime, in which its messages are to be taken as well.
func Messages(ctx context.Context, js jetstream.JetStream, stream, subject string, from, below uint64) iter.Seq2[*jetstream.RawStreamMsg, error] {
	if below == 0 {
		below = math.MaxUint64
	}
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		for next := from; next < below; {
			page, cancel := Within(ctx)
			next = messages(page, js, stream, subject, next, below, yield)
			cancel()
		}
	}
}

// messages yields a page and returns where the next one begins: below when there is none or no more is wanted.
func messages(ctx context.Context, js jetstream.JetStream, stream, subject string, from, below uint64, yield func(*jetstream.RawStreamMsg, error) bool) uint64 {
	batch, err := jetstreamext.GetBatch(ctx, js, stream, int(min(below-from, pageSize)), jetstreamext.GetBatchMaxBytes(pageBytes),
		jetstreamext.GetBatchSubject(subject), jetstreamext.GetBatchSeq(from))
	if err != nil {
		yield(nil, err)
		return below
	}
	last := uint64(0)
	for m, err := range batch {
		switch {
		case errors.Is(err, jetstreamext.ErrNoMessages):
			return below
		case err == nil && m.Header.Get(jetstream.LastSequenceHeader) != strconv.FormatUint(last, 10): // what was before it went down with a connection
			err = ErrNoAnswer
		case err == nil && m.Sequence >= below:
			return below
		}
		if err != nil {
			yield(nil, err)
			return below
		}
		if !yield(m, nil) {
			return below
		}
		last = m.Sequence
	}
	if last == 0 || ctx.Err() != nil { // the client ends so, without an error, when the rest of the answer does not come in time
		yield(nil, ErrNoAnswer)
		return below
	}
	return last + 1
}
