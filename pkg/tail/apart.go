package tail

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// patience is how long a follower that reads a stream itself may keep its turn without taking what was read.
	patience = time.Second
	// ahead is how many records may be on their way to one that reads a stream itself.
	ahead = 512
)

// chunk is a piece of a stream that was read for one follower.
type chunk struct {
	feed    *feed
	entries []*Entry
	next    uint64
	last    bool // it has caught up with what the feed had when the reading began
	err     error
}

// apart is what is read for one follower.
type apart struct {
	feed  *feed
	query stream.Query
	next  uint64
}

// begin says where a leg has to be read from.
func (l *leg) begin() *apart {
	start := l.start
	if l.cursor > 0 {
		start = stream.Start{Sequence: l.cursor}
	}
	return &apart{l.feed, stream.Query{Stream: l.feed.name.Name, Subjects: l.subjects, Start: start, Ahead: ahead}, l.cursor}
}

// readApart reads a stream for one follower until it has caught up. Only so many do at once; one that is slow to take what was read gives
// its turn to another, and goes on when it has another.
func (h *Hub) readApart(ctx context.Context, a *apart, out chan<- chunk) {
	for {
		select {
		case h.turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		c, err := h.readTurn(ctx, a, out)
		<-h.turns
		if err != nil {
			c = &chunk{feed: a.feed, err: err}
		}
		if c == nil {
			return
		}
		select {
		case out <- *c:
		case <-ctx.Done():
			return
		}
		if c.last || c.err != nil {
			return
		}
		a.query.Start = stream.Start{Sequence: a.next}
	}
}

// readTurn reads until it has caught up, which gives no chunk, or until a chunk is not taken in time, which it returns.
func (h *Hub) readTurn(ctx context.Context, a *apart, out chan<- chunk) (*chunk, error) {
	behind := a.feed.next() // before the subscription counts what is waiting: nothing that it leaves out is before
	subscription, err := h.reader.Subscribe(ctx, a.query)
	if err != nil {
		return nil, err
	}
	defer subscription.Stop()
	if subscription.Pending() == 0 {
		return &chunk{feed: a.feed, next: max(a.next, behind), last: true}, nil
	}
	for {
		c, err := a.read(ctx, subscription, behind)
		if err != nil {
			return nil, err
		}
		late := time.NewTimer(patience)
		select {
		case out <- *c:
			late.Stop()
		case <-late.C:
			return c, nil
		case <-ctx.Done():
			late.Stop()
			return nil, ctx.Err()
		}
		if c.last {
			return nil, nil //nolint:nilnil // nothing is left to hand out
		}
	}
}

// read reads a chunk.
func (a *apart) read(ctx context.Context, subscription stream.Subscription, behind uint64) (*chunk, error) {
	c := &chunk{feed: a.feed}
	for bytes := 0; !c.last && len(c.entries) < takenAtOnce && bytes < bytesAtOnce; {
		record, err := subscription.Next(ctx)
		if err != nil {
			return nil, err
		}
		if record.Stream != a.feed.name {
			return nil, fault.New(fault.NotFound, "stream %s is gone, there is %s now", a.feed.name, record.Stream)
		}
		e := NewEntry(record)
		e.state = a.query.Start.LastPerSubject && record.Sequence < behind
		c.entries, bytes = append(c.entries, e), bytes+e.size
		c.next, c.last = record.Sequence+1, record.Pending == 0
	}
	if c.last {
		c.next = max(c.next, behind)
	}
	a.next = c.next
	return c, nil
}
