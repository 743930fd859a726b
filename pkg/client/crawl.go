package client

import (
	"context"
	"io"
	"iter"
	"net/url"
	"time"
)

// CrawlFilter chooses crawls; what is empty chooses all.
type CrawlFilter struct{ Scope, Currency string }

// ListCrawls returns the records of crawls, the newest first.
func (c *Client) ListCrawls(ctx context.Context, f CrawlFilter) iter.Seq2[Crawl, error] {
	return pages[Crawl](ctx, c, "/v1/crawls", params{}.text("scope", f.Scope).text("currency", f.Currency).values())
}

// ListRunningCrawls returns the crawls that run now, and how far they are.
func (c *Client) ListRunningCrawls(ctx context.Context) ([]Running, error) {
	return items[Running](ctx, c, "/v1/crawls/running", nil)
}

// ShowCrawl returns the record of one crawl.
func (c *Client) ShowCrawl(ctx context.Context, id string) (Crawl, error) {
	return ask[Crawl](ctx, c, get("/v1/crawls/"+url.PathEscape(id), nil))
}

// RunCrawl makes one crawl and returns its record when what it found can be queried. A crawl of a whole catalogue takes minutes.
func (c *Client) RunCrawl(ctx context.Context, in CrawlInput, options ...CallOption) (Crawl, error) {
	r, err := write("/v1/crawls", nil).json(in)
	if err != nil {
		return Crawl{}, err
	}
	return ask[Crawl](ctx, c, r.as(options))
}

// AcceptCrawl takes a refused crawl, or the refused shards of one, after all.
func (c *Client) AcceptCrawl(ctx context.Context, id string, options ...CallOption) (Crawl, error) {
	return ask[Crawl](ctx, c, write("/v1/crawls/"+url.PathEscape(id)+"/accept", nil).as(options))
}

// Observation is a snapshot of a source's rows.
type Observation struct {
	Content    io.Reader // an array of rows or the API's envelope, gzip or not
	Name       string    // of the file; a date such as 2026-01-15.json says when it was observed
	ObservedAt time.Time // zero: noon of the date in Name
	Currency   string    // USD when empty
	Scope      string
	Partial    bool // absence means nothing, and there is no shrink guard
	Unwritten  bool // return when it is published, not when it can be queried
}

// Observe takes a snapshot as an observation.
func (c *Client) Observe(ctx context.Context, o Observation, options ...CallOption) (Crawl, error) {
	q := params{}.text("name", o.Name).instant("observed_at", o.ObservedAt).text("currency", o.Currency).text("scope", o.Scope).flag("partial", o.Partial)
	if o.Unwritten {
		q.text("wait", "false")
	}
	return ask[Crawl](ctx, c, write("/v1/observations", q.values()).from(o.Content, mediaBytes).as(options))
}

// QuarantineFilter chooses quarantined rows; what is empty chooses all.
type QuarantineFilter struct{ Crawl, Scope, Currency, Reason string }

// ListQuarantine returns rows that were kept but not believed.
func (c *Client) ListQuarantine(ctx context.Context, f QuarantineFilter) iter.Seq2[Quarantined, error] {
	q := params{}.text("crawl", f.Crawl).text("scope", f.Scope).text("currency", f.Currency).text("reason", f.Reason)
	return pages[Quarantined](ctx, c, "/v1/quarantine", q.values())
}

// ListRejects returns messages that could not be decoded; stream may be empty.
func (c *Client) ListRejects(ctx context.Context, stream string) iter.Seq2[Reject, error] {
	return pages[Reject](ctx, c, "/v1/rejects", params{}.text("stream", stream).values())
}
