package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Token is an API token, without its secret.
type Token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`  // what it is for
	Owner     string     `json:"owner"` // who acts with it
	Roles     []string   `json:"roles"` // reader, editor, approver, operator
	Cost      bool       `json:"cost"`  // whether it shows what the partner pays
	State     string     `json:"state"` // valid, expired, revoked
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedBy string     `json:"revoked_by"`
	RevokedAt *time.Time `json:"revoked_at"` // nil: it is not
	UsedAt    *time.Time `json:"used_at"`    // when it was seen last, within a minute; nil: never
}

// NewToken is what a new token shall be and, in the answer, its text.
type NewToken struct {
	Token
	Text string `json:"token"` // what is sent as a bearer token. It is told this once
}

// TokenInput is what a new token shall be.
type TokenInput struct {
	Name      string    `json:"name"`
	Owner     string    `json:"owner,omitempty"` // who makes it when empty
	Roles     []string  `json:"roles"`           // none that who makes it has not
	Cost      bool      `json:"cost,omitempty"`
	ExpiresAt time.Time `json:"expires_at"` // at most a year ahead
}

// Who is who asks, and what he may.
type Who struct {
	Name  string   `json:"name"` // empty where everybody is believed and nobody was named
	Roles []string `json:"roles"`
	Cost  bool     `json:"cost"`
	Via   string   `json:"via"`   // trust, token, oidc
	Token string   `json:"token"` // id of the token; empty without one
}

// Write is a record of the audit log: a write that was begun, or what became of it.
type Write struct {
	Seq       uint64    `json:"seq"`
	At        time.Time `json:"at"`
	Request   string    `json:"request"` // the same for both records of a write
	Who       string    `json:"who"`
	Via       string    `json:"via"`
	Token     string    `json:"token"` // id of the token that it came with
	Operation string    `json:"operation"`
	Object    string    `json:"object"`
	Address   string    `json:"address"`
	Outcome   string    `json:"outcome"` // begun, done, or the kind of problem that it ended with
	Status    int       `json:"status"`  // HTTP's; 0 while it is begun
}

// Whoami returns who asks, and what he may.
func (c *Client) Whoami(ctx context.Context) (Who, error) {
	return ask[Who](ctx, c, get("/v1/whoami", nil))
}

// CreateToken makes a token. Its text is in the answer, this once.
func (c *Client) CreateToken(ctx context.Context, in TokenInput, options ...CallOption) (NewToken, error) {
	r, err := write("/v1/tokens", nil).json(in)
	if err != nil {
		return NewToken{}, err
	}
	return ask[NewToken](ctx, c, r.as(options))
}

// ListTokens returns tokens in the order in which they were made.
func (c *Client) ListTokens(ctx context.Context) iter.Seq2[Token, error] {
	return pages[Token](ctx, c, "/v1/tokens", nil)
}

// ShowToken returns one token.
func (c *Client) ShowToken(ctx context.Context, id string) (Token, error) {
	return ask[Token](ctx, c, get("/v1/tokens/"+url.PathEscape(id), nil))
}

// RevokeToken ends a token for good.
func (c *Client) RevokeToken(ctx context.Context, id string, options ...CallOption) (Token, error) {
	return ask[Token](ctx, c, write("/v1/tokens/"+url.PathEscape(id)+"/revoke", nil).as(options))
}

// AuditLog returns who wrote what, when and from where, and what became of it, the newest first.
func (c *Client) AuditLog(ctx context.Context) iter.Seq2[Write, error] {
	return pages[Write](ctx, c, "/v1/audit-log", nil)
}
