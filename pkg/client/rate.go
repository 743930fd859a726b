package client

import (
	"context"
	"io"
	"iter"
)

// RateFilter chooses usage rates; what is empty chooses all.
type RateFilter struct {
	PriceList       string // retail when empty
	Currency        string // USD when empty
	MeterID, SKUID  string
	Type            string
	ReservationTerm *string // nil: any; empty: none, that is no reservation
	Tier            string
	// The rest is not looked at in histories and series.
	Region, Service                 string
	OperatingSystem, PurchaseOption string
	Watchlist                       string // only what is on it; of lists of rates alone
}

func (f RateFilter) identity() params {
	p := params{}.text("price_list", f.PriceList).text("currency", f.Currency).text("meter_id", f.MeterID).text("sku_id", f.SKUID).
		text("type", f.Type).text("tier", f.Tier)
	if f.ReservationTerm != nil {
		p["reservation_term"] = []string{*f.ReservationTerm}
	}
	return p
}

func (f RateFilter) query() params {
	return f.identity().text("region", f.Region).text("service", f.Service).text("operating_system", f.OperatingSystem).
		text("purchase_option", f.PurchaseOption).text("watchlist", f.Watchlist)
}

// ListRates returns the usage rates in force, in order of their identities. Where meter, SKU, type, reservation term and tier are all given there is
// exactly one, or a NotFound error.
func (c *Client) ListRates(ctx context.Context, f RateFilter, asOf AsOf) iter.Seq2[Rate, error] {
	return pages[Rate](ctx, c, "/v1/rates", asOf.in(f.query()).values())
}

// ExportRates writes the usage list as one file to w; layout is as the API describes it, and may be empty.
func (c *Client) ExportRates(ctx context.Context, f RateFilter, asOf AsOf, layout string, as Format, w io.Writer) error {
	return c.file(ctx, "/v1/rates/export", asOf.in(f.query()).text("layout", layout), as, w)
}

// DiffRates returns what is different in usage rates between two points.
func (c *Client) DiffRates(ctx context.Context, f RateFilter, b Between) iter.Seq2[RateDifference, error] {
	return pages[RateDifference](ctx, c, "/v1/rates/diff", b.in(f.query()).values())
}

// RateGroups counts the usage rates in force that each service has in each region; with words, those that have all of them in their names or ids.
func (c *Client) RateGroups(ctx context.Context, f RateFilter, asOf AsOf, words string) ([]RateGroup, error) {
	return items[RateGroup](ctx, c, "/v1/rates/groups", asOf.in(f.query()).text("words", words).values())
}

// RateHistory returns every period and change of one usage rate.
func (c *Client) RateHistory(ctx context.Context, f RateFilter) (RateHistory, error) {
	return ask[RateHistory](ctx, c, get("/v1/rates/history", f.identity().values()))
}

// RateMovers returns the usage rates that moved most, the farthest first.
func (c *Client) RateMovers(ctx context.Context, f RateFilter, b Between, m Movers) ([]RateMover, error) {
	return items[RateMover](ctx, c, "/v1/rates/movers", m.in(b.in(f.query())).values())
}

// RateRestatements returns where what was said of usage rates is not what is said now.
func (c *Client) RateRestatements(ctx context.Context, f RateFilter, r Restatement) iter.Seq2[RateRestatement, error] {
	return pages[RateRestatement](ctx, c, "/v1/rates/restatements", r.in(f.query()).values())
}

// RateSeries returns the rates of a meter over time, for a chart.
func (c *Client) RateSeries(ctx context.Context, f RateFilter, s Series) ([]RateLine, error) {
	return items[RateLine](ctx, c, "/v1/rates/series", s.in(f.identity()).values())
}
