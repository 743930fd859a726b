package materializer

import (
	"maps"
	"slices"
	"sync"
)

// Health is how the writing of one stream goes.
type Health struct {
	Stream     string // with its incarnation
	Position   uint64 // up to which it can be queried
	Received   uint64 // up to which it was received
	Waiting    uint64 // messages of the stream that were still to come when the last was received
	Rejected   int    // messages rejected since the process started
	Incomplete int    // releases and withdrawals since then that stay invisible because something of them was rejected
	Failing    string // why the last insertion failed; empty when it did not
}

// Health returns how the writing of every stream goes, in order of their names.
func (m *Materializer) Health() []Health {
	m.board.mu.Lock()
	defer m.board.mu.Unlock()
	all := make([]Health, 0, len(m.board.desks))
	for _, name := range slices.Sorted(maps.Keys(m.board.desks)) {
		all = append(all, m.board.desks[name].health)
	}
	return all
}

// board is where writers say how they are. The zero value is ready.
type board struct {
	mu    sync.Mutex
	desks map[string]*desk
}

// desk is one writer's place on the board.
type desk struct {
	board  *board
	health Health
}

func (b *board) desk(stream string) *desk {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.desks == nil {
		b.desks = map[string]*desk{}
	}
	d := &desk{board: b, health: Health{Stream: stream}}
	b.desks[stream] = d
	return d
}

func (d *desk) note(change func(*Health)) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	change(&d.health)
}
