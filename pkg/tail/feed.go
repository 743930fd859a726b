package tail

import (
	"context"
	"sort"
	"sync"

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
	limit int // bytes

	mu      sync.RWMutex
	entries []*Entry // in order
	bytes   int
	from    uint64 // everything from here on that has come is in entries
	head    uint64 // the last sequence that has come
	failed  error  // the stream is gone

	followers int // of the hub's lock
	stop      context.CancelFunc
}

// run reads the stream from its end on until ctx ends or the stream is gone; each piece of news is told.
func (f *feed) run(ctx context.Context, reader stream.Reader, news func()) {
	defer news()
	subscription, err := reader.Subscribe(ctx, stream.Query{Stream: f.name.Name, Start: stream.Start{Sequence: f.next()}})
	if err != nil {
		f.fail(err)
		return
	}
	defer subscription.Stop()
	for {
		record, err := subscription.Next(ctx)
		if err != nil {
			f.fail(err)
			return
		}
		f.add(NewEntry(record))
		news()
	}
}

// next is the first sequence that has not come.
func (f *feed) next() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.head + 1
}

func (f *feed) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = err
}

// add keeps an entry and drops the oldest beyond the limit.
func (f *feed) add(e *Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries, f.bytes, f.head = append(f.entries, e), f.bytes+e.size, e.Sequence
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
