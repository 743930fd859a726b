package materializer

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// writer takes one life of one stream into history, in order.
type writer struct {
	cfg    Config
	deps   Deps
	gate   *gate // closed while tables are swapped; nil: a writer of tables beside, which are not
	name   stream.Name
	stream string // name with incarnation
	log    *zap.Logger
	desk   *desk

	mark     history.Mark
	position uint64 // everything up to it is kept
	doubtful bool   // a crash may have lost what a token says was inserted
	refusals int    // rejections by the store since it last kept something
	swaps    uint64 // of tables, that the mark knows of
}

// run writes until ctx ends, and then what was received until then.
func (w *writer) run(ctx context.Context) error {
	switch err := w.resume(ctx); {
	case ctx.Err() != nil:
		return nil //nolint:nilerr // being stopped is no failure
	case err != nil:
		return err
	}
	box := newInbox(2 * w.cfg.ChunkBytes)
	f := &feed{w: w, inbox: box, next: w.position + 1, rows: newConverter(w.stream)}
	receiving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- f.run(receiving)
	}()
	err := w.drain(ctx, receiving, box)
	stop()
	if feedErr := <-ended; err == nil {
		err = feedErr
	}
	return err
}

// resume learns how far the stream has been taken in, and refuses a stream that cannot be the one that was.
func (w *writer) resume(ctx context.Context) error {
	err := w.persist(ctx, "read position", func() error {
		mark, err := w.deps.Appender.Mark(ctx, w.stream)
		w.mark = mark
		return err
	})
	if err != nil {
		return err
	}
	if len(w.mark.Others) > 0 {
		return fault.New(fault.Refused, "write stream %s: tables hold rows of another life of it, %s", w.stream, w.mark.Others[0]).
			WithHint("the stream was made again: start with an empty database, it is filled from the stream; or restore the stream")
	}
	var info stream.Info
	err = w.persist(ctx, "describe stream", func() error {
		info, err = w.deps.Reader.Info(ctx, w.name.Name)
		return err
	})
	if err != nil {
		return err
	}
	if last := w.mark.Last(); info.Last < last {
		return fault.New(fault.Refused, "write stream %s: it ends at %d, but tables hold rows up to %d", w.stream, info.Last, last).
			WithHint("the stream lost its end, or an older copy was restored: restore the whole of it, or start with an empty database")
	}
	w.position, w.doubtful = w.mark.Progress, true
	w.desk.note(func(h *Health) { h.Position, h.Received = w.position, w.position })
	return nil
}

// drain stores chunk after chunk until receiving ends, and then what the inbox still holds.
func (w *writer) drain(ctx, receiving context.Context, box *inbox) error {
	// What was begun is finished after ctx has ended, within a limit.
	storing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(receiving, func() { time.AfterFunc(w.cfg.Drain, stop) })
	rested := make(chan struct{})
	close(rested)
	for w.gather(receiving, box, rested) {
		rested = after(w.cfg.Interval)
		err := w.storeChunk(storing, receiving, box)
		if storing.Err() != nil || errors.Is(err, errUnfinished) {
			w.log.Warn("stopped before everything received was inserted", zap.Uint64("seq", w.position), zap.Error(err))
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// gather waits for something to insert, and then until the pause since the last insertion is over or a whole chunk is there. It reports
// false when receiving has ended and nothing is left.
func (w *writer) gather(receiving context.Context, box *inbox, rested <-chan struct{}) bool {
	if !box.await(receiving.Done()) {
		return false
	}
	for !box.full(w.cfg.ChunkBytes, w.cfg.ChunkMessages) {
		select {
		case <-receiving.Done():
			return true
		case <-rested:
			return true
		case <-box.more:
		}
	}
	return true
}

// after returns a channel that closes when d has passed.
func after(d time.Duration) chan struct{} {
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return done
}

// errUnfinished ends a writer that was stopped before it had received what another writer of the stream claimed.
var errUnfinished = errors.New("claimed messages were not received")

// storeChunk stores a chunk while no tables are swapped.
func (w *writer) storeChunk(ctx, receiving context.Context, box *inbox) error {
	swaps, err := w.gate.enter(ctx, w.name)
	if err != nil {
		return err
	}
	defer w.gate.leave()
	if swaps != w.swaps { // tables were made again as far as progress says
		err := w.persist(ctx, "read position", func() error {
			mark, err := w.deps.Appender.Mark(ctx, w.stream)
			w.mark = mark
			return err
		})
		if err != nil {
			return err
		}
		w.swaps, w.doubtful = swaps, true
	}
	return w.storeUnits(ctx, receiving, box)
}

// storeUnits stores what the inbox holds, up to a chunk, cut where writers of the stream agreed.
func (w *writer) storeUnits(ctx, receiving context.Context, box *inbox) error {
	var rows history.Rows
	last := uint64(0)
	take := func() {
		for _, u := range box.take(w.cfg.ChunkBytes, w.cfg.ChunkMessages) {
			rows.Append(u.rows)
			last = u.last
		}
	}
	take()
	for w.position < last {
		var agreed uint64
		err := w.persist(ctx, "claim messages", func() (err error) {
			agreed, err = w.deps.Appender.Claim(ctx, w.stream, w.position+1, last)
			return err
		})
		if err != nil {
			return err
		}
		for last < agreed { // another writer had received more: so shall we
			if !box.await(receiving.Done()) {
				return errUnfinished
			}
			take()
		}
		if err := w.store(ctx, rows.Between(w.position+1, agreed), agreed); err != nil {
			return err
		}
	}
	return nil
}

// store inserts a chunk's rows table by table and then the progress.
func (w *writer) store(ctx context.Context, rows history.Rows, last uint64) error {
	first := w.position + 1
	rows.Progress = []history.Position{{Stream: w.stream, Sequence: last}}
	stored := w.storeLarge(ctx, &rows, first, last)
	for _, t := range history.Tables() {
		if stored[t] {
			continue
		}
		from := w.from(t, first)
		if err := w.insert(ctx, t, w.unkept(t, &rows, last), from, last); err != nil {
			return err
		}
	}
	if w.gate != nil {
		w.audit(&rows)
	}
	w.position, w.doubtful = last, false
	w.desk.stored(last, last-first+1, len(rows.Rejects))
	return nil
}

// from is where the rows begin that a table does not hold yet.
func (w *writer) from(t history.Table, first uint64) uint64 {
	if t == history.TableRejects {
		return first
	}
	return max(first, w.mark.Highest[t]+1)
}

// largeRows is from how many rows on tables are worth inserting into at once.
const largeRows = 10_000

// storeLarge inserts into the tables of changes and periods at once where each is given many rows, and returns those for which that
// succeeded. None of them is read before the rows that end a chunk are there, so their order does not matter; what failed is tried again in
// turn.
func (w *writer) storeLarge(ctx context.Context, rows *history.Rows, first, last uint64) map[history.Table]bool {
	var large []history.Table
	for _, t := range []history.Table{
		history.TableRateChanges, history.TableRates, history.TableLicensePrices, history.TableLicenseChanges, history.TableItems, history.TableItemChanges,
	} {
		if rows.Count(t) >= largeRows {
			large = append(large, t)
		}
	}
	kept := make([]bool, len(large))
	var inserting sync.WaitGroup
	for i, t := range large {
		left, from := w.unkept(t, rows, last), w.from(t, first)
		if left.Count(t) < largeRows {
			continue
		}
		inserting.Go(func() { kept[i] = w.insertOnce(ctx, t, left, from, last) == nil })
	}
	inserting.Wait()
	stored := map[history.Table]bool{}
	for i, t := range large {
		stored[t] = kept[i]
	}
	return stored
}

// unkept drops the rows that a table holds already because a crash came between two tables, and those of messages that were refused.
func (w *writer) unkept(t history.Table, rows *history.Rows, last uint64) history.Rows {
	if t != history.TableRejects {
		left := rows.Between(w.mark.Highest[t]+1, last)
		if len(w.mark.Rejected) > 0 {
			left = left.Without(w.mark.Rejected)
		}
		return left
	}
	// A message that a table refuses is rejected later than others behind it, so rejects are told apart one by one.
	var left history.Rows
	for _, r := range rows.Rejects {
		if !w.mark.Rejected[r.Sequence] {
			left.Rejects = append(left.Rejects, r)
		}
	}
	return left
}

// token names an insertion: the same rows of the same table have the same one, whoever inserts them and however often.
func (w *writer) token(t history.Table, first, last uint64) string {
	return history.InsertionToken(w.stream, t, first, last)
}

// persist does something until it succeeds, ctx ends, or it fails in a way that no retry mends.
func (w *writer) persist(ctx context.Context, what string, do func() error) error {
	for pause := w.cfg.Retry; ; pause = min(2*pause, w.cfg.RetryMost) {
		err := do()
		if err == nil || ctx.Err() != nil || (fault.KindOf(err) != fault.Unavailable && fault.KindOf(err) != fault.Internal) {
			return err
		}
		w.desk.note(func(h *Health) { h.Failing, h.Retries = err.Error(), h.Retries+1 })
		w.log.Warn(what+" failed", zap.Error(err), zap.Uint64("seq", w.position))
		wait(ctx, pause)
	}
}
