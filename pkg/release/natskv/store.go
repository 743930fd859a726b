package natskv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/release"
)

// maxRecord is the largest record in bytes. Its problems and its log are bounded, so no release comes near.
const maxRecord = 1 << 20

// listTimeout is how long all records may take to come.
const listTimeout = 10 * time.Second

// Store is a release.Store in a key-value bucket.
type Store struct {
	bucket keyvalue.Keys
}

var _ release.Store = (*Store)(nil)

// OpenStore opens the bucket of records, making it when it is not there.
func OpenStore(ctx context.Context, js jetstream.JetStream, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	bucket, err := openBucket(ctx, js, jetstream.KeyValueConfig{
		Bucket: cfg.Records, Description: "Records of releases.", MaxValueSize: maxRecord, History: 1,
		Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
	})
	if err != nil {
		return nil, failure(err, "open bucket %s", cfg.Records)
	}
	return &Store{keyvalue.KeysOf(js, bucket)}, nil
}

func openBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	has, there, err := standing(ctx, js, "KV_"+want.Bucket)
	if err != nil {
		return nil, err
	}
	if there {
		kept, err := keeps(has, want.Replicas, want.Description, want.MaxValueSize)
		if err != nil {
			return nil, err
		}
		if kept {
			return js.KeyValue(ctx, want.Bucket)
		}
	}
	return js.CreateOrUpdateKeyValue(ctx, want)
}

// Create implements release.Store.
func (s *Store) Create(ctx context.Context, r release.Release) (release.Release, error) {
	return s.put(ctx, r, 0)
}

// Update implements release.Store.
func (s *Store) Update(ctx context.Context, r release.Release) (release.Release, error) {
	if r.Version == 0 {
		return release.Release{}, fault.New(fault.Internal, "update release %s: the record was never stored", r.ID)
	}
	return s.put(ctx, r, r.Version)
}

// put stores a record over the version given; 0 means that there must be none.
func (s *Store) put(ctx context.Context, r release.Release, over uint64) (release.Release, error) {
	key, err := key(r.ID)
	if err != nil {
		return release.Release{}, err
	}
	data, err := encode(r)
	if err != nil {
		return release.Release{}, err
	}
	if len(data) > maxRecord {
		return release.Release{}, fault.New(fault.Invalid, "store release %s: a record of %d bytes, over the limit of %d", r.ID, len(data), maxRecord)
	}
	revision, err := s.bucket.Update(ctx, key, data, over)
	if err != nil {
		revision, err = s.settle(ctx, err, key, data, r.ID, over)
	}
	if err != nil {
		return release.Release{}, err
	}
	r.Version = revision
	return r, nil
}

// settle finds out what became of a write that did not succeed: a lost acknowledgement looks like a failure, and the client's own second
// try like a conflict.
func (s *Store) settle(ctx context.Context, failed error, key string, data []byte, id string, over uint64) (uint64, error) {
	conflict := wrongRevision(failed)
	entry, err := s.bucket.Get(ctx, key)
	switch {
	case err == nil && bytes.Equal(entry.Value(), data) && entry.Revision() > over:
		return entry.Revision(), nil
	case conflict && errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, fault.New(fault.NotFound, "there is no release %s", id)
	case conflict && over == 0:
		return 0, fault.New(fault.Conflict, "release %s is there already", id)
	case conflict:
		return 0, fault.New(fault.Conflict, "release %s has been changed by somebody else", id).
			WithHint("look at it again: pricewire release show %s", id)
	}
	return 0, failure(failed, "store release %s", id)
}

// Get implements release.Store.
func (s *Store) Get(ctx context.Context, id string) (release.Release, error) {
	key, err := key(id)
	if err != nil {
		return release.Release{}, err
	}
	entry, err := s.bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return release.Release{}, fault.New(fault.NotFound, "there is no release %s", id).WithHint("pricewire release list names them")
	}
	if err != nil {
		return release.Release{}, failure(err, "read release %s", id)
	}
	return decode(entry.Value(), entry.Revision())
}

// List implements release.Store. It reads the bucket's stream in pages, which is a tenth of the work of watching it. A record that changes
// meanwhile is read again, never missed.
func (s *Store) List(ctx context.Context, f release.Filter) ([]release.Release, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	latest := map[string]release.Release{}
	for entry, err := range s.bucket.All(ctx, pattern(f)) {
		if err != nil {
			return nil, failure(err, "list releases")
		}
		delete(latest, entry.Key)
		if entry.Deleted { // by an operator
			continue
		}
		r, err := decode(entry.Value, entry.Version)
		if err != nil {
			return nil, err
		}
		if f.Matches(r) {
			latest[entry.Key] = r
		}
	}
	return slices.SortedFunc(maps.Values(latest), func(a, b release.Release) int { return cmp.Compare(a.ID, b.ID) }), nil
}

// Watch implements release.Store.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	changed, err := s.bucket.Watch(ctx)
	if err != nil {
		return nil, failure(err, "watch releases")
	}
	return changed, nil
}

// key returns the key of a release: its list, market, month and revision as tokens, so that a list and market can be read by themselves.
func key(id string) (string, error) {
	slot, revision, err := release.ParseID(id)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s.%s.%s.r%d", slot.List, strings.ToLower(slot.Market), slot.Month, revision), nil
}

// pattern returns the keys a filter is about, or more.
func pattern(f release.Filter) string {
	list, market := cmp.Or(f.List, "*"), cmp.Or(strings.ToLower(f.Market), "*")
	for _, token := range []string{list, market} {
		if strings.ContainsAny(token, " .>\t\r\n") {
			return ">"
		}
	}
	return list + "." + market + ".>"
}
