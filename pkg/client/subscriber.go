package client

import (
	"context"
	"net/url"
	"time"
)

// NATSSubscriber is somebody who may read the streams over NATS and do nothing else, without his password. What follows prices in a program is a Subscriber.
type NATSSubscriber struct {
	Name      string    `json:"name"`
	Cost      bool      `json:"cost"` // whether he reads the streams with what the partner pays; else those without, whose names begin with ERP_
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// NewNATSSubscriber is a subscriber that was made, with his password.
type NewNATSSubscriber struct {
	NATSSubscriber
	URL string `json:"url"` // the address of NATS with his name and password. It is told this once
}

// NATSSubscriberInput is what a new subscriber shall be.
type NATSSubscriberInput struct {
	Name string `json:"name"`           // a letter, then letters, digits and dashes, all lower case, 32 at most
	Cost bool   `json:"cost,omitempty"` // only who may see cost gives it
}

// CreateSubscriber lets somebody read the streams over NATS. His address, with his password, is in the answer, this once. ErrConflict for a name that is
// taken; ErrRefused where NATS runs by itself and its own configuration says who may read.
func (c *Client) CreateSubscriber(ctx context.Context, in NATSSubscriberInput, options ...CallOption) (NewNATSSubscriber, error) {
	r, err := write("/v1/subscribers", nil).json(in)
	if err != nil {
		return NewNATSSubscriber{}, err
	}
	return ask[NewNATSSubscriber](ctx, c, r.as(options))
}

// ListSubscribers returns who may read the streams over NATS, in order of their names. ErrRefused as for CreateSubscriber.
func (c *Client) ListSubscribers(ctx context.Context) ([]NATSSubscriber, error) {
	return items[NATSSubscriber](ctx, c, "/v1/subscribers", nil)
}

// RevokeSubscriber lets somebody in no more and ends his connections at once, and returns who he was. His name can be given again, with another password.
func (c *Client) RevokeSubscriber(ctx context.Context, name string, options ...CallOption) (NATSSubscriber, error) {
	return ask[NATSSubscriber](ctx, c, write("/v1/subscribers/"+url.PathEscape(name)+"/revoke", nil).as(options))
}
