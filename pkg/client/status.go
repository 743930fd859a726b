package client

import (
	"context"
	"net/url"
)

// Version returns the server's version.
func (c *Client) Version(ctx context.Context) (string, error) {
	v, err := ask[struct {
		Version string `json:"version"`
	}](ctx, c, get("/version", nil))
	return v.Version, err
}

// Status returns what runs, how far it is, and what comes next.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, get("/v1/status", nil))
}

// Calendar returns twelve months of every list and market: what is out, due, in review and missing. List and market may be empty.
func (c *Client) Calendar(ctx context.Context, list, market string) ([]Month, error) {
	return items[Month](ctx, c, "/v1/calendar", params{}.text("list", list).text("market", market).values())
}

// ListAudits returns audits of the tables, the newest first.
func (c *Client) ListAudits(ctx context.Context) ([]Audit, error) {
	return items[Audit](ctx, c, "/v1/audits", nil)
}

// ShowAudit returns one audit and what it found.
func (c *Client) ShowAudit(ctx context.Context, id string) (Audit, error) {
	return ask[Audit](ctx, c, get("/v1/audits/"+url.PathEscape(id), nil))
}

// Audit begins an audit of the tables; ShowAudit says how it goes.
func (c *Client) Audit(ctx context.Context, in AuditInput, options ...CallOption) (Audit, error) {
	r, err := write("/v1/audits", nil).json(in)
	if err != nil {
		return Audit{}, err
	}
	return ask[Audit](ctx, c, r.as(options))
}

// ListRebuilds returns rebuilds of tables, the newest first.
func (c *Client) ListRebuilds(ctx context.Context) ([]Rebuild, error) {
	return items[Rebuild](ctx, c, "/v1/rebuilds", nil)
}

// ShowRebuild returns how a rebuild goes.
func (c *Client) ShowRebuild(ctx context.Context, id string) (Rebuild, error) {
	return ask[Rebuild](ctx, c, get("/v1/rebuilds/"+url.PathEscape(id), nil))
}

// Rebuild begins to make tables again from the streams; ShowRebuild says how it goes.
func (c *Client) Rebuild(ctx context.Context, in RebuildInput, options ...CallOption) (Rebuild, error) {
	r, err := write("/v1/rebuilds", nil).json(in)
	if err != nil {
		return Rebuild{}, err
	}
	return ask[Rebuild](ctx, c, r.as(options))
}
