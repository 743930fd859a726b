package tail

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Options say what to follow and from where.
type Options struct {
	Filter   Filter
	Start    stream.Start  // where each stream begins; a Sequence needs subjects that lie in one stream
	Position Position      // where an earlier follower stopped, nil for none; it overrides Start
	Beat     time.Duration // how often a Batch comes at least, if only to say how far the follower is; 0: only with events
}

// Batch is some events of one stream that pass, in order, and the position behind them. Without events it says how far the follower is.
type Batch struct {
	Entries  []*Entry // to be read until the next batch
	Position Position // to be read until the next batch
}

// Follow calls handle until ctx or the hub's life ends, or handle or a stream fails. Events of a stream come in order and each once, behind
// the position; those of different streams in any order. Streams that are there when it begins start as the options say, later ones at
// their beginning, and so do those that a position does not name: they were not there yet. The first call comes at once and says where
// the follower begins. While handle takes its time, what comes meanwhile waits in the streams.
func (h *Hub) Follow(ctx context.Context, o Options, handle func(Batch) error) error {
	if err := o.Filter.Validate(); err != nil {
		return err
	}
	if err := h.join(); err != nil {
		return err
	}
	defer h.leave()
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(h.ctx, cancel)()
	f := &follower{hub: h, options: o, handle: handle, position: Position{}, chunks: make(chan chunk)}
	defer f.close()
	defer cancel() // before those who read for it are awaited
	if err := h.lookAnew(ctx); err != nil {
		return err
	}
	if err := f.discover(ctx, true); err != nil {
		return err
	}
	if err := handle(Batch{nil, f.position}); err != nil {
		return err
	}
	return f.run(ctx)
}

// follower is one who follows. All of it belongs to one goroutine, but for those that read streams themselves and hand it chunks.
type follower struct {
	hub      *Hub
	options  Options
	handle   func(Batch) error
	legs     []*leg
	heeded   uint64 // of the hub: what streams there were
	position Position
	chunks   chan chunk
	reading  sync.WaitGroup
	taken    []*Entry
	passed   []*Entry
}

// leg is a stream that is followed.
type leg struct {
	feed     *feed
	subjects []string
	cursor   uint64       // the next sequence; 0: not known yet
	start    stream.Start // where to begin when the cursor is not known
	states   bool         // what the stream holds is told as state, and read for this follower alone
	apart    bool         // the stream is read for this follower alone
}

func (f *follower) close() {
	f.reading.Wait()
	for _, l := range f.legs {
		f.hub.drop(l.feed)
	}
}

func (f *follower) run(ctx context.Context) error {
	var beat <-chan time.Time
	if f.options.Beat > 0 {
		ticker := time.NewTicker(f.options.Beat)
		defer ticker.Stop()
		beat = ticker.C
	}
	ready := make(chan struct{})
	close(ready)
	for ctx.Err() == nil {
		news := f.hub.news()
		if err := f.discover(ctx, false); err != nil {
			return err
		}
		busy, err := f.advance(ctx)
		if err != nil {
			return err
		}
		if busy {
			news = ready // more may be there: only look what else has come
		}
		select {
		case c := <-f.chunks:
			err = f.accept(ctx, c)
		case <-news:
		case <-beat:
			err = f.handle(Batch{nil, f.position})
		case <-ctx.Done():
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// discover takes up streams that are not followed yet.
func (f *follower) discover(ctx context.Context, first bool) error {
	streams, known := f.hub.there()
	if known == f.heeded {
		return nil
	}
	f.heeded = known
	for _, name := range streams {
		if slices.ContainsFunc(f.legs, func(l *leg) bool { return l.feed.name.Name == name.Name }) {
			continue
		}
		subjects := f.options.Filter.subjects(declared(name.Name))
		if len(subjects) == 0 {
			continue
		}
		if err := f.take(ctx, name, subjects, first); err != nil {
			return err
		}
	}
	return nil
}

// take begins to follow a stream. One that cannot be followed now is tried again after the next look, but for the beginning, where the caller
// is told; a stream that is gone is none.
func (f *follower) take(ctx context.Context, name stream.Name, subjects []string, first bool) error {
	sequence, known, err := f.options.Position.of(name.Name, name.Incarnation)
	if err != nil {
		return err
	}
	shared, err := f.hub.feed(ctx, name)
	if err == nil && known && sequence >= shared.next() {
		if err = f.within(ctx, shared, sequence); err != nil {
			f.hub.drop(shared)
		}
	}
	switch {
	case err == nil:
	case fault.Is(err, fault.Conflict), first && !fault.Is(err, fault.NotFound), ctx.Err() != nil:
		return err
	default:
		f.hub.retry()
		return nil
	}
	l := &leg{feed: shared, subjects: subjects, cursor: 1}
	f.legs = append(f.legs, l)
	start := f.options.Start
	l.states = start.LastPerSubject && f.options.Filter.WithoutCost
	switch {
	case known:
		l.cursor = sequence + 1
	case start.LastPerSubject:
		l.cursor, l.start = 0, start
	case !first || f.options.Position != nil:
	case start.New:
		l.cursor = shared.afterWhole()
	case start.Sequence > 0:
		l.cursor = start.Sequence
	case !start.Time.IsZero():
		l.cursor, l.start = 0, start
	}
	f.note(l)
	return nil
}

// within makes sure that a stream has come as far as a position: one that was restored from a copy may not have.
func (f *follower) within(ctx context.Context, shared *feed, sequence uint64) error {
	info, err := shared.info(ctx, f.hub.reader)
	if err != nil || info.Last >= sequence {
		return err
	}
	return fault.New(fault.Conflict, "stream %s ends at %d, before position %d", info.Name, info.Last, sequence).
		WithHint("it was restored from a copy: begin again from the start, or with the last event of each subject")
}

// note keeps a leg's place in the position. A leg that has not begun has none: whoever resumes begins it again.
func (f *follower) note(l *leg) {
	if l.cursor > 0 {
		f.position[l.feed.name.String()] = l.cursor - 1
	}
}

// advance hands on what the feeds have of each stream, a little of each, and reports whether there may be more.
func (f *follower) advance(ctx context.Context) (busy bool, err error) {
	for _, l := range f.legs {
		if l.apart {
			continue
		}
		if l.cursor == 0 || l.states {
			f.readApart(ctx, l)
			continue
		}
		taken, next, here, err := l.feed.take(l.cursor, f.taken)
		switch {
		case err != nil:
			return false, err
		case !here:
			f.readApart(ctx, l)
			continue
		}
		f.taken = taken
		busy = busy || len(taken) > 0
		if err := f.pass(ctx, l, taken, next); err != nil {
			return false, err
		}
	}
	return busy, nil
}

// readApart has a stream read for this follower alone, from where it is.
func (f *follower) readApart(ctx context.Context, l *leg) {
	l.apart = true
	a := l.begin()
	f.reading.Go(func() { f.hub.readApart(ctx, a, f.chunks) })
}

// accept hands on what was read for this follower alone.
func (f *follower) accept(ctx context.Context, c chunk) error {
	if c.err != nil {
		return c.err
	}
	i := slices.IndexFunc(f.legs, func(l *leg) bool { return l.feed == c.feed })
	l := f.legs[i]
	l.apart = !c.last
	l.states = l.states && !c.last
	return f.pass(ctx, l, c.entries, c.next)
}

// pass hands on those of some entries that pass, and moves on behind them.
func (f *follower) pass(ctx context.Context, l *leg, entries []*Entry, next uint64) error {
	f.passed = f.passed[:0]
	for _, e := range entries {
		passes, err := f.options.Filter.Passes(ctx, e)
		if err != nil {
			return fault.Wrap(err, "follow events")
		}
		if passes {
			f.passed = append(f.passed, e)
		}
	}
	l.cursor = next
	f.note(l)
	if len(f.passed) == 0 {
		return nil
	}
	err := f.handle(Batch{f.passed, f.position})
	clear(f.passed) // what was handled may be dropped
	clear(entries)
	return err
}
