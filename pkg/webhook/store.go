package webhook

import "context"

// Store keeps endpoints and how far their events are sent. Any number of processes may use one.
type Store interface {
	// Put stores an endpoint over the version it has and returns it with the new one; version 0 means that there must be none. A conflict
	// fault means that there is another version, a notFound fault that there is none any more. It may be repeated.
	Put(ctx context.Context, e Endpoint) (Endpoint, error)
	// Get returns an endpoint; a notFound fault when there is none.
	Get(ctx context.Context, name string) (Endpoint, error)
	// List returns all endpoints in order of their names.
	List(ctx context.Context) ([]Endpoint, error)
	// Delete removes an endpoint of a version, and its progress; a conflict fault when it has another, a notFound fault when there is none.
	Delete(ctx context.Context, name string, version uint64) error
	// Watch returns a channel that receives when endpoints may have changed since, until ctx ends; then it is closed. News may be lost with a
	// connection: look now and then as well.
	Watch(ctx context.Context) (<-chan struct{}, error)

	// PutProgress and Progress do the same for the progress of an endpoint.
	PutProgress(ctx context.Context, p Progress) (Progress, error)
	Progress(ctx context.Context, name string) (Progress, error)
}
