package current

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// change is what a message says that bears on answers.
type change struct {
	sequence uint64
	says     any // of the keeper's kind
}

// keeper keeps the answers of one stream. All of it but read and load is called with the follower's lock held.
type keeper interface {
	// read takes from a message what bears on answers; false when nothing does.
	read(r *stream.Record) (says any, bears bool)
	// doubt notes a change that was received: until it is settled the answers it bears on are not given from memory.
	doubt(c change)
	// settle takes over a change that can be queried now. Of one that was rejected nothing is certain but that history knows.
	settle(c change, rejected bool, now time.Time)
	// forget forgets all answers and doubts.
	forget()
	// due reports whether load has something to do.
	due(confirmed uint64) bool
	// load fills from history what is missing, without the follower's lock.
	load(ctx context.Context) error
	// stats tells how many answers are kept, in how many bytes, and when the newest of them became known.
	stats(s *Stats)
}

// follower follows one life of one stream.
//
// Messages are received as soon as they are stored. From then on what they bear on is in doubt, and is not answered from memory: the tables
// may hold it already or not. When the tables say that they hold a message it is settled: taken over, or what it bears on is dropped.
type follower struct {
	c      *Current
	name   stream.Name
	log    *zap.Logger
	keeper keeper

	settling, loading chan struct{} // something is to be settled, or loaded
	proof             prover

	mu        sync.RWMutex
	ready     bool          // whether it is followed at all
	received  uint64        // every batch up to it was received
	confirmed uint64        // everything up to it can be queried, and is settled
	arrived   chan struct{} // closed when something was received
	pending   []change      // received and not settled, in order
	flooded   bool          // there were more than a backlog: nothing is received until nearly all can be queried
	dropped   uint64        // answers that a change made uncertain, since the start
}

func newFollower(c *Current, name stream.Name) *follower {
	f := &follower{
		c: c, name: name, log: c.deps.Log.With(zap.Stringer("stream", name)), arrived: make(chan struct{}),
		settling: make(chan struct{}, 1), loading: make(chan struct{}, 1),
	}
	if stream.IsRates(name.Name) {
		f.keeper = newRates(f)
	} else {
		f.keeper = newPrices(f)
	}
	return f
}

// run follows until ctx or the stream's life ends.
func (f *follower) run(ctx context.Context) {
	position, err := f.begin(ctx)
	if err != nil {
		return
	}
	f.mu.Lock()
	f.received, f.confirmed, f.ready = position, position, true
	f.mu.Unlock()
	ctx, stop := context.WithCancel(ctx)
	var parts sync.WaitGroup
	defer parts.Wait()
	defer stop()
	parts.Go(func() { f.settleAll(ctx) })
	parts.Go(func() { f.loadAll(ctx) })
	f.receiveAll(ctx)
	f.mu.Lock()
	f.ready = false
	f.mu.Unlock()
	f.proof.stop()
}

// begin learns how far the tables are: what they hold by now is loaded, what comes behind is received. The revision comes first: what is
// loaded is not from before a repair that was not seen.
func (f *follower) begin(ctx context.Context) (position uint64, err error) {
	for {
		if err = f.c.look(ctx); err == nil {
			position, err = f.c.deps.History.Position(ctx, f.name.String())
		}
		if err == nil || ctx.Err() != nil {
			return position, err
		}
		f.rest(ctx, f.c.cfg.Poll, "read position failed", err)
	}
}

// rest tells of a failure and waits before the next attempt.
func (f *follower) rest(ctx context.Context, pause time.Duration, what string, err error) {
	if ctx.Err() == nil {
		f.log.Warn(what, zap.Error(err))
	}
	wait(ctx, pause)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// receiveAll receives until ctx or the stream's life ends.
func (f *follower) receiveAll(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.receive(ctx)
		if err == nil {
			err = f.sitOut(ctx)
		}
		if fault.Is(err, fault.NotFound) {
			return
		}
		if err == nil {
			continue
		}
		f.rest(ctx, f.c.cfg.Poll, "read stream failed", err)
	}
}

// sitOut waits until the tables hold nearly all of the stream; then it begins anew behind what they hold, and all is loaded.
func (f *follower) sitOut(ctx context.Context) error {
	for {
		wait(ctx, f.c.cfg.Poll)
		info, err := f.c.deps.Streams.Info(ctx, f.name.Name)
		if err == nil && info.Name != f.name {
			err = fault.New(fault.NotFound, "read stream %s: it was made again as %s", f.name, info.Name)
		}
		if err != nil {
			return err
		}
		position, err := f.c.deps.History.Position(ctx, f.name.String())
		if err != nil {
			return err
		}
		if info.Last > position+uint64(f.c.cfg.Backlog/2) {
			continue
		}
		if err := f.c.look(ctx); err != nil {
			return err
		}
		f.mu.Lock()
		f.received, f.confirmed, f.flooded = position, position, false
		f.mu.Unlock()
		signal(f.loading)
		return nil
	}
}

// receive subscribes from the first message that was not received yet. It ends with an error, a notFound fault when the stream is gone or
// another one has its name, or without when there is more than a backlog.
func (f *follower) receive(ctx context.Context) error {
	f.mu.RLock()
	first := f.received + 1
	f.mu.RUnlock()
	sub, err := f.c.deps.Streams.Subscribe(ctx, stream.Query{Stream: f.name.Name, Start: stream.Start{Sequence: first}})
	if err != nil {
		return err
	}
	defer sub.Stop()
	var batch []change
	for {
		r, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		if r.Stream != f.name {
			return fault.New(fault.NotFound, "read stream %s: it was made again as %s", f.name, r.Stream)
		}
		if says, bears := f.keeper.read(&r); bears {
			batch = append(batch, change{r.Sequence, says})
		}
		if (r.Commit || len(batch) > f.c.cfg.Backlog) && !f.take(r.Sequence, batch) {
			return nil
		}
		if r.Commit {
			batch = nil
		}
	}
}

// take notes a batch that was received. It reports false, and forgets everything, when there is more than a backlog: what is coming is too
// much to hold, and is loaded when the tables have it.
func (f *follower) take(sequence uint64, batch []change) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending)+len(batch) > f.c.cfg.Backlog {
		f.flooded, f.pending = true, nil
		f.keeper.forget()
		return false
	}
	for _, c := range batch {
		f.keeper.doubt(c)
	}
	f.pending = append(f.pending, batch...)
	f.received = sequence
	close(f.arrived)
	f.arrived = make(chan struct{})
	signal(f.settling)
	return true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}

// The pauses between looks at the tables, while they do not hold all that was received. They are real time.
const (
	firstLook = 5 * time.Millisecond
	lastLook  = 100 * time.Millisecond
)

// settleAll settles what was received when the tables hold it, until ctx ends.
func (f *follower) settleAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.settling:
		}
		for pause := firstLook; f.behind() && ctx.Err() == nil; pause = min(2*pause, lastLook) {
			moved, err := f.settle(ctx)
			switch {
			case err != nil:
				f.rest(ctx, f.c.cfg.Poll, "settle changes failed", err)
			case moved:
				pause = firstLook / 2
			default:
				wait(ctx, pause)
			}
		}
	}
}

func (f *follower) behind() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.confirmed < f.received && !f.flooded
}

// settle settles what the tables hold by now; false when that is no more than before.
func (f *follower) settle(ctx context.Context) (moved bool, err error) {
	position, err := f.c.deps.History.Position(ctx, f.name.String())
	if err != nil {
		return false, err
	}
	f.mu.RLock()
	confirmed := f.confirmed
	position = min(position, f.received)
	f.mu.RUnlock()
	if position <= confirmed {
		return false, nil
	}
	if err := f.c.look(ctx); err != nil {
		return false, err
	}
	rejected, err := f.rejects(ctx, confirmed, position)
	if err != nil {
		return false, err
	}
	now := f.c.deps.Clock.Now() // before the lock: a simulated clock may have to write first
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flooded || position <= f.confirmed { // it began anew meanwhile
		return true, nil
	}
	n := 0
	for ; n < len(f.pending) && f.pending[n].sequence <= position; n++ {
		f.keeper.settle(f.pending[n], rejected[f.pending[n].sequence], now)
	}
	clear(f.pending[:n])
	if f.pending = f.pending[n:]; len(f.pending) == 0 {
		f.pending = nil
	}
	f.confirmed = position
	if f.keeper.due(f.confirmed) {
		signal(f.loading)
	}
	return true, nil
}

// rejects returns which messages behind one and up to another the tables do not hold as what they say.
func (f *follower) rejects(ctx context.Context, behind, last uint64) (map[uint64]bool, error) {
	rejected := map[uint64]bool{}
	q := history.RejectList{Stream: f.name.String(), After: behind, Page: history.Page{Limit: history.MaxLimit}}
	for {
		page, err := f.c.deps.History.Rejects(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if page.Items[i].Sequence > last {
				return rejected, nil
			}
			rejected[page.Items[i].Sequence] = true
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return rejected, nil
		}
	}
}

// loadAll loads what is due, at first everything, until ctx ends.
func (f *follower) loadAll(ctx context.Context) {
	signal(f.loading)
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.loading:
		}
		for pause := f.c.cfg.Poll; f.dueNow() && ctx.Err() == nil; pause = min(2*pause, 64*f.c.cfg.Poll) {
			if err := f.keeper.load(ctx); err != nil { // a whole list is not asked for again and again
				f.rest(ctx, pause, "load answers failed", err)
			}
		}
	}
}

func (f *follower) dueNow() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return !f.flooded && f.keeper.due(f.confirmed)
}
