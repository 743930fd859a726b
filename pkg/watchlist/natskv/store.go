// Package natskv keeps watchlists in a JetStream key-value bucket. Records are JSON of this package's own, with a version; nobody else reads
// them.
package natskv

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/keyvalue"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// DefaultBucket is where watchlists are kept.
const DefaultBucket = "pricewire_watchlists"

// largest is the largest record in bytes: MaxEntries entries of usual length take half of it.
const largest = 4 << 20

// format is the version of the records this package writes. Fields may be added within a version; it grows when an older reader would
// misread what is written.
const format = 1

// Config names the bucket. The zero value will do for one server.
type Config struct {
	Bucket   string // default pricewire_watchlists
	Replicas int    // copies the servers keep, 1 to 5; default 1
}

// Store is a watchlist.Store in a key-value bucket.
type Store struct{ bucket *keyvalue.Bucket }

var _ watchlist.Store = (*Store)(nil)

// Open opens the bucket, making it when it is not there.
func Open(ctx context.Context, js jetstream.JetStream, cfg Config) (*Store, error) {
	if cfg.Bucket == "" {
		cfg.Bucket = DefaultBucket
	}
	bucket, err := keyvalue.Open(ctx, js, keyvalue.Config{
		Bucket: cfg.Bucket, Purpose: "Watchlists: named sets of licence lines and meters.", Noun: "watchlist", Largest: largest, Replicas: cfg.Replicas,
	})
	if err != nil {
		return nil, err
	}
	return &Store{bucket}, nil
}

type record struct {
	Format      int       `json:"format"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Lines       []line    `json:"lines,omitempty"`
	Meters      []meter   `json:"meters,omitempty"`
	CreatedBy   string    `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedBy   string    `json:"updated_by"`
	UpdatedAt   time.Time `json:"updated_at"`
}

type line struct {
	Market   string `json:"market,omitempty"`
	Currency string `json:"currency,omitempty"`
	Product  string `json:"product"`
	SKU      string `json:"sku,omitempty"`
	Term     string `json:"term,omitempty"`
	Billing  string `json:"billing,omitempty"`
}

type meter struct {
	ID       string `json:"id"`
	SKU      string `json:"sku,omitempty"`
	Currency string `json:"currency,omitempty"`
	Region   string `json:"region,omitempty"`
}

// Put implements watchlist.Store.
func (s *Store) Put(ctx context.Context, w watchlist.Watchlist) (watchlist.Watchlist, error) {
	r := record{
		Format: format, Name: w.Name, Description: w.Description, CreatedBy: w.CreatedBy, CreatedAt: w.CreatedAt, UpdatedBy: w.UpdatedBy, UpdatedAt: w.UpdatedAt,
	}
	for _, l := range w.Lines {
		r.Lines = append(r.Lines, line(l))
	}
	for _, m := range w.Meters {
		r.Meters = append(r.Meters, meter(m))
	}
	data, err := json.Marshal(r)
	if err != nil {
		return watchlist.Watchlist{}, fault.Wrap(err, "store watchlist %s", w.Name)
	}
	w.Version, err = s.bucket.Put(ctx, w.Name, data, w.Version)
	if err != nil {
		return watchlist.Watchlist{}, err
	}
	return w, nil
}

// Get implements watchlist.Store.
func (s *Store) Get(ctx context.Context, name string) (watchlist.Watchlist, error) {
	entry, err := s.bucket.Get(ctx, name)
	if err != nil {
		return watchlist.Watchlist{}, err
	}
	return decode(entry)
}

// List implements watchlist.Store.
func (s *Store) List(ctx context.Context) ([]watchlist.Watchlist, error) {
	entries, err := s.bucket.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []watchlist.Watchlist
	for _, e := range entries {
		w, err := decode(e)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// Delete implements watchlist.Store.
func (s *Store) Delete(ctx context.Context, name string, version uint64) error {
	return s.bucket.Delete(ctx, name, version)
}

func decode(e keyvalue.Entry) (watchlist.Watchlist, error) {
	var r record
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return watchlist.Watchlist{}, fault.New(fault.Internal, "read watchlist %s: %w", e.Key, err)
	}
	if r.Format != format {
		return watchlist.Watchlist{}, fault.New(fault.Internal, "read watchlist %s: it has format %d, and this version knows %d", e.Key, r.Format, format).
			WithHint("a newer version of the program wrote it: use that one")
	}
	w := watchlist.Watchlist{
		Name: r.Name, Description: r.Description, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedBy: r.UpdatedBy, UpdatedAt: r.UpdatedAt, Version: e.Version,
	}
	for _, l := range r.Lines {
		w.Lines = append(w.Lines, watchlist.Line(l))
	}
	for _, m := range r.Meters {
		w.Meters = append(w.Meters, watchlist.Meter(m))
	}
	return w, nil
}
