package keyvalue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/pricewire/pricewire/pkg/fault"
)

// How records are listed. A page stays far below what a client buffers, beyond which it would lose messages.
const (
	pageSize        = 64
	listTimeout     = 10 * time.Second
	operationHeader = "KV-Operation"
)

// Bucket holds records by key. It may be used from several goroutines.
type Bucket struct {
	cfg Config
	js  jetstream.JetStream
	kv  jetstream.KeyValue
}

// Entry is a record as it is kept.
type Entry struct {
	Key     string
	Value   []byte
	Version uint64 // grows with every write of the bucket, 1 or more
}

// Get returns a record; a notFound fault when there is none.
func (b *Bucket) Get(ctx context.Context, key string) (Entry, error) {
	entry, err := b.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
		return Entry{}, b.missing(key)
	}
	if err != nil {
		return Entry{}, failure(err, "read %s %s", b.cfg.Noun, key)
	}
	return Entry{key, entry.Value(), entry.Revision()}, nil
}

// Put stores a record over a version and returns the new one; over 0 there must be none. A conflict fault means that there is another
// version, a notFound fault that there is none any more. It may be repeated: what is there already as given counts as written.
func (b *Bucket) Put(ctx context.Context, key string, value []byte, over uint64) (uint64, error) {
	if len(value) > int(b.cfg.Largest) {
		return 0, fault.New(fault.Invalid, "store %s %s: it takes %d bytes, more than %d", b.cfg.Noun, key, len(value), b.cfg.Largest)
	}
	version, err := b.write(ctx, key, value, over)
	if err == nil {
		return version, nil
	}
	return b.settle(ctx, err, key, value, over)
}

func (b *Bucket) write(ctx context.Context, key string, value []byte, over uint64) (uint64, error) {
	if over == 0 {
		return b.kv.Create(ctx, key, value) // which minds that a deleted key leaves a mark
	}
	return b.kv.Update(ctx, key, value, over)
}

// settle finds out what became of a write that did not succeed: a lost acknowledgement looks like a failure, and the client's own second
// try like a conflict.
func (b *Bucket) settle(ctx context.Context, failed error, key string, value []byte, over uint64) (uint64, error) {
	conflict := wrongRevision(failed) || errors.Is(failed, jetstream.ErrKeyExists)
	entry, err := b.kv.Get(ctx, key)
	switch {
	case err == nil && bytes.Equal(entry.Value(), value) && entry.Revision() > over:
		return entry.Revision(), nil
	case conflict && errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, b.missing(key)
	case conflict && over == 0:
		return 0, fault.New(fault.Conflict, "%s %s is there already", b.cfg.Noun, key)
	case conflict:
		return 0, b.changed(key)
	}
	return 0, failure(failed, "store %s %s", b.cfg.Noun, key)
}

// Delete removes a record of a version; version 0 removes any. Removing what is not there is a notFound fault.
func (b *Bucket) Delete(ctx context.Context, key string, version uint64) error {
	entry, err := b.Get(ctx, key)
	if err != nil {
		return err
	}
	if version != 0 && version != entry.Version {
		return b.changed(key)
	}
	err = b.kv.Delete(ctx, key, jetstream.LastRevision(entry.Version))
	switch {
	case err == nil:
		return nil
	case wrongRevision(err):
		return b.changed(key)
	}
	return failure(err, "delete %s %s", b.cfg.Noun, key)
}

func (b *Bucket) missing(key string) error {
	return fault.New(fault.NotFound, "there is no %s %s", b.cfg.Noun, key)
}

func (b *Bucket) changed(key string) error {
	return fault.New(fault.Conflict, "%s %s has been changed by somebody else", b.cfg.Noun, key).WithHint("look at it again")
}

// List returns all records in order of their keys. It reads the bucket's stream in pages; a record that changes meanwhile moves to the
// end, so it is read again, never missed.
func (b *Bucket) List(ctx context.Context) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	var found []Entry
	gone := map[string]uint64{}
	for next := uint64(1); ; {
		page, last, err := b.page(ctx, next, gone)
		if err != nil {
			return nil, err
		}
		if last == 0 {
			return latest(found, gone), nil
		}
		found, next = append(found, page...), last+1
	}
}

// page returns the records stored from a sequence on, and the sequence of the last one read, 0 when there was none; it notes the marks of
// deleted keys.
func (b *Bucket) page(ctx context.Context, from uint64, gone map[string]uint64) (found []Entry, last uint64, err error) {
	prefix := "$KV." + b.cfg.Bucket + "."
	messages, err := jetstreamext.GetBatch(ctx, b.js, "KV_"+b.cfg.Bucket, pageSize, jetstreamext.GetBatchSubject(prefix+">"), jetstreamext.GetBatchSeq(from))
	if err != nil {
		return nil, 0, failure(err, "list %ss", b.cfg.Noun)
	}
	for m, err := range messages {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			return found, last, nil
		}
		if err != nil {
			return nil, 0, failure(err, "list %ss", b.cfg.Noun)
		}
		last = m.Sequence
		key := strings.TrimPrefix(m.Subject, prefix)
		if m.Header.Get(operationHeader) != "" {
			gone[key] = m.Sequence
			continue
		}
		found = append(found, Entry{key, m.Data, m.Sequence})
	}
	if last == 0 { // the client ends so, without an error, when the answer does not come in time
		return nil, 0, failure(ErrNoAnswer, "list %ss", b.cfg.Noun)
	}
	return found, last, nil
}

// latest returns each record once, in its latest version and in order of keys, without those that were deleted since.
func latest(found []Entry, gone map[string]uint64) []Entry {
	slices.SortFunc(found, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(b.Version, a.Version)) })
	found = slices.CompactFunc(found, func(a, b Entry) bool { return a.Key == b.Key })
	return slices.DeleteFunc(found, func(e Entry) bool { return gone[e.Key] > e.Version })
}

// Watch returns a channel that receives when records may have changed since, until ctx ends; then it is closed. Several changes may be
// told of once, and news may be lost with the connection: look now and then as well.
func (b *Bucket) Watch(ctx context.Context) (<-chan struct{}, error) {
	changed, err := Watch(ctx, b.kv)
	if err != nil {
		return nil, failure(err, "watch %ss", b.cfg.Noun)
	}
	return changed, nil
}

// Watch watches a bucket of any kind as Bucket.Watch does. It begins within RequestTime or fails.
func Watch(ctx context.Context, kv jetstream.KeyValue) (<-chan struct{}, error) {
	watching, stop := context.WithCancel(ctx)
	late := time.AfterFunc(RequestTime, stop)
	watcher, err := kv.WatchAll(watching, jetstream.UpdatesOnly(), jetstream.MetaOnly())
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
