package materializer

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/stream"
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
	Wrong      int    // things that the last audit of the stream found wrong and that were not repaired
	Repaired   int    // holes that audits filled since the process started, each perhaps of many rows

	Oldest   time.Time // when the stream stored the oldest message that was received and cannot be queried; zero when all can
	Retries  uint64    // of reads and insertions since the process started
	Rows     Histogram // rows an insertion
	Messages Histogram // messages that were made queryable at once
	Inserts  Histogram // seconds an insertion
}

// Lag is how many messages of the stream cannot be queried yet.
func (h *Health) Lag() uint64 { return h.Received + h.Waiting - min(h.Position, h.Received+h.Waiting) }

// Health returns how the writing of every stream goes, in order of their names.
func (m *Materializer) Health() []Health {
	m.board.mu.Lock()
	defer m.board.mu.Unlock()
	all := make([]Health, 0, len(m.board.desks))
	for _, name := range slices.Sorted(maps.Keys(m.board.desks)) {
		h := m.board.desks[name].health
		h.Rows, h.Messages, h.Inserts = h.Rows.clone(), h.Messages.clone(), h.Inserts.clone()
		all = append(all, h)
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
	ages   []age // of what was received and cannot be queried, in order: as many as units wait
}

// age is when the stream stored the first message of a unit.
type age struct {
	last   uint64 // message of the unit
	whole  bool
	stored time.Time
}

func (b *board) desk(stream string) *desk {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.desks == nil {
		b.desks = map[string]*desk{}
	}
	d := &desk{board: b, health: Health{
		Stream: stream, Rows: newHistogram(countBounds()), Messages: newHistogram(countBounds()), Inserts: newHistogram(secondBounds()),
	}}
	b.desks[stream] = d
	return d
}

func (d *desk) note(change func(*Health)) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	change(&d.health)
}

// received notes that a message has come.
func (d *desk) received(record *stream.Record) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	h := &d.health
	h.Received, h.Waiting = record.Sequence, record.Pending
	if n := len(d.ages); n > 0 && (!d.ages[n-1].whole || d.ages[n-1].last >= record.Sequence) { // its unit, or it comes again
		d.ages[n-1].last, d.ages[n-1].whole = max(d.ages[n-1].last, record.Sequence), record.Commit
	} else {
		d.ages = append(d.ages, age{record.Sequence, record.Commit, record.Stored})
	}
	h.Oldest = d.ages[0].stored
}

// stored notes that messages up to last, so many at once, can be queried.
func (d *desk) stored(last, messages uint64, rejected int) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	h := &d.health
	h.Position, h.Failing, h.Rejected = last, "", h.Rejected+rejected
	h.Messages.add(float64(messages))
	n := 0
	for n < len(d.ages) && d.ages[n].last <= last {
		n++
	}
	d.ages = slices.Delete(d.ages, 0, n)
	h.Oldest = time.Time{}
	if len(d.ages) > 0 {
		h.Oldest = d.ages[0].stored
	}
}

// inserted notes an insertion, whether it succeeded or not.
func (d *desk) inserted(rows int, took time.Duration) {
	d.note(func(h *Health) {
		h.Rows.add(float64(rows))
		h.Inserts.add(took.Seconds())
	})
}

// audited notes what an audit found of a stream.
func (b *board) audited(stream string, wrong, repaired int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := b.desks[stream]; d != nil {
		d.health.Wrong, d.health.Repaired = wrong, d.health.Repaired+repaired
	}
}
