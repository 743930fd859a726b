package access

import (
	"context"
	"time"
)

// Store keeps tokens. Its methods may be called from several goroutines and processes. Whatever cannot be reached is an unavailable fault.
type Store interface {
	// Create stores a token that is not there yet and returns it with its version; a conflict fault when the id is taken.
	Create(ctx context.Context, t Token) (Token, error)
	// Get returns a token as it was stored last, by whomever; a notFound fault when there is none, or the id cannot be one.
	Get(ctx context.Context, id string) (Token, error)
	// Update replaces the token whose version is t.Version and returns it with its new one, which is greater. A conflict fault means that it
	// has another version by now and nothing was stored, a notFound fault that it is not there. UsedAt is not stored.
	Update(ctx context.Context, t Token) (Token, error)
	// List returns all tokens in the order in which they were created.
	List(ctx context.Context) ([]Token, error)
	// Used notes when a token was used, unless it is noted that it was used later. It changes no version.
	Used(ctx context.Context, id string, at time.Time) error
}
