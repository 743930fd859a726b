package oidc_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/oidc"
	"github.com/pricewire/pricewire/pkg/fault"
)

func noon() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) }

// issuer is an identity provider.
type issuer struct {
	*httptest.Server
	key   *rsa.PrivateKey
	down  atomic.Bool
	asked atomic.Int32 // for keys
}

func encoded(v any) string {
	data, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(data)
}

func serve(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/keys" {
			i.asked.Add(1)
			_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{
				"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
				"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
			}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL, "token_endpoint": i.URL, "response_types_supported": []string{"code"},
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		})
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) claims(more map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.URL, "aud": "pricewire", "exp": noon().Add(time.Hour).Unix(), "iat": noon().Unix(), "preferred_username": "alice", "roles": []string{"editor", "group-7"},
	}
	for name, v := range more {
		if c[name] = v; v == nil {
			delete(c, name)
		}
	}
	return c
}

// sign makes a token with a header and claims.
func (i *issuer) sign(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	text := encoded(header) + "." + encoded(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func (i *issuer) token(t *testing.T, more map[string]any) string {
	t.Helper()
	return i.sign(t, map[string]any{"alg": "RS256", "kid": "one"}, i.claims(more))
}

func (i *issuer) provider(t *testing.T, set func(*oidc.Config)) *oidc.Provider {
	t.Helper()
	cfg := oidc.Config{Issuer: i.URL, Audience: "pricewire"}
	if set != nil {
		set(&cfg)
	}
	p, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestATokenSaysWhoActsWithWhichRoles(t *testing.T) {
	i := serve(t)
	for what, c := range map[string]struct {
		set   func(*oidc.Config)
		more  map[string]any
		name  string
		roles string
		cost  bool
	}{
		"as usual":           {nil, nil, "alice", "editor", false},
		"a text of roles":    {nil, map[string]any{"roles": "Reader approver"}, "alice", "reader,approver", false},
		"no roles":           {nil, map[string]any{"roles": nil}, "alice", "", false},
		"roles of no kind":   {nil, map[string]any{"roles": 7}, "alice", "", false},
		"cost":               {nil, map[string]any{"pricewire_cost": true}, "alice", "editor", true},
		"cost as a text":     {nil, map[string]any{"pricewire_cost": "true"}, "alice", "editor", true},
		"cost that is not":   {nil, map[string]any{"pricewire_cost": "no"}, "alice", "editor", false},
		"cost among roles":   {func(c *oidc.Config) { c.CostClaim = "roles" }, map[string]any{"roles": []string{"reader", "cost"}}, "alice", "reader", true},
		"cost by no role":    {nil, map[string]any{"roles": []string{"operator", "cost"}}, "alice", "operator", false},
		"claims within some": {func(c *oidc.Config) { c.RolesClaim = "realm_access.roles" }, map[string]any{"realm_access": map[string]any{"roles": []string{"operator"}}}, "alice", "operator", false},
		"another name":       {func(c *oidc.Config) { c.NameClaim = "email" }, map[string]any{"email": " bob@example.com"}, "bob@example.com", "editor", false},
	} {
		got, err := i.provider(t, c.set).Identify(t.Context(), i.token(t, c.more), noon())
		if err != nil || got.Name != c.name || got.Roles.String() != c.roles || got.Cost != c.cost || got.Via != access.ViaOIDC {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

func TestWhatIsNotAGoodTokenOfTheProviderIsRefused(t *testing.T) {
	i := serve(t)
	other := serve(t)
	p := i.provider(t, nil)
	good := i.token(t, nil)
	parts := strings.Split(good, ".")
	mac := hmac.New(sha256.New, i.key.N.Bytes())
	symmetric := encoded(map[string]any{"alg": "HS256", "kid": "one"}) + "." + parts[1]
	mac.Write([]byte(symmetric))
	for what, token := range map[string]string{
		"nothing": "", "no JWT": "abc", "three parts of nothing": "a.b.c", "cut": good[:len(good)-10], "no signature": parts[0] + "." + parts[1] + ".",
		"no algorithm":           encoded(map[string]any{"alg": "none"}) + "." + parts[1] + ".",
		"a public key as key":    symmetric + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"another's key":          other.sign(t, map[string]any{"alg": "RS256", "kid": "one"}, i.claims(nil)),
		"a key of no name":       other.sign(t, map[string]any{"alg": "RS256", "kid": "two"}, i.claims(nil)),
		"other claims":           parts[0] + "." + encoded(i.claims(map[string]any{"roles": []string{"operator"}})) + "." + parts[2],
		"another issuer":         i.token(t, map[string]any{"iss": other.URL}),
		"for somebody else":      i.token(t, map[string]any{"aud": "others"}),
		"expired":                i.token(t, map[string]any{"exp": noon().Add(-time.Second).Unix()}),
		"without an end":         i.token(t, map[string]any{"exp": nil}),
		"not begun":              i.token(t, map[string]any{"nbf": noon().Add(time.Hour).Unix()}),
		"of nobody":              i.token(t, map[string]any{"preferred_username": nil}),
		"of someone unseen":      i.token(t, map[string]any{"preferred_username": "ali\u200bce"}),
		"of a name that is none": i.token(t, map[string]any{"preferred_username": 7}),
		"huge":                   i.token(t, map[string]any{"x": strings.Repeat("x", 20_000)}),
	} {
		got, err := p.Identify(t.Context(), token, noon())
		if !fault.Is(err, fault.Unauthenticated) || fault.HintOf(err) == "" || got.Known() {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	if got, err := p.Identify(t.Context(), good, noon()); err != nil || got.Name != "alice" {
		t.Errorf("the good one: %+v, %v", got, err)
	}
}

func TestTheProviderIsAskedForItsKeysOnceInAWhile(t *testing.T) {
	i := serve(t)
	other := serve(t)
	p := i.provider(t, nil)
	for n := range 20 {
		token := i.token(t, nil)
		if n%2 == 1 {
			token = other.sign(t, map[string]any{"alg": "RS256", "kid": strings.Repeat("x", n)}, i.claims(nil))
		}
		if _, err := p.Identify(t.Context(), token, noon()); (err != nil) != (n%2 == 1) {
			t.Fatalf("%d: %v", n, err)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestAProviderThatIsDownIsUnavailableAndItsKeysAreRemembered(t *testing.T) {
	i := serve(t)
	i.down.Store(true)
	p := i.provider(t, nil)
	token := i.token(t, nil)
	for range 2 {
		if _, err := p.Identify(t.Context(), token, noon()); !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("before it was ever asked: %v", err)
		}
	}
	i.down.Store(false)
	known := i.provider(t, nil)
	if _, err := known.Identify(t.Context(), token, noon()); err != nil {
		t.Fatal(err)
	}
	i.down.Store(true)
	if _, err := known.Identify(t.Context(), i.token(t, nil), noon()); err != nil {
		t.Errorf("with the keys that are known: %v", err)
	}
	gone := serve(t)
	late := gone.provider(t, nil)
	gone.down.Store(true)
	gone.Close()
	if _, err := late.Identify(t.Context(), token, noon()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestAProviderThatFailsOnlyForItsKeysIsUnavailable(t *testing.T) {
	i := serve(t)
	var broken atomic.Bool
	inner := i.Config.Handler
	i.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && r.URL.Path == "/keys" {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		inner.ServeHTTP(w, r)
	})
	broken.Store(true)
	if _, err := i.provider(t, nil).Identify(t.Context(), i.token(t, nil), noon()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

func TestConfigurationsThatWouldLetAnybodyInAreInvalid(t *testing.T) {
	for what, cfg := range map[string]oidc.Config{
		"no URL": {Issuer: "example", Audience: "a"}, "without TLS": {Issuer: "http://id.example.com", Audience: "a"}, "no audience": {Issuer: "https://id.example.com"},
	} {
		if _, err := oidc.New(cfg); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
