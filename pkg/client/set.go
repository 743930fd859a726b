package client

import (
	"context"
	"net/url"
	"strings"
)

// ShowSet returns the releases of a set.
func (c *Client) ShowSet(ctx context.Context, name string) (Set, error) {
	return ask[Set](ctx, c, get(setPath(name, ""), nil))
}

// CreateSet makes a draft from every sheet of a zip archive, or none when one cannot be. Market and Filename of the input are not looked at: they
// are read from the archive.
func (c *Client) CreateSet(ctx context.Context, name string, in Sheet, options ...CallOption) (Set, error) {
	q := setQuery(in).text("acknowledge", strings.Join(in.Acknowledge, ","))
	return ask[Set](ctx, c, write(setPath(name, ""), q.values()).from(in.Content, mediaZIP).as(options))
}

// LintSet names every problem of every sheet of an archive and stores nothing.
func (c *Client) LintSet(ctx context.Context, in Sheet) (SetLint, error) {
	return ask[SetLint](ctx, c, write("/v1/sets:lint", setQuery(in).values()).from(in.Content, mediaZIP))
}

func setQuery(in Sheet) params {
	return params{}.text("list", in.List).text("effective", in.Effective).text("kind", in.Kind)
}

// ReviewSet returns what a set changes, and the odd ones out across its markets and currencies.
func (c *Client) ReviewSet(ctx context.Context, name string) (SetReview, error) {
	return ask[SetReview](ctx, c, get(setPath(name, "/review"), nil))
}

// SubmitSet hands all drafts of a set in for review, or none.
func (c *Client) SubmitSet(ctx context.Context, name string, why Transition, options ...CallOption) (Set, error) {
	return c.moveSet(ctx, setPath(name, "/submit"), why, options)
}

// ApproveSet approves all releases of a set, or none; they are published when due.
func (c *Client) ApproveSet(ctx context.Context, name string, why Transition, options ...CallOption) (Set, error) {
	return c.moveSet(ctx, setPath(name, "/approve"), why, options)
}

// RejectSet sends all releases of a set back for good.
func (c *Client) RejectSet(ctx context.Context, name string, why Transition, options ...CallOption) (Set, error) {
	return c.moveSet(ctx, setPath(name, "/reject"), why, options)
}

func (c *Client) moveSet(ctx context.Context, path string, why Transition, options []CallOption) (Set, error) {
	r, err := write(path, nil).json(why)
	if err != nil {
		return Set{}, err
	}
	return ask[Set](ctx, c, r.as(options))
}

func setPath(name, act string) string { return "/v1/sets/" + url.PathEscape(name) + act }
