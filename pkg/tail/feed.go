package tail

import (
	"context"
	"sort"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// How much a follower is handed at once. It bounds what a slow one holds.
const (
	takenAtOnce = 64
	bytesAtOnce = 64 << 10
)

// feed is what came last on a stream, for all who follow it.
type feed struct {
	name  stream.Name
	limit int           // bytes
	begun chan struct{} // closed when it is known where it begins, or that it does not

	mu      sync.RWMutex
	entries []*Entry // in order
	bytes   int
	from    uint64 // everything from here on that has come is in entries
	head    uint64 // the last sequence that has come
	whole   uint64 // the last one that ended its batch
	failed  error  // the stream is gone, or could not be read

	followers int // of the hub's lock
	stop      context.CancelFunc
}

// run reads the stream from its end on until ctx ends or the stream is gone, which the error says; each piece of news is told.
func (f *feed) run(ctx context.Context, reader stream.Reader, news func()) error {
	subscription, err := reader.Subscribe(ctx, stream.Query{Stream: f.name.Name, Start: stream.Start{New: true}})
	if err != nil {
		return err
	}
	defer subscription.Stop()
	if err := f.begin(ctx, reader, subscription.From()); err != nil {
		return err
	}
	for {
		record, err := subscription.Next(ctx)
		if err != nil {
			return err
		}
		f.add(NewEntry(record), record.Commit)
		news()
	}
}

// begin says where the feed begins: behind a whole batch. The stream is asked for its name after it was subscribed to: the subscription is to
// this life of it, or an earlier one.
func (f *feed) begin(ctx context.Context, reader stream.Reader, from uint64) error {
	if _, err := f.info(ctx, reader); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from, f.head, f.whole = from, from-1, from-1
	close(f.begun)
	return nil
}

// info is what the stream says of itself, a notFound fault when another has its name now.
func (f *feed) info(ctx context.Context, reader stream.Reader) (stream.Info, error) {
	info, err := reader.Info(ctx, f.name.Name)
	if err == nil && info.Name != f.name {
		err = gone(f.name, info.Name)
	}
	return info, err
}

func gone(name, now stream.Name) error {
	return fault.New(fault.NotFound, "stream %s is gone, there is %s now", name, now)
}

// next is the first sequence that has not come.
func (f *feed) next() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.head + 1
}

// afterWhole is where whoever wants what is new begins: not within a batch.
func (f *feed) afterWhole() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.whole + 1
}

func (f *feed) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = err
	select {
	case <-f.begun:
	default:
		close(f.begun)
	}
}

func (f *feed) failure() error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.failed
}

// add keeps an entry and drops the oldest beyond the limit.
func (f *feed) add(e *Entry, commit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries, f.bytes, f.head = append(f.entries, e), f.bytes+e.size, e.Sequence
	if commit {
		f.whole = e.Sequence
	}
	for f.bytes > f.limit {
		oldest := f.entries[0]
		f.from, f.bytes = oldest.Sequence+1, f.bytes-oldest.size
		f.entries[0] = nil // for the collector
		f.entries = f.entries[1:]
	}
}

// take returns some entries from a cursor on, and the cursor behind them. It reports whether everything from the cursor on is here; where
// it is not, the stream itself has to be read.
func (f *feed) take(cursor uint64, into []*Entry) (taken []*Entry, next uint64, here bool, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.failed != nil {
		return nil, cursor, false, f.failed
	}
	if cursor < f.from {
		return nil, cursor, false, nil
	}
	first := sort.Search(len(f.entries), func(i int) bool { return f.entries[i].Sequence >= cursor })
	taken = into[:0]
	bytes := 0
	for _, e := range f.entries[first:] {
		if len(taken) == takenAtOnce || len(taken) > 0 && bytes+e.size > bytesAtOnce {
			return taken, e.Sequence, true, nil
		}
		taken, bytes = append(taken, e), bytes+e.size
	}
	return taken, max(cursor, f.head+1), true, nil
}
