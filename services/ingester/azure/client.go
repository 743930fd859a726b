package azure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Client reads catalogues, whole or in parts, from one source. It may be used by several goroutines at once; what they ask is limited
// together.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
	gate *gate
	deps Deps
}

// New returns a client; an invalid fault says what is wrong with the configuration. Close it when it is no longer used.
func New(cfg Config, deps Deps) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if deps.Transport == nil {
		deps.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: cfg.Concurrency, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		}
	}
	if deps.Wait == nil {
		deps.Wait = wait
	}
	if deps.Now == nil {
		deps.Now = clock.Real().Now
	}
	if deps.Jitter == nil {
		deps.Jitter = rand.Float64
	}
	return &Client{
		cfg: cfg, base: base, deps: deps, gate: newGate(cfg, deps),
		http: &http.Client{Transport: deps.Transport, CheckRedirect: redirects(base)},
	}, nil
}

// Close ends connections that traversals have left open. The client may still be used.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// wait waits in real time: a network does not go faster because a clock is simulated.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Traversal is what one walk over all pages of a query found.
type Traversal struct {
	Pages, Rows int // as read: quarantined and repeated rows included, those of failed attempts at a page excepted
	Complete    bool
	Broken      string // why it is not complete: names the page
}

// Traverse walks over all pages of a query, one after the other, hands each row to the sink, and calls progress after each page with what
// was read so far; nil is fine.
//
// A page that breaks off is asked for again, and rows of it that the sink had already come again: they are counted once.
//
// A walk that breaks off after its first page is no error: it returns what it has, not complete. The error is for a source that gave
// nothing at all: unavailable when it could not be reached, invalid when what it sent cannot be read; or the sink's, or ctx's error.
func (c *Client) Traverse(ctx context.Context, q Query, to rate.Sink, progress func(pages, rows int)) (Traversal, error) {
	next, err := first(c.base, q)
	if err != nil {
		return Traversal{}, err
	}
	var t Traversal
	trail, decoder := newTrail(c.base), NewDecoder(q.Currency, c.cfg.Limits)
	for next != "" {
		page, err := c.step(ctx, trail, decoder, next, t.Pages, to)
		switch own, ok := ofSink(err); {
		case ok:
			return Traversal{}, fmt.Errorf("take page %d: %w", t.Pages+1, own)
		case ctx.Err() != nil:
			return Traversal{}, fmt.Errorf("read page %d: %w", t.Pages+1, ctx.Err())
		case err != nil && t.Pages == 0:
			return Traversal{}, err
		case err != nil:
			t.Broken = err.Error()
			return t, nil //nolint:nilerr // a walk that broke off says so itself
		}
		t.Pages++
		t.Rows += page.Rows
		if progress != nil {
			progress(t.Pages, t.Rows)
		}
		next = page.Next
	}
	t.Complete = true
	return t, nil
}

// step reads the page after the first n.
func (c *Client) step(ctx context.Context, trail *trail, decoder *Decoder, next string, n int, to rate.Sink) (Page, error) {
	if n >= c.cfg.Limits.Pages {
		return Page{}, fault.New(fault.Invalid, "read page %d: a traversal may have %d pages", n+1, c.cfg.Limits.Pages)
	}
	link, err := trail.visit(next)
	if err != nil {
		return Page{}, fmt.Errorf("read page %d: %w", n+1, err)
	}
	page, err := c.page(ctx, decoder, link, to)
	if err != nil {
		return Page{}, fmt.Errorf("read page %d (%s): %w", n+1, link, err)
	}
	return page, nil
}
