package idempotency

import "context"

// Store keeps claims for Kept, over restarts of whoever claims. It forgets by itself.
//
// Every change is compare-and-set on the version, so that of two that claim at once one is told of the other. A change whose outcome was not told may
// be tried again: what is stored already as it was to be counts as done.
type Store interface {
	// Begin stores a claim. Where one of its key is there, that one is returned, and false. Unavailable when it cannot be stored, or too many are.
	Begin(ctx context.Context, c Claim) (Claim, bool, error)
	// Update stores a claim over the version it has, and returns it with its new one. Conflict when somebody else has changed it; invalid when it is
	// larger than MaxRecord.
	Update(ctx context.Context, c Claim) (Claim, error)
	// Forget drops a claim, so that its key is free. Conflict when somebody else has changed it; one that is gone is fine.
	Forget(ctx context.Context, c Claim) error
}
