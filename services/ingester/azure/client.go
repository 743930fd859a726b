package azure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Client reads whole catalogues from one source. It may be used by several goroutines.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
	deps Deps
}

// New returns a client; an invalid fault says what is wrong with the configuration.
func New(cfg Config, deps Deps) (*Client, error) {
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if deps.Transport == nil {
		deps.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, TLSHandshakeTimeout: 10 * time.Second}
	}
	if deps.Wait == nil {
		deps.Wait = wait
	}
	if deps.Jitter == nil {
		deps.Jitter = rand.Float64
	}
	return &Client{
		cfg: cfg.withDefaults(), base: base, deps: deps,
		http: &http.Client{Transport: deps.Transport, CheckRedirect: redirects(base)},
	}, nil
}

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

// Traversal is what one walk over all pages of a catalogue found.
type Traversal struct {
	Rows        []rate.Row
	Raw         [][]byte // see Page
	Quarantined []rate.Quarantined
	Pages       int
	Complete    bool
	Broken      string // why it is not complete: names the page
}

// Traverse walks over all pages in a currency, one after the other, and calls progress after each with what was read so far; nil is fine.
//
// A walk that breaks off after its first page is no error: it returns what it has, not complete. The error is for a source that gave
// nothing at all: unavailable when it could not be reached, invalid when what it sent cannot be read; or ctx's error.
func (c *Client) Traverse(ctx context.Context, currency money.Currency, progress func(pages, rows int)) (Traversal, error) {
	defer c.http.CloseIdleConnections()
	var t Traversal
	trail, decoder := newTrail(c.base), NewDecoder(currency, c.cfg.Limits)
	for next := first(c.base, string(currency)); next != ""; {
		page, err := c.step(ctx, trail, decoder, next, t.Pages)
		switch {
		case ctx.Err() != nil:
			return Traversal{}, fmt.Errorf("read page %d: %w", t.Pages+1, ctx.Err())
		case err != nil && t.Pages == 0:
			return Traversal{}, err
		case err != nil:
			t.Broken = err.Error()
			return t, nil
		}
		t.Pages++
		t.Rows, t.Raw = append(t.Rows, page.Rows...), append(t.Raw, page.Raw...)
		t.Quarantined = append(t.Quarantined, page.Quarantined...)
		if progress != nil {
			progress(t.Pages, len(t.Rows)+len(t.Quarantined))
		}
		next = page.Next
	}
	t.Complete = true
	return t, nil
}

// step reads the page after the first n.
func (c *Client) step(ctx context.Context, trail *trail, decoder *Decoder, next string, n int) (Page, error) {
	if n >= c.cfg.Limits.Pages {
		return Page{}, fault.New(fault.Invalid, "read page %d: a crawl may have %d pages", n+1, c.cfg.Limits.Pages)
	}
	link, err := trail.visit(next)
	if err != nil {
		return Page{}, fmt.Errorf("read page %d: %w", n+1, err)
	}
	page, err := c.page(ctx, decoder, link)
	if err != nil {
		return Page{}, fmt.Errorf("read page %d (%s): %w", n+1, link, err)
	}
	return page, nil
}
