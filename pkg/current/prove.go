package current

import (
	"context"
	"sync"
	"time"
)

// prover proves that a stream holds nothing that was not received. A question that waits for the proof is answered as of an instant within
// its own time: nothing that was in a table before it was asked can be missing from the answer. Questions that come while one proof is
// being made share the next one.
type prover struct {
	rounds  sync.WaitGroup
	mu      sync.Mutex
	next    *round // which the questions wait for that come now; nil: none yet
	running bool
	stopped bool
}

// round is one question to the stream, asked after everybody who waits for it has come.
type round struct {
	done chan struct{}
	last uint64
	ok   bool
}

// lateAtOnce is how many questions may be at history at once because a proof was late. Where a machine is busy proofs are late, and questions
// to history make it busier.
const lateAtOnce = 4

// prove reports whether everything that the stream held at some instant since the call was received, and no repair has gone unnoticed for
// longer than a poll. False is no proof to the contrary: history is to be asked, and done called afterwards. A proof that is late is waited
// for, up to a poll, while as many as may are at history for that reason.
func (f *follower) prove(ctx context.Context) (proven bool, done func()) {
	nothing := func() {}
	if !f.isReady() || !f.c.sure() {
		return false, nothing
	}
	patience, end := time.NewTimer(f.c.cfg.Patience), time.NewTimer(f.c.cfg.Poll)
	defer patience.Stop()
	defer end.Stop()
	r := f.proof.join(ctx, f)
	if r == nil {
		return false, nothing
	}
	for news := (<-chan struct{})(r.done); ; {
		select {
		case <-news:
			if proven, news = f.judge(r); news == nil {
				return proven, nothing
			}
		case <-patience.C:
			select {
			case f.c.late <- struct{}{}:
				return false, func() { <-f.c.late }
			default:
				patience.Reset(f.c.cfg.Patience)
			}
		case <-end.C:
			return false, nothing
		case <-ctx.Done():
			return false, nothing
		}
	}
}

// judge says whether a round that is over proves that everything was received, or what to wait for where that is open.
func (f *follower) judge(r *round) (proven bool, open <-chan struct{}) {
	if !r.ok {
		return false, nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.received >= r.last {
		return f.c.sure(), nil
	}
	return false, f.arrived
}

func (f *follower) isReady() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.ready && !f.flooded
}

// join returns the round that begins next; nil when there are no more. A round outlives the question that began it, for the others.
func (p *prover) join(ctx context.Context, f *follower) *round {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil
	}
	if p.next == nil {
		p.next = &round{done: make(chan struct{})}
	}
	if !p.running {
		p.running = true
		p.rounds.Go(func() { p.run(context.WithoutCancel(ctx), f) })
	}
	return p.next
}

// run makes rounds until nobody waits.
func (p *prover) run(ctx context.Context, f *follower) {
	for {
		p.mu.Lock()
		r := p.next
		p.next = nil
		if r == nil {
			p.running = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		r.last, r.ok = f.last(ctx)
		close(r.done)
	}
}

// stop waits for the last round; there are no more.
func (p *prover) stop() {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.rounds.Wait()
}

// last asks the stream for its end; false when it cannot tell in time, or is not the one that is followed.
func (f *follower) last(ctx context.Context) (uint64, bool) {
	ctx, cancel := context.WithTimeout(ctx, f.c.cfg.Poll)
	defer cancel()
	info, err := f.c.deps.Streams.Info(ctx, f.name.Name)
	return info.Last, err == nil && info.Name == f.name
}
