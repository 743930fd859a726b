// Package natskv keeps claims in a key-value bucket of JetStream, which forgets them by itself.
package natskv

import (
	"bytes"
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/idempotency"
	"github.com/pricewire/pricewire/pkg/keyvalue"
)

// DefaultBucket is what the bucket is called unless something else is said.
const DefaultBucket = "pricewire_requests"

// Config names the bucket. The zero value will do for one server.
type Config struct {
	Bucket   string // default pricewire_requests
	Replicas int    // copies the servers keep, 1 to 5; default 1
}

// Store is an idempotency.Store.
type Store struct {
	bucket keyvalue.Keys
}

var _ idempotency.Store = (*Store)(nil)

// Open opens the bucket, making it when it is not there. One that is there is left as it is.
func Open(ctx context.Context, js jetstream.JetStream, cfg Config) (*Store, error) {
	name := cfg.Bucket
	if name == "" {
		name = DefaultBucket
	}
	bucket, err := js.KeyValue(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		bucket, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: name, Description: "Requests that write, and their answers.", MaxValueSize: idempotency.MaxRecord, History: 1, TTL: idempotency.Kept,
			MaxBytes: idempotency.MaxBytes, Storage: jetstream.FileStorage, Replicas: max(cfg.Replicas, 1),
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // another process was faster
			bucket, err = js.KeyValue(ctx, name)
		}
	}
	if err != nil {
		return nil, failure(err, "open bucket "+name)
	}
	return &Store{keyvalue.KeysOf(js, bucket)}, nil
}

// Begin implements idempotency.Store.
func (s *Store) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Claim, bool, error) {
	for {
		made, err := s.put(ctx, c, 0)
		if err == nil {
			return made, true, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return c, false, err
		}
		entry, err := s.bucket.Get(ctx, c.Key)
		if errors.Is(err, jetstream.ErrKeyNotFound) { // forgotten in between
			if err := ctx.Err(); err != nil {
				return c, false, failure(err, "claim request")
			}
			continue
		}
		if err != nil {
			return c, false, failure(err, "read claim")
		}
		there, err := idempotency.Decode(c.Key, entry.Revision(), entry.Value())
		return there, false, err
	}
}

// Update implements idempotency.Store.
func (s *Store) Update(ctx context.Context, c idempotency.Claim) (idempotency.Claim, error) {
	if c.Version == 0 {
		return c, fault.New(fault.Conflict, "the claim was never stored")
	}
	return s.put(ctx, c, c.Version)
}

// put stores a claim over a version; 0: there must be none.
func (s *Store) put(ctx context.Context, c idempotency.Claim, over uint64) (idempotency.Claim, error) {
	data, err := idempotency.Encode(c)
	if err != nil {
		return c, err
	}
	if over == 0 {
		c.Version, err = s.bucket.Create(ctx, c.Key, data)
	} else {
		c.Version, err = s.bucket.Update(ctx, c.Key, data, over)
	}
	if err == nil {
		return c, nil
	}
	if entry, readErr := s.bucket.Get(ctx, c.Key); readErr == nil && bytes.Equal(entry.Value(), data) && entry.Revision() > over { // the acknowledgement was lost
		c.Version = entry.Revision()
		return c, nil
	}
	c.Version = over
	if errors.Is(err, jetstream.ErrKeyExists) || wrongRevision(err) {
		return c, fault.New(fault.Conflict, "the claim has been changed by somebody else")
	}
	return c, failure(err, "store claim")
}

// Forget implements idempotency.Store.
func (s *Store) Forget(ctx context.Context, c idempotency.Claim) error {
	err := s.bucket.Purge(ctx, c.Key, c.Version)
	switch {
	case err == nil || errors.Is(err, jetstream.ErrKeyNotFound):
		return nil
	case wrongRevision(err):
		if _, err := s.bucket.Get(ctx, c.Key); errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		return fault.New(fault.Conflict, "the claim has been changed by somebody else")
	}
	return failure(err, "forget claim")
}

// wrongRevisionReplicated is the server's code for a compare-and-set that lost against one still under way.
const wrongRevisionReplicated jetstream.ErrorCode = 10164

func wrongRevision(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongRevisionReplicated)
}

// failure gives an error of the server or the connection its kind.
func failure(err error, doing string) error {
	return fault.New(fault.Unavailable, "%s: %w", doing, err).WithHint("send it without an Idempotency-Key where that cannot wait")
}
