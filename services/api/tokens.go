package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// TokenView is a token without its text.
type TokenView struct {
	ID        string     `json:"id" example:"k3v7qz2mxw4a" doc:"The part of its text between pw_ and the second _."`
	Name      string     `json:"name" doc:"What it is for." example:"nightly export"`
	Owner     string     `json:"owner" doc:"Who acts with it." example:"alice"`
	Roles     []string   `json:"roles" example:"[\"reader\"]"`
	Cost      bool       `json:"cost" doc:"Whether it shows what the partner pays."`
	State     string     `json:"state" enum:"valid,expired,revoked"`
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedBy string     `json:"revoked_by"`
	RevokedAt *time.Time `json:"revoked_at" doc:"Null: it is not."`
	UsedAt    *time.Time `json:"used_at" doc:"When it was seen last, within a minute; null: never."`
}

// NewTokenView is a token that was made, with its text.
type NewTokenView struct {
	TokenView
	Token string `json:"token" doc:"What is sent as a bearer token. It is told this once." example:"pw_k3v7qz2mxw4a_…"`
}

// NewTokenBody is what a new token shall be.
type NewTokenBody struct {
	Name      string   `json:"name" doc:"What it is for." example:"nightly export" minLength:"1" maxLength:"100"`
	Owner     string   `json:"owner,omitempty" doc:"Who acts with it; who makes it when empty." example:"alice" maxLength:"100"`
	Roles     []string `json:"roles" doc:"reader, editor, approver, operator; none that who makes it has not." example:"[\"reader\"]" minItems:"1" maxItems:"4"`
	Cost      bool     `json:"cost,omitempty" doc:"Whether it shows what the partner pays."`
	ExpiresAt string   `json:"expires_at" doc:"When it ends: a date or RFC 3339, at most a year ahead." example:"2027-06-01"`
}

// WhoView is who asks.
type WhoView struct {
	Name  string   `json:"name" doc:"Who acts; empty where everybody is believed and nobody was named."`
	Roles []string `json:"roles"`
	Cost  bool     `json:"cost" doc:"Whether what the partner pays is shown."`
	Via   string   `json:"via" enum:"trust,token,oidc" doc:"How that is known: everybody on a loopback address is believed, a token, or one of the identity provider."`
	Token string   `json:"token" doc:"Id of the token; empty without one."`
}

// WriteView is a record of a write. Each write has one before it is begun, and another that says what became of it.
type WriteView struct {
	Seq       uint64    `json:"seq"`
	At        time.Time `json:"at"`
	Request   string    `json:"request" doc:"The same for both records of a write."`
	Who       string    `json:"who"`
	Via       string    `json:"via"`
	Token     string    `json:"token" doc:"Id of the token that it came with."`
	Operation string    `json:"operation" example:"approve-release"`
	Object    string    `json:"object" example:"license-us-2026-12-r1"`
	Address   string    `json:"address" doc:"Whence it came."`
	Outcome   string    `json:"outcome" doc:"begun, done, or the kind of problem that it ended with."`
	Status    int       `json:"status" doc:"HTTP's; 0 while it is begun."`
}

type (
	tokensInput struct {
		PageInput
	}
	tokenInput struct {
		ID string `path:"id" example:"k3v7qz2mxw4a"`
	}
	revokeInput struct {
		ReleaseActor
		ID string `path:"id" example:"k3v7qz2mxw4a"`
	}
	newTokenInput struct {
		ReleaseActor
		Body NewTokenBody
	}
	newTokenOutput struct {
		CacheControl string `header:"Cache-Control"`
		Body         NewTokenView
	}
	tokensOutput   struct{ Body pageOf[TokenView] }
	tokenOutput    struct{ Body TokenView }
	whoOutput      struct{ Body WhoView }
	auditLogInput  struct{ PageInput }
	auditLogOutput struct{ Body pageOf[WriteView] }
)

func (s *server) registerTokens(api huma.API) {
	tags := []string{"access"}
	huma.Register(api, huma.Operation{
		Metadata: map[string]any{isSecret: true}, OperationID: "create-token", Method: http.MethodPost, Path: "/v1/tokens", Summary: "Make a token", Tags: tags, DefaultStatus: http.StatusCreated,
		Description: "Its text is told this once, and only its hash is kept. Nobody gives away a role that he has not, nor the right to see cost.",
	}, s.createToken)
	huma.Register(api, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/v1/tokens", Summary: "Tokens, in the order in which they were made", Tags: tags,
		Description: "All for operators, else those that one acts with.",
	}, s.listTokens)
	huma.Register(api, huma.Operation{OperationID: "show-token", Description: "Operators see all, others those that they act with. Its text is told by nobody.", Method: http.MethodGet, Path: "/v1/tokens/{id}", Summary: "One token", Tags: tags}, s.showToken)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodPost, Path: "/v1/tokens/{id}/revoke", Summary: "End a token for good", Tags: tags,
		Description: "At once. Operators end all, others those that they act with.",
	}, s.revokeToken)
	huma.Register(api, huma.Operation{OperationID: "whoami", Description: "By the token that it shows, or by its word where everybody is believed.", Method: http.MethodGet, Path: "/v1/whoami", Summary: "Who asks, and what he may", Tags: tags}, s.whoami)
	huma.Register(api, huma.Operation{
		OperationID: "audit-log", Description: "Each write has a record before it is begun, and another of what became of it.", Method: http.MethodGet, Path: "/v1/audit-log", Summary: "Who wrote what, when and from where, and what became of it; the newest first", Tags: tags,
	}, s.auditLog)
}

// tokens are there, or unavailable.
func (s *server) tokens() (*access.Tokens, error) {
	if s.gatekeeper.Tokens == nil {
		return nil, fault.New(fault.Unavailable, "this server keeps no tokens")
	}
	return s.gatekeeper.Tokens, nil
}

// actor is who acts on tokens: whoever is known, or, where everybody is believed, whoever the request says.
func actor(ctx context.Context, by ReleaseActor) access.Principal {
	who := principal(ctx)
	if who.Via == access.ViaTrust {
		who = access.Trusted(by.User)
	}
	return who
}

func (s *server) createToken(ctx context.Context, in *newTokenInput) (*newTokenOutput, error) {
	tokens, err := s.tokens()
	if err != nil {
		return nil, problemOf(err)
	}
	var p params
	now := s.gatekeeper.Clock.Now()
	ask := access.Request{Name: in.Body.Name, Owner: in.Body.Owner, Cost: in.Body.Cost, ExpiresAt: p.instant("body.expires_at", in.Body.ExpiresAt, time.Time{})}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if ask.Roles, err = access.ParseRoles(in.Body.Roles...); err != nil {
		return nil, problemOf(err)
	}
	t, text, err := tokens.Create(ctx, actor(ctx, in.ReleaseActor), ask, now)
	if err != nil {
		return nil, problemOf(err)
	}
	concerns(ctx, t.ID)
	return &newTokenOutput{"no-store", NewTokenView{tokenView(t, now), text}}, nil
}

func (s *server) listTokens(ctx context.Context, in *tokensInput) (*tokensOutput, error) {
	var p params
	page := in.page(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	tokens, err := s.tokens()
	if err != nil {
		return nil, problemOf(err)
	}
	all, err := tokens.List(ctx, principal(ctx))
	if err != nil {
		return nil, problemOf(err)
	}
	for i, t := range all {
		if t.ID == page.Cursor {
			all = all[i+1:]
			break
		}
	}
	next := ""
	if len(all) > page.Size() {
		all = all[:page.Size()]
		next = all[len(all)-1].ID
	}
	now := s.gatekeeper.Clock.Now()
	return &tokensOutput{newPage(all, next, func(t access.Token) TokenView { return tokenView(t, now) })}, nil
}

func (s *server) showToken(ctx context.Context, in *tokenInput) (*tokenOutput, error) {
	tokens, err := s.tokens()
	if err != nil {
		return nil, problemOf(err)
	}
	t, err := tokens.Get(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	return &tokenOutput{tokenView(t, s.gatekeeper.Clock.Now())}, nil
}

func (s *server) revokeToken(ctx context.Context, in *revokeInput) (*tokenOutput, error) {
	tokens, err := s.tokens()
	if err != nil {
		return nil, problemOf(err)
	}
	now := s.gatekeeper.Clock.Now()
	t, err := tokens.Revoke(ctx, actor(ctx, in.ReleaseActor), in.ID, now)
	if err != nil {
		return nil, problemOf(err)
	}
	return &tokenOutput{tokenView(t, now)}, nil
}

func (s *server) whoami(ctx context.Context, _ *struct{}) (*whoOutput, error) {
	who := principal(ctx)
	return &whoOutput{WhoView{who.Name, who.Roles.Strings(), who.Cost, string(who.Via), who.Token}}, nil
}

func (s *server) auditLog(ctx context.Context, in *auditLogInput) (*auditLogOutput, error) {
	var p params
	page := in.page(&p)
	below := uint64(0)
	if in.Cursor != "" {
		var err error
		if below, err = strconv.ParseUint(in.Cursor, 10, 64); err != nil || below == 0 {
			p.wrong("query.cursor", "it is not the next of a page")
		}
	}
	if page.Size() > mostRecords {
		p.wrong("query.limit", "at most "+strconv.Itoa(mostRecords))
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if s.gatekeeper.Log == nil {
		return nil, problemOf(fault.New(fault.Unavailable, "this server keeps no log of writes"))
	}
	records, err := s.gatekeeper.Log.List(ctx, below, page.Size())
	if err != nil {
		return nil, problemOf(err)
	}
	next := ""
	if len(records) == page.Size() {
		next = strconv.FormatUint(records[len(records)-1].Sequence, 10)
	}
	return &auditLogOutput{newPage(records, next, writeView)}, nil
}

// mostRecords bounds a page of the log of writes.
const mostRecords = 1000

func tokenView(t access.Token, now time.Time) TokenView {
	return TokenView{
		ID: t.ID, Name: t.Name, Owner: t.Owner, Roles: t.Roles.Strings(), Cost: t.Cost, State: t.State(now), CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, RevokedBy: t.RevokedBy, RevokedAt: instantOrNull(t.RevokedAt), UsedAt: instantOrNull(t.UsedAt),
	}
}

func writeView(r access.Record) WriteView {
	return WriteView{r.Sequence, r.At, r.Request, r.Who, string(r.Via), r.Token, r.Operation, r.Object, r.Address, r.Outcome, r.Status}
}
