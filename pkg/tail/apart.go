package tail

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// patience is how long a follower that reads a stream itself may keep its turn without taking what was read, and altogether while others wait
	// for theirs.
	patience = time.Second
	// ahead is how many records may be on their way to one that reads a stream itself.
	ahead = 512
)

// chunk is a piece of a stream that was read for one follower.
type chunk struct {
	feed    *feed
	entries []*Entry
	next    uint64 // 0: nothing has come yet
	last    bool   // it has caught up with what the feed had when the turn began
	err     error
}

// over says that nothing comes behind it.
func (c *chunk) over() bool { return c.last || c.err != nil }

// apart is what is read for one follower.
type apart struct {
	feed   *feed
	query  stream.Query
	next   uint64 // behind what was read; 0: not known yet
	states bool   // what the stream holds when the reading begins is told as state
	state  uint64 // what is before is
	more   bool   // more was waiting for the subscription when it was heard of last
}

// begin says where a leg has to be read from.
func (l *leg) begin() *apart {
	start := l.start
	if l.cursor > 0 {
		start = stream.Start{Sequence: l.cursor}
	}
	return &apart{feed: l.feed, query: stream.Query{Stream: l.feed.name.Name, Subjects: l.subjects, Start: start, Ahead: ahead}, next: l.cursor, states: l.states}
}

// readApart reads a stream for one follower until it has caught up. Only so many do at once; one that is slow to take what was read gives
// its turn to another, and so does one that reads on and on while others wait. It goes on when it has another.
func (h *Hub) readApart(ctx context.Context, a *apart, out chan<- chunk) {
	for h.takeTurn(ctx) {
		c := h.readTurn(ctx, a, out)
		<-h.turns
		if c != nil {
			select {
			case out <- *c:
			case <-ctx.Done():
				return
			}
			if c.over() {
				return
			}
		}
		if a.next > 0 {
			a.query.Start = stream.Start{Sequence: a.next}
		}
	}
}

// takeTurn waits for a turn; false when ctx ends before. Those who wait come in order.
func (h *Hub) takeTurn(ctx context.Context) bool {
	h.waiting.Add(1)
	defer h.waiting.Add(-1)
	select {
	case h.turns <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// readTurn reads until the turn is over, and returns what is still to be handed out: the last chunk, or one that was not taken in time.
func (h *Hub) readTurn(ctx context.Context, a *apart, out chan<- chunk) *chunk {
	begun := time.Now() //nolint:forbidigo // others wait in real time
	subscription, behind, err := a.subscribe(ctx, h.reader)
	if err != nil {
		return &chunk{feed: a.feed, err: err}
	}
	defer subscription.Stop()
	for {
		c := a.read(ctx, h.reader, subscription, behind)
		if c.over() {
			return c
		}
		late := time.NewTimer(patience)
		select {
		case out <- *c:
			late.Stop()
		case <-late.C:
			return c
		case <-ctx.Done():
			late.Stop()
			return c
		}
		if h.waiting.Load() > 0 && time.Since(begun) >= patience {
			return nil
		}
	}
}

// subscribe begins to read, and returns up to where has to be read: the feed has what follows.
func (a *apart) subscribe(ctx context.Context, reader stream.Reader) (stream.Subscription, uint64, error) {
	behind := a.feed.next()
	subscription, err := reader.Subscribe(ctx, a.query)
	if err != nil {
		return nil, 0, err
	}
	a.more = subscription.Pending() > 0
	if a.states && a.state == 0 {
		info, err := a.feed.info(ctx, reader) // after the subscription began with the last event of each subject: all of these are before
		if err != nil {
			subscription.Stop()
			return nil, 0, err
		}
		a.state = info.Last + 1
	}
	return subscription, max(behind, a.state), nil
}

// read reads a chunk. What takes too long to come is left to the next one.
func (a *apart) read(ctx context.Context, reader stream.Reader, subscription stream.Subscription, behind uint64) *chunk {
	c := &chunk{feed: a.feed}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for bytes := 0; c.err == nil && len(c.entries) < takenAtOnce && bytes < bytesAtOnce; {
		if c.last, c.err = a.caughtUp(ctx, reader, behind); c.last || c.err != nil {
			break
		}
		record, err := subscription.Next(waiting)
		if waiting.Err() != nil && err != nil {
			c.err = ctx.Err()
			break
		}
		if err == nil && record.Stream != a.feed.name {
			err = gone(a.feed.name, record.Stream)
		}
		if err != nil {
			c.err = err
			break
		}
		e := NewEntry(record)
		e.state = record.Sequence < a.state
		c.entries, bytes = append(c.entries, e), bytes+e.size
		a.next, a.more = record.Sequence+1, record.Pending > 0
	}
	if c.last {
		a.next = max(a.next, behind)
	}
	c.next = a.next
	return c
}

// caughtUp reports whether everything before a sequence has come. That nothing more waits for the subscription says so of the server that it
// reads from, which may lag behind the one that the feed reads from; what the stream's leader holds last under each subject says it for good.
func (a *apart) caughtUp(ctx context.Context, reader stream.Reader, behind uint64) (bool, error) {
	if a.next >= behind {
		return true, nil
	}
	if a.more {
		return false, nil
	}
	for _, subject := range a.query.Subjects {
		last, err := reader.Last(ctx, a.query.Stream, subject)
		switch start := a.query.Start.Time; {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return false, err
		case last.Sequence >= a.next && !last.Stored.Before(start):
			return false, nil
		}
	}
	_, err := a.feed.info(ctx, reader) // after all: they were answers of this life of the stream
	return err == nil, err
}
