package keyvalue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

// mostReplicas is how many copies JetStream keeps at most.
const mostReplicas = 5

// headers is what the server counts of a message beside its record.
const headers = 1 << 10

// Config says what a bucket is.
type Config struct {
	Bucket   string // its name
	Purpose  string // a sentence for operators
	Noun     string // what a record is, for errors: "watchlist"
	Largest  int32  // bytes of a record at most
	Replicas int    // copies the servers keep, 1 to 5; 0 means 1. A bucket with fewer is given more, one with more is refused
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	switch {
	case c.Bucket == "" || c.Noun == "":
		return fault.New(fault.Invalid, "bucket %q of %q: both names are needed", c.Bucket, c.Noun)
	case c.Largest <= 0:
		return fault.New(fault.Invalid, "bucket %s: records of at most %d bytes hold nothing", c.Bucket, c.Largest)
	case c.Replicas < 0 || c.Replicas > mostReplicas:
		return fault.New(fault.Invalid, "bucket %s with %d replicas: use 1 to %d", c.Bucket, c.Replicas, mostReplicas)
	}
	return nil
}

// Open opens a bucket, making it when it is not there. One that is as configured is not touched, so that a user who may not change it can
// open it.
func Open(ctx context.Context, js jetstream.JetStream, cfg Config) (*Bucket, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Replicas = max(cfg.Replicas, 1)
	kv, err := openBucket(ctx, js, cfg)
	if err != nil {
		return nil, failure(err, "open bucket %s", cfg.Bucket)
	}
	return &Bucket{cfg, KeysOf(js, kv)}, nil
}

func openBucket(ctx context.Context, js jetstream.JetStream, cfg Config) (jetstream.KeyValue, error) {
	s, err := js.Stream(ctx, "KV_"+cfg.Bucket)
	switch {
	case err == nil:
		kept, err := keeps(s.CachedInfo().Config, cfg)
		if err != nil {
			return nil, err
		}
		if kept {
			return js.KeyValue(ctx, cfg.Bucket)
		}
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, err
	}
	return js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: cfg.Bucket, Description: cfg.Purpose, MaxValueSize: cfg.Largest + headers, History: 1, Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
	})
}

// keeps decides about a bucket that is there: true when it is as configured and need not be touched. One with more replicas than configured
// is refused: a process that was not told of them must not take copies away.
func keeps(has jetstream.StreamConfig, want Config) (bool, error) {
	if has.Replicas > want.Replicas {
		return false, fault.New(fault.Refused, "it has %d replicas, and %d are configured", has.Replicas, want.Replicas).
			WithHint("tell every process of the %d replicas, or take copies away first: nats stream edit %s --replicas %d", has.Replicas, has.Name, want.Replicas)
	}
	return has.Replicas == want.Replicas && has.Description == want.Purpose && has.MaxMsgSize == want.Largest+headers, nil
}
