package current

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/history"
)

// revision is what is known of repairs and rebuilds. They change the past while no position moves: answers kept from before are forgotten.
// Nothing is answered from memory unless a look that began within a poll found the revision unchanged.
type revision struct {
	looking sync.Mutex // one look at a time: a later one never knows less
	known   bool
	last    history.Revision
	partly  atomic.Bool // lists may tell what was before
	lease   atomic.Pointer[lease]
}

// lease is for how long a look counts.
type lease struct{ over atomic.Bool }

// sure reports whether memory may answer.
func (c *Current) sure() bool {
	l := c.revision.lease.Load()
	return l != nil && !l.over.Load()
}

// looks is how often in a poll the revision is looked at, so that one that takes long does not keep memory from answering.
const looks = 4

// watch looks at the revision until ctx ends.
func (c *Current) watch(ctx context.Context) {
	next := time.NewTicker(max(c.cfg.Poll/looks, 1))
	defer next.Stop()
	failing := false
	for {
		err := c.look(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			c.deps.Log.Warn("read revision failed: history is asked until it can be read", zap.Error(err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
	}
}

// look reads the revision. When it has changed all answers are forgotten before anything more is answered from memory on the strength of it.
func (c *Current) look(ctx context.Context) error {
	c.revision.looking.Lock()
	defer c.revision.looking.Unlock()
	l := &lease{}
	ends := time.AfterFunc(c.cfg.Poll, func() { l.over.Store(true) }) // counted from before the look
	now, err := c.deps.History.Revision(ctx)
	if err != nil {
		ends.Stop()
		return err
	}
	if !c.revision.known || now != c.revision.last {
		c.revision.partly.Store(!now.Whole)
		for _, f := range c.all() {
			f.renew()
		}
		c.revision.known, c.revision.last = true, now
	}
	c.revision.lease.Store(l)
	return nil
}

// renew forgets all answers, and lets them be loaded anew. What is in doubt stays so.
func (f *follower) renew() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keeper.forget()
	for _, c := range f.pending {
		f.keeper.doubt(c)
	}
	signal(f.loading)
}
