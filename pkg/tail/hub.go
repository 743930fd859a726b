package tail

import (
	"context"
	"slices"
	"strings"
	"sync"
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
	cfg    Config
	ctx    context.Context //nolint:containedctx // the hub's life, which followers share
	reader stream.Reader
	turns  chan struct{} // of followers that read streams themselves
	dirty  chan struct{}

	mu        sync.Mutex
	feeds     map[string]*feed
	followers int
	idle      context.CancelFunc // ends what runs while somebody follows
	changed   chan struct{}      // closed at news
	streams   []stream.Name      // as of the last look
	look      uint64             // counts looks that found others

	looking sync.Mutex // one look at the streams at a time
	looked  time.Time
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
	h.looking.Lock()
	defer h.looking.Unlock()
	if time.Since(h.looked) < discovery {
		return nil
	}
	infos, err := h.reader.Streams(ctx)
	if err != nil {
		return err
	}
	names := make([]stream.Name, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(names, h.streams) || h.look == 0 {
		h.streams = names
		h.look++
	}
	h.looked = time.Now() //nolint:forbidigo // how old a look is, is real time
	return nil
}

// known returns the streams of the last look, and which look that was.
func (h *Hub) known() ([]stream.Name, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.streams, h.look
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
		_, before := h.known()
		_ = h.Look(ctx) // the next one may succeed
		if _, after := h.known(); after != before {
			h.tell()
		}
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

// feed returns the feed of a stream, which drop gives back. The first who asks begins it at the stream's end.
func (h *Hub) feed(ctx context.Context, name stream.Name) (*feed, error) {
	h.mu.Lock()
	f := h.feeds[name.String()]
	if f != nil {
		f.followers++
		h.mu.Unlock()
		return f, nil
	}
	h.mu.Unlock()
	info, err := h.reader.Info(ctx, name.Name)
	if err != nil {
		return nil, err
	}
	if info.Name != name {
		return nil, fault.New(fault.NotFound, "stream %s is gone, there is %s now", name, info.Name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f = h.feeds[name.String()]; f == nil {
		running, stop := context.WithCancel(h.ctx)
		f = &feed{name: name, limit: h.cfg.Bytes, from: info.Last + 1, head: info.Last, stop: stop}
		h.feeds[name.String()] = f
		go f.run(running, h.reader, h.tell)
	}
	f.followers++
	return f, nil
}

func (h *Hub) drop(f *feed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.followers--; f.followers == 0 {
		f.stop()
		delete(h.feeds, f.name.String())
	}
}

// declared returns the subjects of a stream of the product.
func declared(name string) []string {
	if stream.IsRates(name) {
		return stream.RatesDeclaration(strings.TrimPrefix(name, stream.Rates(""))).Subjects
	}
	return stream.PricesDeclaration().Subjects
}
