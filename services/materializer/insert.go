package materializer

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// mostRefusals is how many messages in a row the store may refuse: more are not bad messages but a table that is not the one we know.
const mostRefusals = 100

// keepIn begins the reason of a message that a table refused.
const keepIn = "keep in "

// insert appends a table's rows of the messages from first to last. Rows that cannot be kept are halved until the one message is found
// that is at fault; it goes to the rejects and the rest is kept.
func (w *writer) insert(ctx context.Context, t history.Table, rows history.Rows, first, last uint64) error {
	if rows.Count(t) == 0 {
		return nil
	}
	err := w.insertOnce(ctx, t, rows, first, last)
	if !fault.Is(err, fault.Invalid) {
		if err == nil && t != history.TableRejects {
			w.refusals = 0
		}
		return err
	}
	sequences := rows.Sequences(t)
	if len(sequences) == 1 {
		return w.refuse(ctx, t, sequences[0], err)
	}
	middle := sequences[len(sequences)/2]
	if err := w.insert(ctx, t, rows.Between(first, middle-1), first, middle-1); err != nil {
		return err
	}
	return w.insert(ctx, t, rows.Between(middle, last), middle, last)
}

// insertOnce inserts until it is certain that the rows are there once. An error leaves that open, so the same rows are sent again under
// the same token; where a token may have outlived its rows, which a crash of the server can do, the rows are counted.
func (w *writer) insertOnce(ctx context.Context, t history.Table, rows history.Rows, first, last uint64) error {
	token, doubtful := w.token(t, first, last), w.doubtful
	return w.persist(ctx, "insert rows", func() error {
		began := time.Now() //nolint:forbidigo // how long an insertion takes is real time
		err := w.deps.Appender.Insert(ctx, t, rows, token)
		w.desk.inserted(rows.Count(t), time.Since(began))
		if err != nil {
			doubtful = doubtful || !fault.Is(err, fault.Invalid)
			return err
		}
		if !doubtful {
			return nil
		}
		stored, err := w.deps.Appender.Stored(ctx, t, w.stream, first, last)
		if err != nil {
			return err
		}
		kept := w.rejectedBetween(t, first, last)
		switch want := kept + uint64(rows.Count(t)); {
		case stored == want, t == history.TableRejects && stored > want: // another writer may reject at the same time
			return nil
		case stored == kept:
			token += ":again"
			return fault.New(fault.Unavailable, "insert into %s: acknowledged, but not kept", t)
		default:
			return fault.New(fault.Conflict, "insert into %s: it holds %d rows of messages %d to %d where %d belong", t, stored, first, last, want)
		}
	})
}

// rejectedBetween counts the rejects that are there already; other tables hold nothing of the messages from first on.
func (w *writer) rejectedBetween(t history.Table, first, last uint64) uint64 {
	n := uint64(0)
	for sequence := range w.mark.Rejected {
		if t == history.TableRejects && sequence >= first && sequence <= last {
			n++
		}
	}
	return n
}

// refuse puts a message that a table cannot keep among the rejects, with its bytes.
func (w *writer) refuse(ctx context.Context, t history.Table, sequence uint64, why error) error {
	if w.refusals++; w.refusals > mostRefusals || t == history.TableRejects || t == history.TableProgress {
		return fault.New(fault.Internal, "write stream %s: table %s refuses everything: %w", w.stream, t, why)
	}
	w.log.Error("table refused a message", zap.String("table", string(t)), zap.Uint64("seq", sequence), zap.Error(why))
	if w.mark.Rejected[sequence] {
		return nil
	}
	var record stream.Record
	err := w.persist(ctx, "read message again", func() (err error) {
		record, err = w.fetch(ctx, sequence)
		return err
	})
	if err != nil {
		return err
	}
	at := history.Position{Stream: w.stream, Sequence: sequence}
	rows := history.Rows{Rejects: []history.Reject{rejectOf(at, &record, fault.New(fault.Invalid, keepIn+"%s: %w", t, why))}}
	if err := w.insertOnce(ctx, history.TableRejects, rows, sequence, sequence); err != nil {
		return err
	}
	w.mark.Rejected[sequence] = true // another table may refuse it too
	w.desk.note(func(h *Health) { h.Rejected++ })
	return nil
}

func (w *writer) fetch(ctx context.Context, sequence uint64) (stream.Record, error) {
	sub, err := w.deps.Reader.Subscribe(ctx, stream.Query{Stream: w.name.Name, Start: stream.Start{Sequence: sequence}})
	if err != nil {
		return stream.Record{}, err
	}
	defer sub.Stop()
	return sub.Next(ctx)
}
