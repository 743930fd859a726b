package natskv

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
)

// maxRecord is the largest record in bytes; names are bounded, so no token comes near.
const maxRecord = 16 << 10

// What keys begin with: tokens, and when they were used.
const (
	tokenKeys = "token."
	usedKeys  = "used."
)

const bucketPurpose = "Tokens: whose they are, what they allow, and hashes of their secrets."

// Store is an access.Store in a key-value bucket.
type Store struct {
	bucket keyvalue.Keys
}

var _ access.Store = (*Store)(nil)

// OpenStore opens the bucket of tokens, making it when it is not there.
func OpenStore(ctx context.Context, js jetstream.JetStream, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	there, err := kept(ctx, js, "KV_"+cfg.Tokens, cfg.Replicas, bucketPurpose)
	if err != nil {
		return nil, failure(err, "open bucket %s", cfg.Tokens)
	}
	var bucket jetstream.KeyValue
	if there {
		bucket, err = js.KeyValue(ctx, cfg.Tokens)
	} else {
		bucket, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: cfg.Tokens, Description: bucketPurpose, MaxValueSize: maxRecord, History: 1, Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
		})
	}
	if err != nil {
		return nil, failure(err, "open bucket %s", cfg.Tokens)
	}
	return &Store{keyvalue.KeysOf(js, bucket)}, nil
}

// Create implements access.Store.
func (s *Store) Create(ctx context.Context, t access.Token) (access.Token, error) {
	if !access.ValidTokenID(t.ID) {
		return access.Token{}, fault.New(fault.Invalid, "%q cannot be the id of a token", t.ID)
	}
	return s.put(ctx, t, 0)
}

// Update implements access.Store.
func (s *Store) Update(ctx context.Context, t access.Token) (access.Token, error) {
	if t.Version == 0 || !access.ValidTokenID(t.ID) {
		return access.Token{}, fault.New(fault.NotFound, "there is no token %s", t.ID)
	}
	return s.put(ctx, t, t.Version)
}

// put stores a token over the version given; 0 means that there must be none.
func (s *Store) put(ctx context.Context, t access.Token, over uint64) (access.Token, error) {
	data, err := encodeToken(t)
	if err != nil {
		return access.Token{}, err
	}
	revision, err := s.bucket.Update(ctx, tokenKeys+t.ID, data, over)
	if err != nil {
		revision, err = s.settle(ctx, err, t.ID, data, over)
	}
	if err != nil {
		return access.Token{}, err
	}
	t.Version = revision
	return t, nil
}

// settle finds out what became of a write that did not succeed: a lost acknowledgement looks like a failure, and the client's own second try like
// a conflict.
func (s *Store) settle(ctx context.Context, failed error, id string, data []byte, over uint64) (uint64, error) {
	conflict := wrongRevision(failed)
	entry, err := s.bucket.Get(ctx, tokenKeys+id)
	switch {
	case err == nil && bytes.Equal(entry.Value(), data) && entry.Revision() > over:
		return entry.Revision(), nil
	case conflict && errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, fault.New(fault.NotFound, "there is no token %s", id)
	case conflict && over == 0:
		return 0, fault.New(fault.Conflict, "token %s is there already", id)
	case conflict:
		return 0, fault.New(fault.Conflict, "token %s has been changed by somebody else", id)
	}
	return 0, failure(failed, "store token %s", id)
}

// Get implements access.Store.
func (s *Store) Get(ctx context.Context, id string) (access.Token, error) {
	t, err := s.token(ctx, id)
	if err != nil {
		return access.Token{}, err
	}
	used, err := s.bucket.Get(ctx, usedKeys+id)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return t, nil
	case err != nil:
		return access.Token{}, failure(err, "read token %s", id)
	}
	t.UsedAt, err = decodeUsed(used.Value())
	return t, err
}

// token reads what is kept of a token, without when it was used.
func (s *Store) token(ctx context.Context, id string) (access.Token, error) {
	if !access.ValidTokenID(id) {
		return access.Token{}, fault.New(fault.NotFound, "there is no token %s", id)
	}
	entry, err := s.bucket.Get(ctx, tokenKeys+id)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return access.Token{}, fault.New(fault.NotFound, "there is no token %s", id)
	}
	if err != nil {
		return access.Token{}, failure(err, "read token %s", id)
	}
	return decodeToken(entry.Value(), entry.Revision())
}

// listTime is how long all tokens, or all records of a page, may take to come.
const listTime = 10 * time.Second

// List implements access.Store.
func (s *Store) List(ctx context.Context) ([]access.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	tokens, used := map[string]access.Token{}, map[string]time.Time{}
	for entry, err := range s.bucket.All(ctx, ">") {
		if err != nil {
			return nil, failure(err, "list tokens")
		}
		if err := collect(entry, tokens, used); err != nil {
			return nil, err
		}
	}
	return ordered(tokens, used), nil
}

// collect takes one entry of the bucket up, in order of their versions.
func collect(entry keyvalue.Entry, tokens map[string]access.Token, used map[string]time.Time) error {
	id, isUse := strings.CutPrefix(entry.Key, usedKeys)
	switch {
	case entry.Deleted && isUse:
		delete(used, id)
	case entry.Deleted:
		delete(tokens, strings.TrimPrefix(entry.Key, tokenKeys))
	case isUse:
		at, err := decodeUsed(entry.Value)
		used[id] = at
		return err
	default:
		t, err := decodeToken(entry.Value, entry.Version)
		tokens[t.ID] = t
		return err
	}
	return nil
}

func ordered(tokens map[string]access.Token, used map[string]time.Time) []access.Token {
	all := make([]access.Token, 0, len(tokens))
	for id, t := range tokens {
		t.UsedAt = used[id]
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b access.Token) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Used implements access.Store.
func (s *Store) Used(ctx context.Context, id string, at time.Time) error {
	if _, err := s.token(ctx, id); err != nil {
		return err
	}
	for {
		err := s.note(ctx, usedKeys+id, at.UTC().Truncate(time.Second))
		switch {
		case err == nil:
			return nil
		case !wrongRevision(err) || ctx.Err() != nil:
			return failure(err, "note the use of token %s", id)
		} // else somebody else noted it at the same time, perhaps an earlier use
	}
}

// note stores when a token was used, unless what is stored is later.
func (s *Store) note(ctx context.Context, key string, at time.Time) error {
	revision := uint64(0)
	entry, err := s.bucket.Get(ctx, key)
	if err == nil {
		last, err := decodeUsed(entry.Value())
		if err != nil || !at.After(last) {
			return err
		}
		revision = entry.Revision()
	} else if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	_, err = s.bucket.Update(ctx, key, []byte(at.Format(time.RFC3339)), revision)
	return err
}
