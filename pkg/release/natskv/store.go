package natskv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/release"
)

// maxRecord is the largest record in bytes. Its problems and its log are bounded, so no release comes near.
const maxRecord = 1 << 20

// How records are listed. A page stays far below what a client buffers, beyond which it would lose messages.
const (
	pageSize        = 256
	listTimeout     = 10 * time.Second
	operationHeader = "KV-Operation"
)

// Store is a release.Store in a key-value bucket.
type Store struct {
	js     jetstream.JetStream
	bucket jetstream.KeyValue
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
	return &Store{js, keyvalue.Prompt(bucket)}, nil
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
// meanwhile moves to the end, so it is read again, never missed.
func (s *Store) List(ctx context.Context, f release.Filter) ([]release.Release, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	var found []release.Release
	for next := uint64(1); ; {
		page, last, err := s.page(ctx, f, next)
		if err != nil {
			return nil, err
		}
		if last == 0 {
			return latest(found), nil
		}
		found, next = append(found, page...), last+1
	}
}

// page returns the matching ones of the records stored from a sequence on, and the sequence of the last record read, 0 when there was none.
func (s *Store) page(ctx context.Context, f release.Filter, from uint64) (found []release.Release, last uint64, err error) {
	bucket := s.bucket.Bucket()
	subject := jetstreamext.GetBatchSubject("$KV." + bucket + "." + pattern(f))
	messages, err := jetstreamext.GetBatch(ctx, s.js, "KV_"+bucket, pageSize, subject, jetstreamext.GetBatchSeq(from))
	if err != nil {
		return nil, 0, failure(err, "list releases")
	}
	for m, err := range messages {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			return found, last, nil
		}
		if err != nil {
			return nil, 0, failure(err, "list releases")
		}
		last = m.Sequence
		if m.Header.Get(operationHeader) != "" { // the mark that a key was deleted, by an operator
			continue
		}
		r, err := decode(m.Data, m.Sequence)
		if err != nil {
			return nil, 0, err
		}
		if f.Matches(r) {
			found = append(found, r)
		}
	}
	if last == 0 { // the client ends so, without an error, when the answer does not come in time
		return nil, 0, failure(keyvalue.ErrNoAnswer, "list releases")
	}
	return found, last, nil
}

// latest returns each record once, in its latest version and in order of ids: one that changes while it is read comes twice.
func latest(found []release.Release) []release.Release {
	slices.SortFunc(found, func(a, b release.Release) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.Version, a.Version))
	})
	return slices.CompactFunc(found, func(a, b release.Release) bool { return a.ID == b.ID })
}

// Watch implements release.Store.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	changed, err := keyvalue.Watch(ctx, s.bucket)
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
