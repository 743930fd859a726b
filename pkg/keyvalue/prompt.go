package keyvalue

import (
	"context"
	"errors"
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

// Prompt returns a bucket that reads and writes a key within RequestTime or fails, so that there is time left to look what became of a write.
func Prompt(kv jetstream.KeyValue) jetstream.KeyValue { return prompt{kv} }

type prompt struct{ jetstream.KeyValue }

func (p prompt) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return p.KeyValue.Get(ctx, key)
}

func (p prompt) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return p.KeyValue.Create(ctx, key, value, opts...)
}

func (p prompt) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	ctx, cancel := Within(ctx)
	defer cancel()
	return p.KeyValue.Update(ctx, key, value, revision)
}

func (p prompt) Delete(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	ctx, cancel := Within(ctx)
	defer cancel()
	return p.KeyValue.Delete(ctx, key, opts...)
}

func (p prompt) Purge(ctx context.Context, key string, opts ...jetstream.KVDeleteOpt) error {
	ctx, cancel := Within(ctx)
	defer cancel()
	return p.KeyValue.Purge(ctx, key, opts...)
}
