package keyvalue

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// RequestTime is how long a server may take to answer one request.
const RequestTime = 5 * time.Second

// ErrNoAnswer says that an answer of the server did not come in time; it may have been lost with the connection.
var ErrNoAnswer = errors.New("the server did not answer in time")

// Within returns a context for one request. An answer goes down with the connection, and the client waits for it as long as its context has
// time: it has a limit of its own only where there is none.
func Within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, RequestTime)
}

// operationHeader marks that a key was deleted.
const operationHeader = "KV-Operation"

// Keys are those of a bucket that was opened elsewhere. What it does is what jetstream.KeyValue does, with its errors, but each request is
// answered within RequestTime or fails, so that there is time left to look what became of a write.
type Keys struct {
	js jetstream.JetStream
	kv jetstream.KeyValue
}

// KeysOf are the keys of a bucket.
func KeysOf(js jetstream.JetStream, kv jetstream.KeyValue) Keys { return Keys{js, kv} }

// Get is jetstream.KeyValue's.
func (k Keys) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return k.kv.Get(ctx, key)
}

// Create is jetstream.KeyValue's.
func (k Keys) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return k.kv.Create(ctx, key, value)
}

// Update is jetstream.KeyValue's.
func (k Keys) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return k.kv.Update(ctx, key, value, revision)
}

// Delete is jetstream.KeyValue's, of a revision.
func (k Keys) Delete(ctx context.Context, key string, revision uint64) error {
	ctx, cancel := Within(ctx)
	defer cancel()
	return k.kv.Delete(ctx, key, jetstream.LastRevision(revision))
}

// Purge is jetstream.KeyValue's, of a revision.
func (k Keys) Purge(ctx context.Context, key string, revision uint64) error {
	ctx, cancel := Within(ctx)
	defer cancel()
	return k.kv.Purge(ctx, key, jetstream.LastRevision(revision))
}

// Entry is a record as it is kept.
type Entry struct {
	Key     string
	Value   []byte
	Version uint64 // grows with every write of the bucket, 1 or more
	Deleted bool   // it is the mark that there is none any more
}

// All reads the records and marks of keys that match a pattern, in order of their versions, as Messages does: a record that changes meanwhile
// comes again, so it is never missed.
func (k Keys) All(ctx context.Context, pattern string) iter.Seq2[Entry, error] {
	prefix := "$KV." + k.kv.Bucket() + "."
	return func(yield func(Entry, error) bool) {
		for m, err := range Messages(ctx, k.js, "KV_"+k.kv.Bucket(), prefix+pattern, 1, 0) {
			var e Entry
			if err == nil {
				e = Entry{strings.TrimPrefix(m.Subject, prefix), m.Data, m.Sequence, m.Header.Get(operationHeader) != ""}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Watch returns a channel that receives when records may have changed since, until ctx ends; then it is closed. Several changes may be
// told of once, and news may be lost with the connection: look now and then as well. It begins within RequestTime or fails.
func (k Keys) Watch(ctx context.Context) (<-chan struct{}, error) {
	watching, stop := context.WithCancel(ctx)
	late := time.AfterFunc(RequestTime, stop)
	watcher, err := k.kv.WatchAll(watching, jetstream.UpdatesOnly(), jetstream.MetaOnly())
	if !late.Stop() && ctx.Err() == nil {
		err = ErrNoAnswer // a watch that began after all has ended with its context
	}
	if err != nil {
		stop()
		return nil, err
	}
	changed := make(chan struct{}, 1)
	go func() {
		defer close(changed)
		defer stop()
		defer watcher.Stop() //nolint:errcheck // the subscription ends with its context in any case
		for {
			select {
			case <-ctx.Done():
				return
			case _, open := <-watcher.Updates():
				if !open {
					return
				}
				select {
				case changed <- struct{}{}:
				default: // one that was not taken yet stands for this one too
				}
			}
		}
	}()
	return changed, nil
}
