package materializer

import (
	"cmp"
	"context"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// replay reads one life of a stream again, message by message. It is for one goroutine.
type replay struct {
	reader stream.Reader
	name   stream.Name
	sub    stream.Subscription
	next   uint64 // sequence of the message to be read next
}

// read hands over the messages from first to last. Reading on from where it ended costs no new subscription.
func (r *replay) read(ctx context.Context, first, last uint64, each func(*stream.Record) error) error {
	if r.sub == nil || r.next != first {
		r.stop()
		sub, err := r.reader.Subscribe(ctx, stream.Query{Stream: r.name.Name, Start: stream.Start{Sequence: first}})
		if err != nil {
			return err
		}
		r.sub, r.next = sub, first
	}
	for r.next <= last {
		record, err := r.sub.Next(ctx)
		if err != nil {
			r.stop()
			return fault.Wrap(err, "read stream %s", r.name)
		}
		if record.Stream != r.name {
			return fault.New(fault.Refused, "read stream %s: it was made again as %s", r.name, record.Stream)
		}
		r.next = record.Sequence + 1
		if err := each(&record); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) stop() {
	if r.sub != nil {
		r.sub.Stop()
		r.sub = nil
	}
}

// setAside takes the rows of messages that are among the rejects out of the other tables, and says why they were rejected as the table does.
// records are the messages that the rows are of, by sequence; only those in reasons matter.
func setAside(rows *history.Rows, reasons map[uint64]string, at string, records map[uint64]stream.Record) (aside history.Rows, since map[uint64]bool) {
	since = map[uint64]bool{}
	known := map[uint64]bool{}
	for i := range rows.Rejects {
		known[rows.Rejects[i].Sequence] = true
	}
	for sequence, record := range records {
		if reason, ok := reasons[sequence]; ok && !known[sequence] {
			since[sequence] = true
			rows.Rejects = append(rows.Rejects, history.Reject{
				Position: history.Position{Stream: at, Sequence: sequence}, Subject: record.Subject, EventID: record.ID, Reason: reason, Data: record.Data,
			})
		}
	}
	slices.SortFunc(rows.Rejects, func(a, b history.Reject) int { return cmp.Compare(a.Sequence, b.Sequence) })
	if len(since) == 0 {
		return *rows, since
	}
	return rows.Without(since), since
}
