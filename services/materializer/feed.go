package materializer

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// feed receives a stream, decodes it and puts whole units into the inbox.
type feed struct {
	w     *writer
	inbox *inbox
	next  uint64 // first sequence that was not put yet
	open  unit   // the batch that is being received; no messages when there is none
	rows  *converter
}

// run receives until ctx ends; then it returns nil. Any other end is an error that no retry mends.
func (f *feed) run(ctx context.Context) error {
	pause := f.w.cfg.Retry
	for ctx.Err() == nil {
		before := f.next
		err := f.receive(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // being stopped is no failure
		}
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Refused) {
			return err
		}
		if f.next > before {
			pause = f.w.cfg.Retry
		}
		f.w.log.Warn("read stream failed", zap.Error(err), zap.Uint64("seq", f.next))
		wait(ctx, pause)
		pause = min(2*pause, f.w.cfg.RetryMost)
	}
	return nil
}

// receive subscribes from the first message that was not put yet.
func (f *feed) receive(ctx context.Context) error {
	f.open = unit{}
	sub, err := f.w.deps.Reader.Subscribe(ctx, stream.Query{Stream: f.w.name.Name, Start: stream.Start{Sequence: f.next}})
	if err != nil {
		return err
	}
	defer sub.Stop()
	for {
		record, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		if record.Stream != f.w.name {
			return fault.New(fault.Refused, "read stream %s: it was made again as %s", f.w.stream, record.Stream)
		}
		if err := f.take(ctx, record); err != nil {
			return err
		}
	}
}

// take adds a record to its unit, and puts the unit when it is whole.
func (f *feed) take(ctx context.Context, record stream.Record) error {
	if f.open.messages == 0 {
		f.open.first = f.next
	}
	f.open.last = record.Sequence
	f.open.messages++
	f.open.bytes += len(record.Data)
	f.rows.add(&f.open.rows, &record)
	f.w.desk.received(&record)
	if !record.Commit {
		return nil
	}
	whole := f.open
	f.open = unit{}
	if err := f.inbox.put(ctx, whole); err != nil {
		return err
	}
	f.next = whole.last + 1
	return nil
}

// wait sleeps, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
