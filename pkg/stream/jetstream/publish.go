package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Headers of stored messages. The id is a header of our own: Nats-Msg-Id would make the server keep a window of ids in memory and
// refuse batches over it, and the expectation is the guard that does not forget.
const (
	headerID             = "Pricewire-Id"
	headerOrigin         = "Pricewire-Origin"
	headerTrace          = trace.Header // as tools for tracing look for it
	headerBatchID        = "Nats-Batch-Id"
	headerBatchSequence  = "Nats-Batch-Sequence"
	headerBatchCommit    = "Nats-Batch-Commit"
	headerExpectStream   = "Nats-Expected-Stream"
	headerExpectSequence = "Nats-Expected-Last-Subject-Sequence"
	headerExpectSubject  = "Nats-Expected-Last-Subject-Sequence-Subject"
)

// headerRoom is more than the headers of a message take, its subject and id included.
const headerRoom = 4 << 10

// storedOverhead is more than a stored message takes beside its data, subject, id and origin.
const storedOverhead = 400

// Publish stores the batch or nothing; see stream.Publisher. A batch of one message goes as a plain message. Memory use does not grow
// with the batch: acknowledgements from the server hold the sender back.
func (a *Adapter) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	if err := a.check(ctx, name, batch, expect); err != nil {
		return 0, err
	}
	if err := a.checkRoom(ctx, name, batch); err != nil {
		return 0, err
	}
	for until := time.Now().Add(retryMost); ; {
		seq, err := a.sendOnce(ctx, name, batch, expect)
		if err == nil {
			return seq, nil
		}
		// A server of a cluster may not know yet where a new stream, or its new leader, is. Nobody was sent what it says so of.
		if !errors.Is(err, nats.ErrNoResponders) || time.Now().After(until) || sleep(ctx, retryLeast) != nil {
			return 0, publishFault(err, name)
		}
	}
}

func (a *Adapter) sendOnce(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	s, err := newSender(a.nc, name, a.cfg.Timeout, len(batch))
	if err != nil {
		return 0, err
	}
	defer s.close()
	return s.send(ctx, batch, expect)
}

// check refuses what the server would refuse, or worse, take for the beginning of a batch in another stream.
func (a *Adapter) check(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) error {
	subjects, err := a.subjectsOf(ctx, name, false)
	if err != nil {
		return err
	}
	err = stream.Check(batch, expect, subjects)
	if err != nil { // the stream may hold more by now
		if subjects, err = a.subjectsOf(ctx, name, true); err != nil {
			return err
		}
		err = stream.Check(batch, expect, subjects)
	}
	if err != nil {
		return fault.New(fault.Invalid, "publish to %s: %w", name, err)
	}
	most := a.MaxData()
	for _, m := range batch {
		if len(m.Data) > most {
			return fault.New(fault.Invalid, "publish to %s: message of %d bytes on %s exceeds %d", name, len(m.Data), m.Subject, most)
		}
	}
	return nil
}

// checkRoom refuses a batch that could take the account beyond the bound.
func (a *Adapter) checkRoom(ctx context.Context, name string, batch []stream.Message) error {
	if a.cfg.MaxBytes == 0 {
		return nil
	}
	asking, done := a.connected(ctx)
	defer done()
	info, err := a.js.AccountInfo(asking)
	if err != nil {
		return requestFault(asking, err, "publish to %s: ask for room", name)
	}
	need := uint64(0)
	for _, m := range batch {
		need += uint64(len(m.Data) + 2*len(m.Subject) + len(m.ID) + len(m.Origin) + storedOverhead)
	}
	if info.Store+need > a.cfg.MaxBytes {
		return fault.New(fault.Unavailable, "publish to %s: %d bytes are stored, up to %d more exceed the bound of %d", name, info.Store, need,
			a.cfg.MaxBytes).WithHint("raise the bound on what NATS may store")
	}
	return nil
}

// MaxData returns how many bytes of data a message may have: what the server takes, less room for headers.
func (a *Adapter) MaxData() int { return int(a.nc.MaxPayload()) - headerRoom }

// fillHeaders fills h, which is used again for every message of a batch: the connection copies it.
func fillHeaders(h nats.Header, m stream.Message) {
	delete(h, headerID)
	if m.ID != "" {
		h[headerID] = []string{m.ID}
	}
	delete(h, headerOrigin)
	if m.Origin != "" {
		h[headerOrigin] = []string{m.Origin}
	}
	delete(h, headerTrace)
	if !m.Trace.IsZero() {
		h[headerTrace] = []string{m.Trace.String()}
	}
}
