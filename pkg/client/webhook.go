package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Webhook is an endpoint that events are sent to, and how that goes.
type Webhook struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	URL         string     `json:"url"`
	Subject     string     `json:"subject"` // patterns, with commas between; empty: all
	Type        string     `json:"type"`    // event types, with commas between; empty: all
	Watchlist   string     `json:"watchlist"`
	Market      string     `json:"market"`
	Currency    string     `json:"currency"`
	Cost        bool       `json:"cost"`     // whether events tell what a partner pays
	State       string     `json:"state"`    // active, disabled
	Reason      string     `json:"reason"`   // why it is disabled
	StateAt     time.Time  `json:"state_at"` // since when it is in its state
	Secrets     int        `json:"secrets"`  // how many sign now: two while a rotation overlaps
	Sent        uint64     `json:"sent"`     // events that it took
	Held        int        `json:"held"`     // events that wait because their subject does
	Failures    int        `json:"failures"` // attempts in a row that it did not take
	Problem     string     `json:"problem"`  // why it takes none
	NextAt      *time.Time `json:"next_at"`  // when it is tried again; nil: nothing waits
	Position    string     `json:"position"` // how far its events are sent
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
}

// WebhookSecret is a webhook and its new secret.
type WebhookSecret struct {
	Webhook
	Secret string `json:"secret"` // what events are signed with from now on. It is told this once
}

// WebhookInput is what an endpoint is to be.
type WebhookInput struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
	Subject     string `json:"subject,omitempty"`
	Type        string `json:"type,omitempty"`
	Watchlist   string `json:"watchlist,omitempty"`
	Market      string `json:"market,omitempty"`
	Currency    string `json:"currency,omitempty"`
	From        string `json:"from,omitempty"` // start, now (when empty), Event.Resume, or a time
}

// Delivery is an attempt to send an event.
type Delivery struct {
	At       time.Time `json:"at"`
	Event    string    `json:"event"`
	Subject  string    `json:"subject"`
	Stream   string    `json:"stream"`
	Sequence uint64    `json:"sequence"`
	Attempt  int       `json:"attempt"` // from 1
	Status   int       `json:"status"`  // HTTP's; 0: no answer came
	Problem  string    `json:"problem"`
	Millis   int64     `json:"millis"`
	Verdict  string    `json:"verdict"` // delivered, waits, paused, gone
}

// Redelivery says what to send again: everything from a place on, or one event.
type Redelivery struct {
	From     string `json:"from,omitempty"`
	Stream   string `json:"stream,omitempty"`
	Sequence uint64 `json:"sequence,omitempty"`
}

// CreateWebhook has events sent to an endpoint. The answer holds the secret, this once.
func (c *Client) CreateWebhook(ctx context.Context, in WebhookInput, options ...CallOption) (WebhookSecret, error) {
	r, err := write("/v1/webhooks", nil).json(in)
	if err != nil {
		return WebhookSecret{}, err
	}
	return ask[WebhookSecret](ctx, c, r.as(options))
}

// ListWebhooks returns webhooks in order of their names.
func (c *Client) ListWebhooks(ctx context.Context) iter.Seq2[Webhook, error] {
	return pages[Webhook](ctx, c, "/v1/webhooks", nil)
}

// ShowWebhook returns one webhook, and how it goes.
func (c *Client) ShowWebhook(ctx context.Context, name string) (Webhook, error) {
	return ask[Webhook](ctx, c, get(webhookPath(name, ""), nil))
}

// DeleteWebhook has nothing sent to an endpoint any more, and returns what it was.
func (c *Client) DeleteWebhook(ctx context.Context, name string, options ...CallOption) (Webhook, error) {
	r := write(webhookPath(name, ""), nil)
	r.method = http.MethodDelete
	return ask[Webhook](ctx, c, r.as(options))
}

// RotateWebhook makes another secret. Both sign for so many hours, 24 when it is nil; the answer holds the new one, this once.
func (c *Client) RotateWebhook(ctx context.Context, name string, overlapHours *int, options ...CallOption) (WebhookSecret, error) {
	r, err := write(webhookPath(name, "/rotate"), nil).json(struct {
		OverlapHours *int `json:"overlap_hours,omitempty"`
	}{overlapHours})
	if err != nil {
		return WebhookSecret{}, err
	}
	return ask[WebhookSecret](ctx, c, r.as(options))
}

// DisableWebhook has nothing sent for a while: what comes waits in the streams.
func (c *Client) DisableWebhook(ctx context.Context, name string, options ...CallOption) (Webhook, error) {
	return ask[Webhook](ctx, c, write(webhookPath(name, "/disable"), nil).as(options))
}

// EnableWebhook goes on where sending stopped.
func (c *Client) EnableWebhook(ctx context.Context, name string, options ...CallOption) (Webhook, error) {
	return ask[Webhook](ctx, c, write(webhookPath(name, "/enable"), nil).as(options))
}

// RedeliverWebhook sends events again.
func (c *Client) RedeliverWebhook(ctx context.Context, name string, what Redelivery, options ...CallOption) (Webhook, error) {
	r, err := write(webhookPath(name, "/redeliver"), nil).json(what)
	if err != nil {
		return Webhook{}, err
	}
	return ask[Webhook](ctx, c, r.as(options))
}

// TestWebhook sends an event that says nothing, and returns what came of it.
func (c *Client) TestWebhook(ctx context.Context, name string, options ...CallOption) (Delivery, error) {
	return ask[Delivery](ctx, c, write(webhookPath(name, "/test"), nil).as(options))
}

// ListDeliveries returns the last attempts, the newest first.
func (c *Client) ListDeliveries(ctx context.Context, name string) ([]Delivery, error) {
	return items[Delivery](ctx, c, webhookPath(name, "/deliveries"), nil)
}

func webhookPath(name, act string) string { return "/v1/webhooks/" + url.PathEscape(name) + act }
