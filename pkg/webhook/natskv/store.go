// Package natskv keeps webhooks in JetStream key-value buckets: endpoints in one, their progress in another. Records are JSON of this
// package's own, with a version; nobody else reads them. They hold the secrets: whoever may read the bucket can sign.
package natskv

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// Where webhooks are kept.
const (
	DefaultEndpoints = "pricewire_webhooks"
	DefaultProgress  = "pricewire_webhook_progress"
)

// The largest records in bytes. What both hold is bounded, so none comes near.
const (
	largestEndpoint = 64 << 10
	largestProgress = 2 << 20
)

// Config names the buckets. The zero value will do for one server.
type Config struct {
	Endpoints string // default pricewire_webhooks
	Progress  string // default pricewire_webhook_progress
	Replicas  int    // copies the servers keep of each, 1 to 5; default 1
}

// Store is a webhook.Store in key-value buckets.
type Store struct{ endpoints, progress *keyvalue.Bucket }

var _ webhook.Store = (*Store)(nil)

// Open opens the buckets, making them when they are not there.
func Open(ctx context.Context, js jetstream.JetStream, cfg Config) (*Store, error) {
	if cfg.Endpoints == "" {
		cfg.Endpoints = DefaultEndpoints
	}
	if cfg.Progress == "" {
		cfg.Progress = DefaultProgress
	}
	s := &Store{}
	var err error
	if s.endpoints, err = keyvalue.Open(ctx, js, keyvalue.Config{
		Bucket: cfg.Endpoints, Purpose: "Webhooks: where events are sent to, and what they are signed with.", Noun: "webhook", Largest: largestEndpoint, Replicas: cfg.Replicas,
	}); err != nil {
		return nil, err
	}
	s.progress, err = keyvalue.Open(ctx, js, keyvalue.Config{
		Bucket: cfg.Progress, Purpose: "How far the events of webhooks are sent.", Noun: "progress of webhook", Largest: largestProgress, Replicas: cfg.Replicas,
	})
	return s, err
}

// Put implements webhook.Store.
func (s *Store) Put(ctx context.Context, e webhook.Endpoint) (webhook.Endpoint, error) {
	data, err := encodeEndpoint(e)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	if e.Version, err = s.endpoints.Put(ctx, e.Name, data, e.Version); err != nil {
		return webhook.Endpoint{}, err
	}
	return e, nil
}

// Get implements webhook.Store.
func (s *Store) Get(ctx context.Context, name string) (webhook.Endpoint, error) {
	entry, err := s.endpoints.Get(ctx, name)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	return decodeEndpoint(entry)
}

// List implements webhook.Store.
func (s *Store) List(ctx context.Context) ([]webhook.Endpoint, error) {
	entries, err := s.endpoints.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []webhook.Endpoint
	for _, entry := range entries {
		e, err := decodeEndpoint(entry)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// Delete implements webhook.Store. The endpoint goes first: progress that stays behind is of nothing, and gone with the next of the name.
func (s *Store) Delete(ctx context.Context, name string, version uint64) error {
	if err := s.endpoints.Delete(ctx, name, version); err != nil {
		return err
	}
	if err := s.progress.Delete(ctx, name, 0); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// Watch implements webhook.Store.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) { return s.endpoints.Watch(ctx) }

// PutProgress implements webhook.Store.
func (s *Store) PutProgress(ctx context.Context, p webhook.Progress) (webhook.Progress, error) {
	data, err := encodeProgress(p)
	if err != nil {
		return webhook.Progress{}, err
	}
	if p.Version, err = s.progress.Put(ctx, p.Name, data, p.Version); err != nil {
		return webhook.Progress{}, err
	}
	return p, nil
}

// Progress implements webhook.Store.
func (s *Store) Progress(ctx context.Context, name string) (webhook.Progress, error) {
	entry, err := s.progress.Get(ctx, name)
	if err != nil {
		return webhook.Progress{}, err
	}
	return decodeProgress(entry)
}
