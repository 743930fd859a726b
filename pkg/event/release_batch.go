package event

import (
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// ReleaseBatch makes the batch of a release of prices: its changed lines in order, then, where it mends another release, that it does, and
// its manifest last, with the checksum over the lines. Everything in it comes from the record, in which publication time, content and
// predecessor are frozen, and from the changes: whoever makes it again makes the same bytes. A list of the past may change one line several
// times, each as known at another instant. An invalid fault says what cannot be published.
func ReleaseBatch(r release.Release, changes []pricelist.LineChange) (batch []stream.Message, checksum string, err error) {
	return publication(&r, len(changes), func(at position) Payload { return priceChanged(at, &changes[at.n-1]) })
}

// ItemBatch is ReleaseBatch for the lists that hold no prices.
func ItemBatch(r release.Release, changes []item.Change) (batch []stream.Message, checksum string, err error) {
	return publication(&r, len(changes), func(at position) Payload { return itemChanged(r.Slot, at, &changes[at.n-1]) })
}

// WithdrawalBatch makes the batch of a withdrawal of a release of prices, or of lines of it: the lines that change thereby in order, and the
// withdrawal last, with the checksum over them. Like a release's it is a function of the record, in which the withdrawal is frozen, and of
// the changes. An invalid fault says what cannot be published.
func WithdrawalBatch(r release.Release, w release.Withdrawal, changes []pricelist.LineChange) (batch []stream.Message, checksum string, err error) {
	return withdrawal(&r, &w, len(changes), func(at position) Payload { return priceChanged(at, &changes[at.n-1]) })
}

// ItemWithdrawalBatch is WithdrawalBatch for the lists that hold no prices.
func ItemWithdrawalBatch(r release.Release, w release.Withdrawal, changes []item.Change) (batch []stream.Message, checksum string, err error) {
	return withdrawal(&r, &w, len(changes), func(at position) Payload { return itemChanged(r.Slot, at, &changes[at.n-1]) })
}

// EffectiveMessage makes the event that a release has taken effect; supersedes is the release in force until then, empty when there is
// none.
func EffectiveMessage(r release.Release, supersedes string) (stream.Message, error) {
	var e encoder
	return e.message(releaseEffective(&r, supersedes))
}

// MissingMessage makes the event that nothing is approved for a slot, whose revision is awaited, although it is to be published by publishAt
// and to take effect at effectiveAt. It is one fact whenever it is noticed: its id does not depend on noticedAt.
func MissingMessage(slot release.Slot, revision int, publishAt, effectiveAt, noticedAt time.Time) (stream.Message, error) {
	var e encoder
	return e.message(releaseMissing(slot, revision, publishAt, effectiveAt, noticedAt))
}

// position is where a change stands in the batch of a release, or of one of its withdrawals.
type position struct {
	release    string
	withdrawal int // 0: it is the release's own batch
	n, of      int // n from 1
}

// publication makes the batch of a release from its changes, of which there are so many.
func publication(r *release.Release, of int, change func(position) Payload) ([]stream.Message, string, error) {
	if r.PublishedAt.IsZero() {
		return nil, "", fault.New(fault.Invalid, "encode release %s: it has no publication time", r.ID)
	}
	var e encoder
	batch, checksum, err := told(position{release: r.ID, of: of}, change)
	if err != nil {
		return nil, "", err
	}
	var last []Payload
	if r.Corrects != "" {
		corrected, err := releaseCorrected(r)
		if err != nil {
			return nil, "", err
		}
		last = append(last, corrected)
	}
	return e.ended(batch, checksum, append(last, releasePublished(r, of, checksum))...)
}

// withdrawal makes the batch of a withdrawal from its changes, of which there are so many.
func withdrawal(r *release.Release, w *release.Withdrawal, of int, change func(position) Payload) ([]stream.Message, string, error) {
	if w.N < 1 || w.KnownAt.IsZero() {
		return nil, "", fault.New(fault.Invalid, "encode withdrawal %d of %s: it has no number or no instant at which it becomes known", w.N, r.ID)
	}
	var e encoder
	batch, checksum, err := told(position{release: r.ID, withdrawal: w.N, of: of}, change)
	if err != nil {
		return nil, "", err
	}
	return e.ended(batch, checksum, releaseWithdrawn(r, w, of, checksum))
}

// share is how many changes are worth a goroutine to encode.
const share = 2000

// told encodes changes in order, shared among the cores, and returns them with the checksum over their ids.
func told(at position, change func(position) Payload) (batch []stream.Message, checksum string, err error) {
	batch = make([]stream.Message, at.of, at.of+2) // room for what ends the batch
	shares := max(1, min(runtime.GOMAXPROCS(0), at.of/share))
	failed := make([]error, shares)
	var encoding sync.WaitGroup
	for i := range shares {
		first, behind := at.of*i/shares, at.of*(i+1)/shares
		encoding.Go(func() { failed[i] = encodeShare(batch[first:behind], first, at, change) })
	}
	encoding.Wait()
	for _, err := range failed { // the first in order, however fast each was
		if err != nil {
			return nil, "", err
		}
	}
	sum := sha256.New()
	for i := range batch {
		sum.Write([]byte(batch[i].ID))
	}
	return batch, hex.EncodeToString(sum.Sum(nil)), nil
}

// encodeShare encodes the changes behind so many into their places.
func encodeShare(batch []stream.Message, behind int, at position, change func(position) Payload) error {
	var e encoder
	for i := range batch {
		at.n = behind + i + 1
		p := change(at)
		if p.instant().IsZero() {
			return fault.New(fault.Invalid, "encode change %d of %s: it has no instant at which it becomes known", at.n, at.release)
		}
		var err error
		if batch[i], err = e.message(p); err != nil {
			return err
		}
	}
	return nil
}

// ended appends what ends a batch and returns both; nothing when it cannot be published.
func (e *encoder) ended(batch []stream.Message, checksum string, last ...Payload) ([]stream.Message, string, error) {
	for _, p := range last {
		m, err := e.message(p)
		if err != nil {
			return nil, "", err
		}
		batch = append(batch, m)
	}
	return batch, checksum, nil
}
