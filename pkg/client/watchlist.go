package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// WatchedLine is a licence line, or several, on a watchlist.
type WatchedLine struct {
	Product  string `json:"product"` // of legacy lists the offer id
	SKU      string `json:"sku,omitempty"`
	Market   string `json:"market,omitempty"`
	Currency string `json:"currency,omitempty"`
	Term     string `json:"term,omitempty"`
	Billing  string `json:"billing,omitempty"`
}

// WatchedMeter is a meter on a watchlist.
type WatchedMeter struct {
	MeterID  string `json:"meter_id"`
	SKUID    string `json:"sku_id,omitempty"`
	Currency string `json:"currency,omitempty"`
	Region   string `json:"region,omitempty"`
}

// WatchlistHead is a watchlist without its entries.
type WatchlistHead struct {
	Name        string    `json:"name"`
	Description string    `json:"description"`
	LineCount   int       `json:"line_count"`
	MeterCount  int       `json:"meter_count"`
	CreatedBy   string    `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedBy   string    `json:"updated_by"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Watchlist is a named set of licence lines and meters.
type Watchlist struct {
	WatchlistHead
	Lines  []WatchedLine  `json:"lines"`
	Meters []WatchedMeter `json:"meters"`
	ETag   string         `json:"-"` // its version, for IfMatch
}

// WatchlistInput is what a watchlist is to hold.
type WatchlistInput struct {
	Description string         `json:"description,omitempty"`
	Lines       []WatchedLine  `json:"lines,omitempty"`
	Meters      []WatchedMeter `json:"meters,omitempty"`
}

// ListWatchlists returns watchlists in order of their names.
func (c *Client) ListWatchlists(ctx context.Context) iter.Seq2[WatchlistHead, error] {
	return pages[WatchlistHead](ctx, c, "/v1/watchlists", nil)
}

// ShowWatchlist returns one watchlist.
func (c *Client) ShowWatchlist(ctx context.Context, name string) (Watchlist, error) {
	return c.watchlist(ctx, get(watchlistPath(name), nil))
}

// PutWatchlist makes a watchlist, or replaces it.
func (c *Client) PutWatchlist(ctx context.Context, name string, in WatchlistInput, options ...CallOption) (Watchlist, error) {
	r, err := write(watchlistPath(name), nil).json(in)
	if err != nil {
		return Watchlist{}, err
	}
	r.method = http.MethodPut
	return c.watchlist(ctx, r.as(options))
}

// ImportWatchlist makes a watchlist from a CSV file, or replaces its entries. An empty description leaves the one that is there.
func (c *Client) ImportWatchlist(ctx context.Context, name, description string, csv io.Reader, options ...CallOption) (Watchlist, error) {
	r := write(watchlistPath(name)+"/entries", params{}.text("description", description).values()).from(csv, "text/csv")
	r.method = http.MethodPut
	return c.watchlist(ctx, r.as(options))
}

// ExportWatchlist writes the entries of a watchlist as a file to w.
func (c *Client) ExportWatchlist(ctx context.Context, name string, as Format, w io.Writer) error {
	return c.file(ctx, watchlistPath(name)+"/entries", params{}, as, w)
}

// DeleteWatchlist deletes a watchlist.
func (c *Client) DeleteWatchlist(ctx context.Context, name string, options ...CallOption) error {
	r := write(watchlistPath(name), nil)
	r.method = http.MethodDelete
	_, _, err := c.whole(ctx, r.as(options))
	return err
}

func (c *Client) watchlist(ctx context.Context, r call) (Watchlist, error) {
	v, etag, err := askTagged[Watchlist](ctx, c, r)
	v.ETag = etag
	return v, err
}

func watchlistPath(name string) string { return "/v1/watchlists/" + url.PathEscape(name) }
