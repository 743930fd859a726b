package client

import (
	"context"
	"io"
	"iter"
	"time"
)

// PriceFilter chooses licence prices; what is empty chooses all. Market is required.
type PriceFilter struct {
	Market, Currency                  string
	Product, SKU, Term, Billing, Tier string
	// The rest is not looked at in histories, series and restatements.
	Family, Segment string
	Watchlist       string // only what is on it; of lists of prices alone
}

func (f PriceFilter) identity() params {
	return params{}.text("market", f.Market).text("currency", f.Currency).text("product", f.Product).text("sku", f.SKU).text("term", f.Term).
		text("billing", f.Billing).text("tier", f.Tier)
}

func (f PriceFilter) query() params {
	return f.identity().text("family", f.Family).text("segment", f.Segment).text("watchlist", f.Watchlist)
}

// ListPrices returns the licence prices in force, in order of their identities.
func (c *Client) ListPrices(ctx context.Context, f PriceFilter, asOf AsOf) iter.Seq2[Price, error] {
	return pages[Price](ctx, c, "/v1/prices", asOf.in(f.query()).values())
}

// ExportPrices writes the licence prices in force as a file to w.
func (c *Client) ExportPrices(ctx context.Context, f PriceFilter, asOf AsOf, as Format, w io.Writer) error {
	return c.file(ctx, "/v1/prices", asOf.in(f.query()), as, w)
}

// DiffPrices returns what is different in a market's prices between two points.
func (c *Client) DiffPrices(ctx context.Context, f PriceFilter, b Between) iter.Seq2[PriceDifference, error] {
	return pages[PriceDifference](ctx, c, "/v1/prices/diff", b.in(f.query()).values())
}

// PriceHistory returns every period of a price, with when it was known and by which release.
func (c *Client) PriceHistory(ctx context.Context, f PriceFilter) ([]PricePeriod, error) {
	return items[PricePeriod](ctx, c, "/v1/prices/history", f.identity().values())
}

// Movers says which prices that moved to return.
type Movers struct {
	By    string // percent (when empty) or amount
	Limit int    // 0: as many as the server finds right
}

func (m Movers) in(p params) params { return p.text("by", m.By).number("limit", m.Limit) }

// PriceMovers returns the prices of a market that moved most, the farthest first.
func (c *Client) PriceMovers(ctx context.Context, f PriceFilter, b Between, m Movers) ([]PriceMover, error) {
	return items[PriceMover](ctx, c, "/v1/prices/movers", m.in(b.in(f.query())).values())
}

// Restatement says which range of valid time to look at, and which knowledge to compare.
type Restatement struct {
	From, To time.Time // valid time
	SaidAt   time.Time // what was said, as known then
	KnownAt  time.Time // what is said, as known then; zero: now
}

func (r Restatement) in(p params) params {
	return p.instant("from", r.From).instant("to", r.To).instant("said_at", r.SaidAt).instant("known_at", r.KnownAt)
}

// Series is a range of valid time to draw.
type Series struct {
	From, To time.Time
	KnownAt  time.Time // zero: now
	Points   int       // how many steps a line has at most; 0: as many as the server finds right
}

func (s Series) in(p params) params {
	return p.instant("from", s.From).instant("to", s.To).instant("known_at", s.KnownAt).number("points", s.Points)
}

// PriceRestatements returns where the prices that were said of a market are not those that are said now.
func (c *Client) PriceRestatements(ctx context.Context, f PriceFilter, r Restatement) iter.Seq2[PriceRestatement, error] {
	return pages[PriceRestatement](ctx, c, "/v1/prices/restatements", r.in(f.identity()).values())
}

// PriceSeries returns prices over time, for a chart.
func (c *Client) PriceSeries(ctx context.Context, f PriceFilter, s Series) ([]PriceLine, error) {
	return items[PriceLine](ctx, c, "/v1/prices/series", s.in(f.identity()).values())
}

// Orderable returns what can be ordered in a market, and what is missing where something cannot.
func (c *Client) Orderable(ctx context.Context, market, product string, asOf AsOf) ([]Orderable, error) {
	q := params{}.text("market", market).text("product", product)
	return items[Orderable](ctx, c, "/v1/orderable", asOf.in(q).values())
}
