package materializer

import (
	"context"
	"sync"

	"github.com/pricewire/pricewire/pkg/history"
)

// unit is what must not be cut: a message that came alone, or an atomic batch.
type unit struct {
	first, last uint64
	messages    int
	bytes       int
	rows        history.Rows
}

// inbox holds units that were received and not yet inserted, up to a number of bytes. One goroutine puts, one takes.
type inbox struct {
	limit int

	mu    sync.Mutex
	units []unit
	bytes int
	more  chan struct{} // something was put
	room  chan struct{} // something was taken
}

func newInbox(limit int) *inbox {
	return &inbox{limit: limit, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put waits until there is room; an empty inbox has room for any unit.
func (b *inbox) put(ctx context.Context, u unit) error {
	for !b.tryPut(u) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.room:
		}
	}
	signal(b.more)
	return nil
}

func (b *inbox) tryPut(u unit) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.units) > 0 && b.bytes+u.bytes > b.limit {
		return false
	}
	b.units = append(b.units, u)
	b.bytes += u.bytes
	return true
}

// take returns the first units, of at most so many bytes and messages but at least one; none when the inbox is empty.
func (b *inbox) take(bytes, messages int) []unit {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(b.units) {
		u := &b.units[n]
		if n > 0 && (u.bytes > bytes || u.messages > messages) {
			break
		}
		bytes, messages = bytes-u.bytes, messages-u.messages
		b.bytes -= u.bytes
		n++
	}
	taken := append([]unit(nil), b.units[:n]...)
	clear(b.units[:n])
	b.units = b.units[n:]
	signal(b.room)
	return taken
}

// full reports whether there is as much as one insertion takes.
func (b *inbox) full(bytes, messages int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for i := range b.units {
		n += b.units[i].messages
	}
	return b.bytes >= bytes || n >= messages
}

func (b *inbox) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.units) == 0
}

// await waits until there is something to take; it reports false when done closes first.
func (b *inbox) await(done <-chan struct{}) bool {
	for b.empty() {
		select {
		case <-done:
			return !b.empty()
		case <-b.more:
		}
	}
	return true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
