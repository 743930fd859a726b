package feeder

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/stream"
)

// stalledAfter is how long a stream may stand still with something to tell before that is an alarm.
const stalledAfter = 30 * time.Second

// Health is how the telling of one stream goes.
type Health struct {
	Stream     string    // that is told, with its incarnation once it is known
	Position   uint64    // up to which it is told
	Received   uint64    // up to which it was received
	Waiting    uint64    // messages that were still to come when the last was received
	Unreadable int       // messages left out since the process started because they do not decode
	Failing    string    // why the last attempt failed; empty when it did not
	Oldest     time.Time // when the stream stored the oldest message that was received and is not told; zero when all are
	Moved      time.Time // when something was received or told last, or began to wait; real time
	Retries    uint64    // since the process started
}

// Lag is how many messages are not told yet.
func (h *Health) Lag() uint64 { return h.Received + h.Waiting - min(h.Position, h.Received+h.Waiting) }

// Alarm says what a person should look at, nothing where there is nothing. now is real time.
func (h *Health) Alarm(now time.Time) string {
	switch {
	case h.Failing != "":
		return fmt.Sprintf("telling %s without cost fails: %s", h.Stream, h.Failing)
	case h.Lag() > 0 && now.Sub(h.Moved) > stalledAfter:
		return fmt.Sprintf("telling %s without cost stands at %d for %s, %d messages behind", h.Stream, h.Position, now.Sub(h.Moved).Round(time.Second), h.Lag())
	}
	return ""
}

// Health returns how the telling of every stream goes, in order of their names.
func (f *Feeder) Health() []Health {
	f.board.mu.Lock()
	defer f.board.mu.Unlock()
	all := make([]Health, 0, len(f.board.desks))
	for _, d := range f.board.desks {
		all = append(all, d.health)
	}
	slices.SortFunc(all, func(a, b Health) int { return cmp.Compare(a.Stream, b.Stream) })
	return all
}

// Alarms are what a person should look at, a sentence each. now is real time.
func (f *Feeder) Alarms(now time.Time) []string {
	var all []string
	for _, h := range f.Health() {
		if text := h.Alarm(now); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// board is where tellers say how they are. The zero value is ready.
type board struct {
	mu    sync.Mutex
	desks []*desk
}

// desk is one teller's place on the board.
type desk struct {
	board  *board
	health Health
}

func (b *board) desk(name string) *desk {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := &desk{board: b, health: Health{Stream: name, Moved: time.Now()}} //nolint:forbidigo // how long it stands still is real time
	b.desks = append(b.desks, d)
	return d
}

func (d *desk) note(change func(h *Health)) {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	change(&d.health)
}

// resumed notes where telling goes on, and how much waits.
func (d *desk) resumed(name string, from, waiting uint64) {
	d.note(func(h *Health) {
		h.Stream, h.Position, h.Received, h.Waiting, h.Oldest = name, from, from, waiting, time.Time{}
		if waiting == 0 {
			h.Failing = ""
		}
		h.Moved = time.Now() //nolint:forbidigo // how long it stands still is real time
	})
}

func (d *desk) received(r *stream.Record) {
	d.note(func(h *Health) {
		h.Received, h.Waiting = r.Sequence, r.Pending
		h.Moved = time.Now() //nolint:forbidigo // how long it stands still is real time
		if h.Oldest.IsZero() {
			h.Oldest = r.Stored
		}
	})
}

// told notes that everything up to a sequence is told, or left out.
func (d *desk) told(sequence uint64) {
	d.note(func(h *Health) {
		h.Position, h.Failing, h.Oldest = sequence, "", time.Time{}
		h.Moved = time.Now() //nolint:forbidigo // how long it stands still is real time
	})
}

func (d *desk) unreadable(n int) { d.note(func(h *Health) { h.Unreadable += n }) }

func (d *desk) failed(err error) {
	d.note(func(h *Health) {
		h.Failing = err.Error()
		h.Retries++
	})
}
