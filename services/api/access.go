package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
)

// Access says who is known, and what is written down of what they do. The zero value believes everybody who asks on a loopback address.
type Access struct {
	Required    bool           // nobody is believed who does not show who he is
	Tokens      *access.Tokens // nil: there are none
	Provider    Provider       // nil: no tokens of an identity provider are taken
	Log         access.Log     // of writes; nil: none is kept
	OpenMetrics bool           // /metrics is for everybody, although everything else needs a right
	Clock       clock.Clock    // in which credentials end, which is real time even where the prices' is not; nil: the API's own
}

// Provider admits tokens of an identity provider.
type Provider interface {
	// Identify returns who acts with a token: an unauthenticated fault where it is not good, an unavailable one where that cannot be known now.
	Identify(ctx context.Context, token string, now time.Time) (access.Principal, error)
}

// headerUser says who acts, where everybody is believed.
const headerUser = "X-Pricewire-User"

// gatekeeper lets requests in to whoever may make them.
type gatekeeper struct {
	Access
	needs    map[string]need // by the pattern of the route
	attempts *attempts
	refused  *prometheus.CounterVec

	lookEvery time.Duration // how often it is looked whether the token of a request that goes on is still good
}

// How often it is looked whether the token of a request that goes on is still good, and how long that may take.
const (
	lookAgain = 15 * time.Second
	lookTime  = 10 * time.Second
)

type principalKey struct{}

// principal is who asks. Nobody is where nothing was said of him: it is never more than what was found out.
func principal(ctx context.Context) access.Principal {
	p, _ := ctx.Value(principalKey{}).(access.Principal)
	return p
}

// seesCost reports whether who asks may see what the partner pays.
func seesCost(ctx context.Context) bool { return principal(ctx).May(access.Cost) }

// newGatekeeper makes one that knows the needs of all operations.
func newGatekeeper(a Access, otherwise clock.Clock, needs map[string]need, metrics *prometheus.Registry) (*gatekeeper, error) {
	if a.Clock == nil {
		a.Clock = otherwise
	}
	g := &gatekeeper{Access: a, needs: needs, attempts: newAttempts(), lookEvery: lookAgain, refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pricewire_http_refused_total", Help: "Requests that were not let in, by the kind of reason.",
	}, []string{"reason"})}
	if a.Required && a.Tokens == nil && a.Provider == nil {
		return nil, fault.New(fault.Invalid, "authentication is required, and there are neither tokens nor an identity provider to know anybody by")
	}
	return g, metrics.Register(g.refused)
}

// admit finds out who asks and whether he may, before anything else of the request is looked at.
func (s *server) admit(mux *http.ServeMux) http.Handler {
	inside := s.door(mux)
	g := s.gatekeeper
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		what := g.need(pattern)
		s.told(w, r, what, func(w http.ResponseWriter) { s.admitted(w, r, pattern, what, inside) })
	})
}

// admitted lets a request in to whoever may make it.
func (s *server) admitted(w http.ResponseWriter, r *http.Request, pattern string, what need, inside http.Handler) {
	g := s.gatekeeper
	who, err := g.identify(r)
	if what.right == access.Open {
		err = nil // whoever it is
	}
	r = r.WithContext(context.WithValue(r.Context(), principalKey{}, who))
	if op, described := s.operations[pattern]; err == nil && described && s.crowded(op, w, r) {
		return // before anything is written down of what he wants
	}
	if err == nil && pattern != "" { // what is not there needs no right
		err = who.Check(what.right)
	}
	if what.right != access.Open {
		w.Header().Add("Vary", "Authorization") // what is answered is for whoever asks, with an ETag that others' answers have too
	}
	if err != nil {
		s.refuse(w, r, what, err)
		return
	}
	if what.writes {
		s.recorded(w, r, what, inside)
		return
	}
	ctx, done := g.whileGood(r, what.right)
	defer done()
	inside.ServeHTTP(w, r.WithContext(ctx))
}

// need is what a route needs. One that nothing is known of is for those who read.
func (g *gatekeeper) need(pattern string) need {
	what, known := g.needs[pattern]
	switch {
	case known:
		return what
	case pattern == "GET /metrics" && g.OpenMetrics, openRoute(pattern):
		return need{right: access.Open}
	}
	return need{right: access.Read}
}

// identify returns who asks, nobody where he does not say.
func (g *gatekeeper) identify(r *http.Request) (access.Principal, error) {
	token, shown, err := bearer(r)
	if err != nil {
		return access.Principal{}, err
	}
	user := strings.TrimSpace(r.Header.Get(headerUser))
	if !shown {
		if g.Required {
			return access.Principal{}, nil
		}
		return access.Trusted(user), nil
	}
	from := address(r)
	now := g.Clock.Now()
	if wait := g.attempts.tooMany(from, token, now); wait > 0 {
		return access.Principal{}, &limited{wait}
	}
	who, err := g.known(r.Context(), token, now)
	if fault.Is(err, fault.Unauthenticated) {
		g.attempts.failed(from, now)
	}
	if err != nil {
		return access.Principal{}, err
	}
	g.attempts.succeeded(token, now)
	if user != "" && !access.SamePerson(user, who.Name) {
		return access.Principal{}, fault.New(fault.Forbidden, "the token is one of %s, and %s names somebody else", who.Name, headerUser).
			WithHint("leave --as and the header out: who acts is who the token is of")
	}
	return who, nil
}

// whileGood is the context of a request that ends when its token is not good any more, so that nobody follows events for ever with one that was
// revoked. Where that cannot be known at the moment it goes on.
func (g *gatekeeper) whileGood(r *http.Request, right access.Right) (context.Context, func()) {
	token, shown, err := bearer(r)
	if !shown || err != nil || right == access.Open {
		return r.Context(), func() {}
	}
	ctx, cancel := context.WithCancel(r.Context())
	var mu sync.Mutex // whoever looks at once finds the timer all the same
	var timer *time.Timer
	look := func() {
		asking, over := context.WithTimeout(ctx, lookTime)
		defer over()
		who, err := g.known(asking, token, g.Clock.Now())
		switch {
		case fault.Is(err, fault.Unauthenticated), err == nil && !who.May(right):
			cancel()
		case ctx.Err() == nil:
			mu.Lock()
			timer.Reset(g.lookEvery)
			mu.Unlock()
		}
	}
	mu.Lock()
	timer = time.AfterFunc(g.lookEvery, look)
	mu.Unlock()
	return ctx, func() {
		cancel()
		timer.Stop()
	}
}

// known returns whose token it is.
func (g *gatekeeper) known(ctx context.Context, token string, now time.Time) (access.Principal, error) {
	switch {
	case access.IsToken(token) && g.Tokens != nil:
		return g.Tokens.Identify(ctx, token, now)
	case !access.IsToken(token) && g.Provider != nil:
		return g.Provider.Identify(ctx, token, now)
	}
	return access.Principal{}, fault.New(fault.Unauthenticated, "this server does not take tokens of this kind").WithHint("%s", access.HintToken)
}

// bearer returns the token that a request shows, and whether it shows anything.
func bearer(r *http.Request) (token string, shown bool, err error) {
	all := r.Header.Values("Authorization")
	if len(all) == 0 {
		return "", false, nil
	}
	scheme, token, _ := strings.Cut(all[0], " ")
	token = strings.TrimSpace(token)
	if len(all) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,") {
		return "", true, fault.New(fault.Unauthenticated, "the header Authorization is not one token").WithHint("write it so: Authorization: Bearer TOKEN")
	}
	return token, true, nil
}

// address is whence a request comes; what is no address stays as it is.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return host
}

// network is an address, or the network of IPv6 in which one machine chooses its own.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.Masked().String()
}

// limited says that an address has shown too many tokens that are not good.
type limited struct{ wait time.Duration }

// Error says so.
func (l *limited) Error() string { return "too many tokens that are not good came from this address" }

// refuse answers a request that is not let in.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, what need, err error) {
	p := problemOf(err)
	reason := fault.KindOf(err).String()
	if l, ok := err.(*limited); ok { //nolint:errorlint // ours, as it is
		reason = "limited"
		p = newProblem(fault.Unavailable, l.Error())
		p.Status, p.Title, p.Hint = http.StatusTooManyRequests, "Too many attempts", "wait, and show a token that is good"
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(l.wait/time.Second))))
	}
	s.gatekeeper.refused.WithLabelValues(reason).Inc()
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", challenge(r))
	}
	if what.writes && fault.Is(err, fault.Forbidden) {
		s.recordRefusal(r, what, p.Status)
	}
	s.logFailure(r.Context(), p)
	answerProblem(w, p)
}

// challenge says how to show who one is, and, where something was shown, that it was not good.
func challenge(r *http.Request) string {
	if len(r.Header.Values("Authorization")) > 0 {
		return `Bearer realm="pricewire", error="invalid_token"`
	}
	return `Bearer realm="pricewire"`
}
