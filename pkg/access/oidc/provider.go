package oidc

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

// Defaults of Config. The name is one that people cannot change by themselves at most providers: four eyes compare it.
const (
	DefaultNameClaim  = "preferred_username"
	DefaultRolesClaim = "roles"
	DefaultCostClaim  = "pricewire_cost"
)

const (
	// answerTime is how long the provider may take to answer.
	answerTime = 10 * time.Second
	// askAgain is how long a provider that did not answer is not asked again, and how long its keys are not asked for again: tokens that name keys
	// which are not there must not make us ask for each of them.
	askAgain = 5 * time.Second
	// longestToken is the longest token in bytes that is looked at.
	longestToken = 16 << 10
)

// Config says whose tokens are taken and what their claims mean. A claim within others is named with points: realm_access.roles.
type Config struct {
	Issuer     string // URL of the provider, as its tokens name it; https, but on this machine
	Audience   string // whom its tokens must be for
	NameClaim  string // who acts; default preferred_username
	RolesClaim string // a list or a text of roles with blanks between; what is no role of ours is left out; default roles
	CostClaim  string // true, or a list that holds cost; default pricewire_cost
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	u, err := url.Parse(c.Issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fault.New(fault.Invalid, "issuer %q is not a URL", c.Issuer)
	case u.Scheme == "http" && !daemon.Loopback(u.Host):
		return fault.New(fault.Invalid, "issuer %q is asked without TLS, and whoever is on the way could make anybody known", c.Issuer).WithHint("use https")
	case c.Audience == "":
		return fault.New(fault.Invalid, "the audience of the provider's tokens is missing").WithHint("tokens for others would be taken; name the client or API that they are made for")
	}
	return nil
}

// Provider admits the tokens of one identity provider. It is asked for its keys when they are needed first, and when a token names a key that is not
// known; so the server starts without it. It is safe for use by several goroutines.
type Provider struct {
	cfg Config

	mu       sync.Mutex
	verifier func(ctx context.Context, token string, now time.Time) (*gooidc.IDToken, error) // nil until the provider has answered
	failed   error
	retryAt  time.Time
}

// New makes a provider; nobody is asked yet.
func New(cfg Config) (*Provider, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.NameClaim, cfg.RolesClaim, cfg.CostClaim = cmp.Or(cfg.NameClaim, DefaultNameClaim), cmp.Or(cfg.RolesClaim, DefaultRolesClaim), cmp.Or(cfg.CostClaim, DefaultCostClaim)
	return &Provider{cfg: cfg}, nil
}

// Identify returns who acts with a token: an unauthenticated fault where it is not one of the provider's for us, or not good any more, an unavailable
// one where the provider cannot be asked.
func (p *Provider) Identify(ctx context.Context, token string, now time.Time) (access.Principal, error) {
	if len(token) > longestToken || strings.Count(token, ".") != 2 {
		return access.Principal{}, refused("it is no JWT")
	}
	verify, err := p.verify(ctx)
	if err != nil {
		return access.Principal{}, err
	}
	id, err := verify(ctx, token, now)
	if err != nil {
		return access.Principal{}, err
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return access.Principal{}, refused("its claims cannot be read")
	}
	return p.principal(claims)
}

// principal is who claims tell of.
func (p *Provider) principal(claims map[string]any) (access.Principal, error) {
	name, _ := claim(claims, p.cfg.NameClaim).(string)
	name, err := access.CleanName(p.cfg.NameClaim, name)
	if err != nil {
		return access.Principal{}, refused("its claim " + p.cfg.NameClaim + " names nobody")
	}
	cost := claim(claims, p.cfg.CostClaim)
	return access.Principal{
		Name: name, Roles: access.KnownRoles(words(claim(claims, p.cfg.RolesClaim))...), Via: access.ViaOIDC,
		Cost: cost == true || cost == "true" || slices.Contains(words(cost), "cost"),
	}, nil
}

// claim is a claim, perhaps within others; nil where there is none. One whose own name has points is found by that.
func claim(claims map[string]any, path string) any {
	if v, ok := claims[path]; ok {
		return v
	}
	outer, inner, nested := strings.Cut(path, ".")
	within, ok := claims[outer].(map[string]any)
	if !nested || !ok {
		return nil
	}
	return claim(within, inner)
}

// words are the texts of a list, or those of a text with blanks between.
func words(v any) []string {
	switch v := v.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

func refused(why string) error {
	return fault.New(fault.Unauthenticated, "the token of the identity provider is not good: %s", why).WithHint("get a new one from the provider")
}

// verify returns what verifies tokens, asking the provider what it is like where that is not known yet.
func (p *Provider) verify(ctx context.Context) (func(context.Context, string, time.Time) (*gooidc.IDToken, error), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now() //nolint:forbidigo // network time-outs are real time
	if p.verifier != nil {
		return p.verifier, nil
	}
	if p.failed != nil && now.Before(p.retryAt) {
		return nil, p.failed
	}
	client := &http.Client{Transport: &patient{next: http.DefaultTransport}, Timeout: answerTime}
	lasting := gooidc.ClientContext(context.WithoutCancel(ctx), client)
	asking, cancel := context.WithTimeout(lasting, answerTime)
	defer cancel()
	found, err := gooidc.NewProvider(asking, p.cfg.Issuer)
	var described struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err == nil {
		err = found.Claims(&described)
	}
	if err == nil && described.Keys == "" {
		err = errors.New("it does not say where its keys are")
	}
	if err != nil {
		p.failed, p.retryAt = fault.New(fault.Unavailable, "the identity provider %s cannot be asked: %w", p.cfg.Issuer, err).
			WithHint("try again later; tokens of this server are taken meanwhile"), now.Add(askAgain)
		return nil, p.failed
	}
	keys := &keySet{gooidc.NewRemoteKeySet(lasting, described.Keys)}
	p.verifier = p.verifies(keys, signed(described.Algorithms))
	return p.verifier, nil
}

// signed are those of some algorithms that nobody can sign with who only knows what is public.
func signed(algorithms []string) []string {
	safe := []string{
		gooidc.RS256, gooidc.RS384, gooidc.RS512, gooidc.ES256, gooidc.ES384, gooidc.ES512, gooidc.PS256, gooidc.PS384, gooidc.PS512, gooidc.EdDSA,
	}
	return slices.DeleteFunc(slices.Clone(algorithms), func(a string) bool { return !slices.Contains(safe, a) })
}

// verifies verifies tokens with the keys of the provider.
func (p *Provider) verifies(keys *keySet, algorithms []string) func(context.Context, string, time.Time) (*gooidc.IDToken, error) {
	return func(ctx context.Context, token string, now time.Time) (*gooidc.IDToken, error) {
		verifier := gooidc.NewVerifier(p.cfg.Issuer, keys, &gooidc.Config{ClientID: p.cfg.Audience, SupportedSigningAlgs: algorithms, Now: func() time.Time { return now }})
		var down outage
		id, err := verifier.Verify(context.WithValue(ctx, outageKey{}, &down), token)
		expired, over := errors.AsType[*gooidc.TokenExpiredError](err)
		switch {
		case err == nil:
			return id, nil
		case down.err != nil:
			return nil, fault.New(fault.Unavailable, "the identity provider %s cannot be asked for its keys: %w", p.cfg.Issuer, down.err).
				WithHint("try again later; tokens of this server are taken meanwhile")
		case over:
			return nil, refused("it expired at " + expired.Expiry.UTC().Format(time.RFC3339))
		}
		return nil, refused(err.Error())
	}
}
