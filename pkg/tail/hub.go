package tail

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// discovery is how often a hub looks for streams that have appeared; a new currency's first events wait at most this long.
	discovery = 500 * time.Millisecond
	// gathering is how long news wait for more before followers are woken again: waking thousands for each event would cost more than all else.
	gathering = 20 * time.Millisecond
)

// Config bounds a hub. The zero value takes the defaults.
type Config struct {
	Bytes     int // of events kept for each stream; default 32 MiB
	Readers   int // followers that read streams themselves at once; default 64. Others wait for their turn
	Followers int // at once; default 20,000. More are refused
}

func (c Config) withDefaults() Config {
	if c.Bytes <= 0 {
		c.Bytes = 32 << 20
	}
	if c.Readers <= 0 {
		c.Readers = 64
	}
	if c.Followers <= 0 {
		c.Followers = 20_000
	}
	return c
}

// Hub reads each stream once for all who follow it. It reads nothing while nobody follows.
type Hub struct {
	cfg     Config
	ctx     context.Context //nolint:containedctx // the hub's life, which followers share
	reader  stream.Reader
	turns   chan struct{} // of followers that read streams themselves
	waiting atomic.Int32  // for a turn
	dirty   chan struct{}

	mu        sync.Mutex
	feeds     map[string]*feed
	followers int
	idle      context.CancelFunc // ends what runs while somebody follows
	changed   chan struct{}      // closed at news
	streams   []stream.Name      // as of the last look
	known     uint64             // counts what streams there were: followers heed each once
	again     bool               // a feed ended: whoever wanted it is to ask again after the next look
	looked    time.Time          // the last look that succeeded
	looking   bool               // looks are under way
	next      *look              // the one that is to begin; nil: nobody asks
}

// look is one look at the streams, which all share who ask for it before it begins.
type look struct {
	done chan struct{}
	err  error // once it is done
}

// NewHub makes a hub over streams; it lives until ctx ends, and so do those who follow.
func NewHub(ctx context.Context, reader stream.Reader, cfg Config) *Hub {
	cfg = cfg.withDefaults()
	return &Hub{
		cfg: cfg, ctx: ctx, reader: reader, turns: make(chan struct{}, cfg.Readers), dirty: make(chan struct{}, 1), feeds: map[string]*feed{}, changed: make(chan struct{}),
	}
}

// Followers returns how many follow now.
func (h *Hub) Followers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.followers
}

// Look finds out which streams there are, unless that was done a moment ago. An error says that they cannot be reached.
func (h *Hub) Look(ctx context.Context) error {
	h.mu.Lock()
	recent := time.Since(h.looked) < discovery
	h.mu.Unlock()
	if recent {
		return nil
	}
	return h.lookAnew(ctx)
}

// lookAnew finds out which streams there are, by a look that begins after it was asked for.
func (h *Hub) lookAnew(ctx context.Context) error {
	h.mu.Lock()
	if h.next == nil {
		h.next = &look{done: make(chan struct{})}
	}
	mine := h.next
	if !h.looking {
		h.looking = true
		go h.looks()
	}
	h.mu.Unlock()
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// looks looks as long as somebody asks for it. It rests between, so that thousands who come at once share a few.
func (h *Hub) looks() {
	for {
		h.mu.Lock()
		l := h.next
		h.next, h.looking = nil, l != nil
		h.mu.Unlock()
		if l == nil {
			return
		}
		infos, err := h.reader.Streams(h.ctx)
		if err == nil {
			h.saw(infos)
		}
		l.err = err
		close(l.done)
		select {
		case <-time.After(gathering):
		case <-h.ctx.Done():
		}
	}
}

// saw takes in which streams there are, and tells followers where that is news. What could not be followed before is tried again.
func (h *Hub) saw(infos []stream.Info) {
	names := make([]stream.Name, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looked = time.Now() //nolint:forbidigo // how old a look is, is real time
	if h.known > 0 && !h.again && slices.Equal(names, h.streams) {
		return
	}
	h.streams, h.again = names, false
	h.known++
	h.tell()
}

// there returns the streams of the last look, and a count that differs when they do.
func (h *Hub) there() ([]stream.Name, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.streams, h.known
}

// join counts a follower in; the first one sets the hub going.
func (h *Hub) join() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.followers >= h.cfg.Followers {
		return fault.New(fault.Unavailable, "%d follow the events already, as many as may at once", h.followers).WithHint("try again later, or follow the streams in NATS")
	}
	h.followers++
	if h.followers == 1 {
		ctx, cancel := context.WithCancel(h.ctx)
		h.idle = cancel
		go h.run(ctx)
		go h.watch(ctx)
	}
	return nil
}

func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.followers--; h.followers == 0 {
		h.idle()
	}
}

// run wakes followers at news.
func (h *Hub) run(ctx context.Context) {
	rest := time.NewTimer(gathering)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.dirty:
		}
		h.wake()
		rest.Reset(gathering)
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
	}
}

// watch looks for streams that have appeared. While they cannot be reached, those that are known are followed.
func (h *Hub) watch(ctx context.Context) {
	ticker := time.NewTicker(discovery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		_ = h.lookAnew(ctx) // the next one may succeed
	}
}

func (h *Hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// news is closed when something has changed since.
func (h *Hub) news() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

func (h *Hub) tell() {
	select {
	case h.dirty <- struct{}{}:
	default: // one is waiting already
	}
}

// feed returns the feed of a stream, which drop gives back. The first who asks begins it at the stream's end; thousands who ask at once share that.
func (h *Hub) feed(ctx context.Context, name stream.Name) (*feed, error) {
	h.mu.Lock()
	f := h.feeds[name.String()]
	if f == nil {
		running, stop := context.WithCancel(h.ctx)
		f = &feed{name: name, limit: h.cfg.Bytes, begun: make(chan struct{}), stop: stop}
		h.feeds[name.String()] = f
		go h.keep(running, f)
	}
	f.followers++
	h.mu.Unlock()
	var err error
	select {
	case <-f.begun:
		err = f.failure()
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		h.drop(f)
		return nil, err
	}
	return f, nil
}

// keep runs a feed. One that ends is nobody's who comes later: they begin another.
func (h *Hub) keep(ctx context.Context, f *feed) {
	err := f.run(ctx, h.reader, h.tell)
	h.mu.Lock()
	h.forget(f)
	h.again = h.again || f.followers > 0
	h.mu.Unlock()
	f.fail(err)
	h.tell()
}

func (h *Hub) drop(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.followers--; f.followers == 0 {
		f.stop()
		h.forget(f)
	}
}

// retry has whatever could not be followed tried again after the next look.
func (h *Hub) retry() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.again = true
}

// forget lets a feed be begun anew. The lock is held.
func (h *Hub) forget(f *feed) {
	if key := f.name.String(); h.feeds[key] == f {
		delete(h.feeds, key)
	}
}

// declared returns the subjects of a stream of the product.
func declared(name string) []string {
	if stream.IsRates(name) {
		return stream.RatesDeclaration(strings.TrimPrefix(name, stream.Rates(""))).Subjects
	}
	return stream.PricesDeclaration().Subjects
}
