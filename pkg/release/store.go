package release

import "context"

// Store keeps the records of releases. Its methods may be called from several goroutines and processes.
type Store interface {
	// Create stores a record that is not there yet and returns it with its version; a conflict fault when the id is taken.
	Create(ctx context.Context, r Release) (Release, error)
	// Get returns a record; a notFound fault when there is none.
	Get(ctx context.Context, id string) (Release, error)
	// Update replaces the record whose version is r.Version and returns it with its new one, which is greater. A conflict fault means
	// that the record has another version by now and nothing was stored, a notFound fault that it is not there. After any other error
	// it is unknown whether it was stored: read it again.
	Update(ctx context.Context, r Release) (Release, error)
	// List returns the records that match, in order of their ids: what was stored before the call is there, each record once.
	List(ctx context.Context, f Filter) ([]Release, error)
	// Watch returns a channel on which something arrives after every change that is stored from now on, by whomever. Changes in quick
	// succession may arrive as one. The channel is closed when ctx ends.
	Watch(ctx context.Context) (<-chan struct{}, error)
}

// Filter selects releases. The zero value selects all.
type Filter struct {
	List   string
	Market string // upper case
	States []State
}

// Matches reports whether the filter selects a release. Whoever asks for approved ones gets those being published as well.
func (f Filter) Matches(r Release) bool {
	if f.List != "" && f.List != r.Slot.List || f.Market != "" && f.Market != r.Slot.Market {
		return false
	}
	for _, s := range f.States {
		if s == r.State || s == r.State.ForPeople() {
			return true
		}
	}
	return len(f.States) == 0
}

// MaxContent is the largest content in bytes that a Content store takes.
const MaxContent = 256 << 20

// Content keeps what lists say, under the SHA-256 of the bytes. Its methods may be called from several goroutines and processes.
type Content interface {
	// Put stores bytes durably and returns their SHA-256 in hex. Putting the same again is fine and changes nothing. More than
	// MaxContent bytes are an invalid fault.
	Put(ctx context.Context, data []byte) (string, error)
	// Get returns the bytes whose SHA-256 is sum, having checked that it is; a notFound fault when they are not there. The caller must
	// not change them.
	Get(ctx context.Context, sum string) ([]byte, error)
}
