package watch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// lookTime bounds asking how crawls go. A crawl itself takes as long as it takes.
const lookTime = 5 * time.Second

// Client is the watcher of another process. It may be used from several goroutines.
type Client struct{ peer *peer.Client }

var _ api.Watcher = (*Client)(nil)

// NewClient returns the watcher that answers at a base URL, which peer.Validate has found well.
func NewClient(base, secret string) *Client { return &Client{peer.NewClient(speaks(), base, secret)} }

// Exposed says that a secret would go to the ingester at a base URL as anyone on the way can read it, nothing when it would not.
func Exposed(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || daemon.Near(u.Host) {
		return ""
	}
	return "the secret goes to " + u.Host + " unencrypted: use https:// in --ingester"
}

// Crawl reads a source once; see api.Watcher.
func (c *Client) Crawl(ctx context.Context, in api.CrawlInput) (api.Observed, error) {
	return c.observed(ctx, pathCrawl, crawlWire(in))
}

// Accept takes a refused crawl after all; see api.Watcher.
func (c *Client) Accept(ctx context.Context, id string) (api.Observed, error) {
	return c.observed(ctx, pathAccept, acceptWire{id})
}

// Observe takes one snapshot, sent while it arrives; see api.Watcher.
func (c *Client) Observe(ctx context.Context, in api.ObserveInput) (api.Observed, error) {
	query := url.Values{
		"name": {in.Name}, "scope": {in.Scope}, "currency": {in.Currency}, "at": {in.At.Format(time.RFC3339Nano)}, "partial": {strconv.FormatBool(in.Partial)},
	}
	body := &lent{from: in.Body, back: make(chan struct{})}
	var out observedWire
	err := c.peer.Exchange(ctx, http.MethodPost, pathObserve+"?"+query.Encode(), body, &out)
	<-body.back // the transport may still read it after it has answered, and it is not ours
	if err != nil {
		return api.Observed{}, err
	}
	return out.observed()
}

// lent is a body that the transport gives back by closing it.
type lent struct {
	from io.Reader
	once sync.Once
	back chan struct{}
}

// Read is io.Reader's.
func (l *lent) Read(p []byte) (int, error) { return l.from.Read(p) }

// Close is io.Closer's.
func (l *lent) Close() error {
	l.once.Do(func() { close(l.back) })
	return nil
}

// Watching says what is being crawled; see api.Watcher.
func (c *Client) Watching(ctx context.Context) (api.Watching, error) {
	var out watchingWire
	if err := c.peer.Get(ctx, lookTime, pathWatching, &out); err != nil {
		return api.Watching{}, err
	}
	return out.watching()
}

func (c *Client) observed(ctx context.Context, path string, in any) (api.Observed, error) {
	var out observedWire
	if err := c.peer.Post(ctx, 0, path, in, &out); err != nil {
		return api.Observed{}, err
	}
	return out.observed()
}

func (w *observedWire) observed() (api.Observed, error) {
	record, err := w.Record.record()
	return api.Observed{Record: record, Repeated: w.Repeated}, err
}
