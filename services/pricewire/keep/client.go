package keep

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/peer"
)

// lookTime bounds asking how things go, orderTime ordering something: that is answered at once, before it is done.
const (
	lookTime  = 5 * time.Second
	orderTime = 30 * time.Second
)

// Client is the keeper of another process. It may be used from several goroutines.
type Client struct{ peer *peer.Client }

var _ Keeper = (*Client)(nil)

// NewClient returns the keeper that answers at a base URL, which peer.Validate has found well.
func NewClient(base, secret string) *Client { return &Client{peer.NewClient(speaks(), base, secret)} }

// Audit orders an audit; see api.Keeper. Where no answer comes, it may have been ordered all the same.
func (c *Client) Audit(ctx context.Context, in api.AuditInput) (out api.AuditView, err error) {
	err = c.peer.Post(ctx, orderTime, pathAudits, in, &out)
	return out, err
}

// Audits lists audits; see api.Keeper.
func (c *Client) Audits(ctx context.Context) (out []api.AuditView, err error) {
	err = c.peer.Get(ctx, lookTime, pathAudits, &out)
	return out, err
}

// Rebuild orders a rebuild; see api.Keeper. Where no answer comes, it may have been ordered all the same.
func (c *Client) Rebuild(ctx context.Context, in api.RebuildInput) (out api.RebuildView, err error) {
	err = c.peer.Post(ctx, orderTime, pathRebuilds, in, &out)
	return out, err
}

// Rebuilds lists rebuilds; see api.Keeper.
func (c *Client) Rebuilds(ctx context.Context) (out []api.RebuildView, err error) {
	err = c.peer.Get(ctx, lookTime, pathRebuilds, &out)
	return out, err
}

// Alarms are what the writer of the tables wants a person to look at; see Keeper.
func (c *Client) Alarms(ctx context.Context) (out []string, err error) {
	err = c.peer.Get(ctx, lookTime, pathAlarms, &out)
	return out, err
}
