package history

import (
	"context"
	"time"
)

// Holds says for which instants an answer stays as it is while nothing more becomes known: for those from Since until Until that are asked
// for as valid and as known at once.
type Holds struct {
	Since time.Time // the instant asked for, or when the newest of what the answer rests on became known, if that is later; whole microseconds
	Until time.Time // the next start or end of a period known, from which another one may answer; zero: open
}

// At reports whether the answer is the one for an instant.
func (h Holds) At(now time.Time) bool {
	return !StoredKnown(now).Before(h.Since) && (h.Until.IsZero() || now.UTC().Truncate(time.Millisecond).Before(h.Until))
}

// PresentRate is what is known of a usage rate from an instant on.
type PresentRate struct {
	RateAnswer
	Holds
	Newest time.Time // when the newest of what the answer rests on became known
}

// PresentPrice is what is known of a licence price from an instant on. How long it holds is told without regard to InForce.
type PresentPrice struct {
	PriceAnswer
	Holds
}

// PresentReader answers for whoever keeps present answers and follows what becomes known: with everything that is kept, whenever it
// became known, and for how long that is the answer.
type PresentReader interface {
	// PresentRate answers for one rate at an instant, as Rate does; its KnownAt is not looked at. A notFound fault means that nothing
	// is known of the rate at all.
	PresentRate(ctx context.Context, q RatePoint) (PresentRate, error)
	// EachRate hands over every rate that has a price at an instant, in the order of their keys, as a stream: nothing bounds their
	// number. What becomes known while it does may be in it or not. Page and KnownAt of the question are not looked at. An error of
	// each ends it and is returned as it is.
	EachRate(ctx context.Context, q RateList, each func(PresentRate) error) error
	// EachPrice hands over every licence price of a market of which anything is known, those without a price at the instant included,
	// in the order of their identities; else it is like EachRate.
	EachPrice(ctx context.Context, market string, at time.Time, each func(PresentPrice) error) error
	// Revision tells whether the past was repaired or made again, which no position tells. Read it before answers that are to be kept: they
	// hold while it stays as it is.
	Revision(ctx context.Context) (Revision, error)
}

// Revision tells repairs and rebuilds of what is kept.
type Revision struct {
	Number uint64 // greater after each repair and rebuild, once its rows answer; it never becomes less
	// Whole is false from a rebuild's Swap until its Derive: EachRate may tell what was before, or some of both. PresentRate is right.
	Whole bool
}

// Everything is the instant at which everything that is kept counts as known.
func Everything() time.Time { return Open().Add(-time.Microsecond) }

// Present returns the question about an instant with everything known, without a page.
func (q RateList) Present() (RateList, error) {
	q.KnownAt, q.Page = Everything(), Page{}
	return q, q.Validate()
}

// Present returns the question about an instant with everything known.
func (q RatePoint) Present() (RatePoint, error) {
	q.KnownAt = Everything()
	return q, q.Validate()
}

// NewHolds returns for how long an answer for an instant holds that rests on knowledge up to newest, when a period begins or ends next at
// next; Open or zero is never.
func NewHolds(at, newest, next time.Time) Holds {
	h := Holds{Since: at.UTC().Truncate(time.Millisecond), Until: ToStored(StoredTo(next))}
	if newest = StoredKnown(newest); newest.After(h.Since) {
		h.Since = newest
	}
	return h
}
