package keyvalue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

// listTimeout is how long all records may take to come.
const listTimeout = 10 * time.Second

// Bucket holds records by key. It may be used from several goroutines.
type Bucket struct {
	cfg  Config
	keys Keys
}

// Get returns a record; a notFound fault when there is none.
func (b *Bucket) Get(ctx context.Context, key string) (Entry, error) {
	entry, err := b.keys.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrInvalidKey) {
		return Entry{}, b.missing(key)
	}
	if err != nil {
		return Entry{}, failure(err, "read %s %s", b.cfg.Noun, key)
	}
	return Entry{Key: key, Value: entry.Value(), Version: entry.Revision()}, nil
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
		return b.keys.Create(ctx, key, value) // which minds that a deleted key leaves a mark
	}
	return b.keys.Update(ctx, key, value, over)
}

// settle finds out what became of a write that did not succeed: a lost acknowledgement looks like a failure, and the client's own second
// try like a conflict.
func (b *Bucket) settle(ctx context.Context, failed error, key string, value []byte, over uint64) (uint64, error) {
	conflict := wrongRevision(failed) || errors.Is(failed, jetstream.ErrKeyExists)
	entry, err := b.keys.Get(ctx, key)
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
	err = b.keys.Delete(ctx, key, entry.Version)
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

// List returns all records in order of their keys, within listTimeout. A record that changes meanwhile is not missed.
func (b *Bucket) List(ctx context.Context) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	latest := map[string]Entry{}
	for e, err := range b.keys.All(ctx, ">") {
		if err != nil {
			return nil, failure(err, "list %ss", b.cfg.Noun)
		}
		latest[e.Key] = e
	}
	maps.DeleteFunc(latest, func(_ string, e Entry) bool { return e.Deleted })
	return slices.SortedFunc(maps.Values(latest), func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) }), nil
}

// Watch returns a channel that receives when records may have changed since, until ctx ends; then it is closed: see Keys.Watch.
func (b *Bucket) Watch(ctx context.Context) (<-chan struct{}, error) {
	changed, err := b.keys.Watch(ctx)
	if err != nil {
		return nil, failure(err, "watch %ss", b.cfg.Noun)
	}
	return changed, nil
}
