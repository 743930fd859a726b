package api

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pricewire/pricewire/pkg/access"
	accessmemory "github.com/pricewire/pricewire/pkg/access/memory"
	"github.com/pricewire/pricewire/pkg/fault"
)

var updateRights = flag.Bool("update-rights", false, "write testdata/rights.txt anew")

// people is an API that requires tokens, and a token for each kind of person.
type people struct {
	*bundle
	store  *accessmemory.Store
	log    *accessmemory.Log
	tokens *access.Tokens
	issuer *issuer
}

// issuer admits tokens of an identity provider that name a person and what it is: alice/reader+cost.
type issuer struct{ down bool }

func (i *issuer) Identify(_ context.Context, token string, _ time.Time) (access.Principal, error) {
	name, roles, ok := strings.Cut(token, "/")
	switch {
	case i.down:
		return access.Principal{}, fault.New(fault.Unavailable, "the identity provider does not answer")
	case !ok:
		return access.Principal{}, fault.New(fault.Unauthenticated, "the token's signature is not good").WithHint("%s", access.HintToken)
	}
	all := strings.Split(roles, "+")
	return access.Principal{Name: name, Roles: access.KnownRoles(all...), Cost: slices.Contains(all, "cost"), Via: access.ViaOIDC}, nil
}

func populate(t *testing.T) *people {
	t.Helper()
	p := &people{store: accessmemory.NewStore(), log: accessmemory.NewLog(), issuer: &issuer{}}
	p.tokens = access.NewTokens(p.store)
	p.bundle = setupWith(t, Access{Required: true, Tokens: p.tokens, Log: p.log, Provider: p.issuer})
	return p
}

// token makes a token of a person with roles, of which one may be cost.
func (p *people) token(t *testing.T, owner string, roles ...string) string {
	t.Helper()
	_, text := p.made(t, owner, today.AddDate(0, 1, 0), roles...)
	return text
}

func (p *people) made(t *testing.T, owner string, expires time.Time, roles ...string) (id, text string) {
	t.Helper()
	token, text, err := p.tokens.Create(t.Context(), access.Trusted("root"), access.Request{
		Name: "test", Owner: owner, Roles: access.KnownRoles(roles...), Cost: slices.Contains(roles, "cost"), ExpiresAt: expires,
	}, today.AddDate(0, 0, -2))
	if err != nil {
		t.Fatal(err)
	}
	return token.ID, text
}

// refused reports whether an answer says that one was not let in, and fails unless it says so whole.
func refused(t *testing.T, what string, answer reply, raw []byte) bool {
	t.Helper()
	if answer.status != http.StatusUnauthorized && answer.status != http.StatusForbidden {
		return false
	}
	kind := map[int]string{401: "problems/unauthenticated", 403: "problems/forbidden"}[answer.status]
	if answer.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(raw), kind) || !strings.Contains(string(raw), `"hint"`) {
		t.Errorf("%s: %d %v %s", what, answer.status, answer.header, raw)
	}
	if challenged := strings.HasPrefix(answer.header.Get("WWW-Authenticate"), "Bearer "); challenged != (answer.status == http.StatusUnauthorized) {
		t.Errorf("%s: %d is challenged: %t", what, answer.status, challenged)
	}
	return true
}

// TestEveryRoleMayDoWhatTheTableSaysAndNothingElse drives every operation of the description, as every kind of person, and compares who is let in
// with testdata/rights.txt, which is kept by hand.
func TestEveryRoleMayDoWhatTheTableSaysAndNothingElse(t *testing.T) {
	p := populate(t)
	wrong := wrongRequests()
	var table strings.Builder
	exceptions, tried := 0, 0
	all := operations(t, p.bundle)
	var order []string
	for where := range all {
		order = append(order, where)
	}
	slices.SortFunc(order, func(a, b string) int { return strings.Compare(all[a].OperationID, all[b].OperationID) })
	for _, where := range order {
		method, _, _ := strings.Cut(where, " ")
		request := wrong[where]
		let := func(token string) bool {
			var header []string
			if token != "" {
				header = []string{"Authorization", "Bearer " + token}
			}
			answer, raw := p.raw(t, method, request[0], request[1], header...)
			tried++
			if answer.status >= 500 {
				t.Errorf("%s: %d %s", where, answer.status, raw)
			}
			return !refused(t, where, answer, raw)
		}
		open := let("")
		row := []string{all[where].OperationID}
		if open {
			row = append(row, "everybody")
		}
		for _, role := range access.AllRoles().Strings() {
			plain := let(p.token(t, "alice", role))
			for _, other := range []string{p.token(t, "alice", role, "cost"), "alice/" + role, "alice/" + role + "+cost+unknown-group"} {
				if let(other) != plain {
					t.Errorf("%s: %s is let in with %s: %t, without: %t", where, role, other[:8], !plain, plain)
					exceptions++
				}
			}
			if plain && !open {
				row = append(row, role)
			}
		}
		for what, token := range p.nobodies(t) {
			if let(token) != open {
				t.Errorf("%s: %s is let in", where, what)
				exceptions++
			}
		}
		fmt.Fprintln(&table, strings.Join(row, " "))
	}
	t.Logf("%d requests to %d operations, %d exceptions", tried, len(order), exceptions)
	const file = "testdata/rights.txt"
	if *updateRights {
		if err := os.WriteFile(file, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if table.String() != string(want) {
		t.Errorf("who is let in is not what %s says; see that it is right, and then: go test -run TestEveryRole -update-rights\n%s", file, table.String())
	}
}

// nobodies are tokens with which nobody is known, or somebody without any role.
func (p *people) nobodies(t *testing.T) map[string]string {
	t.Helper()
	p.server.gatekeeper.attempts = newAttempts() // each is tried by itself
	_, expired := p.made(t, "alice", today.AddDate(0, 0, -1), access.AllRoles().Strings()...)
	id, revoked := p.made(t, "alice", today.AddDate(0, 0, 1), access.AllRoles().Strings()...)
	if _, err := p.tokens.Revoke(t.Context(), access.Trusted("root"), id, today); err != nil {
		t.Fatal(err)
	}
	good := p.token(t, "alice", access.AllRoles().Strings()...)
	forged := good[:len(good)-4] + "aaaa"
	return map[string]string{
		"an expired token": expired, "a revoked token": revoked, "another secret": forged, "half a token": good[:30], "no token of ours": "pw_x", "a wrong signature": "not-signed",
		"someone of the provider without roles": "alice/unknown-group", "someone with cost alone": "alice/cost",
	}
}

func TestAnOperationThatNeedsNoRightKeepsTheServerFromStarting(t *testing.T) {
	mux := http.NewServeMux()
	api := humago.New(mux, openAPI())
	setup(t).server.register(api)
	if _, err := needsOf(api); err != nil {
		t.Fatal(err)
	}
	huma.Register(api, huma.Operation{OperationID: "forgotten", Method: http.MethodGet, Path: "/v1/forgotten"},
		func(context.Context, *struct{}) (*struct{}, error) { return &struct{}{}, nil })
	if _, err := needsOf(api); err == nil || !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoOperationNeedsTheRightToReadUnlessItTellsNothing(t *testing.T) {
	p := populate(t)
	reader := p.token(t, "alice", "reader")
	for path, open := range map[string]bool{"/": true, "/livez": true, "/readyz": true, "/version": true, "/openapi.json": true, "/metrics": false} {
		answer, raw := p.raw(t, "GET", path, "")
		if refused(t, path, answer, raw) == open {
			t.Errorf("%s: %d", path, answer.status)
		}
		if answer, raw := p.raw(t, "GET", path, "", "Authorization", "Bearer "+reader); refused(t, path, answer, raw) {
			t.Errorf("%s for a reader: %d", path, answer.status)
		}
	}
	if status, draft := p.ask(t, "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", "2026-12-01"), november("US"), "Authorization", "Bearer alice/editor"); status != http.StatusCreated {
		t.Fatalf("%d %v", status, draft)
	}
	if _, raw := p.raw(t, "GET", "/", ""); strings.Contains(string(raw), "license-us-2026-12") {
		t.Errorf("the page tells nobody of releases: %s", raw)
	}
	if _, raw := p.raw(t, "GET", "/status.html", "", "Authorization", "Bearer "+reader); !strings.Contains(string(raw), "license-us-2026-12") {
		t.Errorf("the plain page tells a reader nothing: %s", raw)
	}
	p.server.gatekeeper.OpenMetrics = true
	if answer, _ := p.raw(t, "GET", "/metrics", ""); answer.status != http.StatusOK {
		t.Errorf("open metrics: %d", answer.status)
	}
	if answer, _ := p.raw(t, "GET", "/v1/nothing", ""); answer.status != http.StatusNotFound {
		t.Errorf("nothing: %d", answer.status)
	}
}

func TestFourEyesHoldAcrossTokensAndTheIdentityProvider(t *testing.T) {
	p := populate(t)
	send := func(token, method, path, body string, header ...string) (int, map[string]any) {
		return p.ask(t, method, path, body, append(header, "Authorization", "Bearer "+token)...)
	}
	alice := p.token(t, "alice", "editor", "approver", "cost")
	status, draft := send(alice, "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", "2026-11-01"), november("US"))
	if status != http.StatusCreated || draft["created_by"] != "alice" {
		t.Fatalf("%d %v", status, draft)
	}
	path := "/v1/releases/" + draft["id"].(string)
	if status, answer := send("Alice/editor+cost", "POST", path+"/submit", `{"acknowledge":"`+warnedOf(draft)+`"}`); status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	approval := `{"short_notice":"a trial"}`
	for _, same := range []string{alice, "ALICE/approver", p.token(t, "aLiCe", "approver")} {
		if status, answer := send(same, "POST", path+"/approve", approval); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", same, status, answer)
		}
	}
	if status, answer := send(alice, "POST", path+"/approve", approval, headerUser, "bob"); status != http.StatusForbidden {
		t.Errorf("alice says that she is bob: %d %v", status, answer)
	}
	if status, answer := send("bob/editor", "POST", path+"/approve", approval); status != http.StatusForbidden {
		t.Errorf("an editor approves: %d %v", status, answer)
	}
	if status, answer := send("bob/approver", "POST", path+"/approve", approval, headerUser, "Bob"); status != http.StatusOK || answer["approved_by"] != "bob" {
		t.Errorf("%d %v", status, answer)
	}
}

func TestAnEditorWithdrawsDraftsAndAnApproverWhatIsPublic(t *testing.T) {
	p := populate(t)
	as := func(token, method, path, body string) (int, map[string]any) {
		return p.ask(t, method, path, body, "Authorization", "Bearer "+token)
	}
	create := func(month string) map[string]any {
		status, draft := as("alice/editor+cost", "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", month+"-01"), november("US"))
		if status != http.StatusCreated {
			t.Fatalf("%d %v", status, draft)
		}
		return draft
	}
	draft := create("2026-11")
	path := "/v1/releases/" + draft["id"].(string)
	if status, answer := as("bob/approver", "POST", path+"/withdraw?reason=x", ""); status != http.StatusForbidden {
		t.Errorf("an approver withdraws a draft: %d %v", status, answer)
	}
	as("alice/editor", "POST", path+"/submit", `{"acknowledge":"`+warnedOf(draft)+`"}`)
	if status, answer := as("bob/approver", "POST", path+"/approve", `{"short_notice":"x"}`); status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	if status, answer := as("carol/editor", "POST", path+"/withdraw?reason=x", ""); status != http.StatusForbidden {
		t.Errorf("an editor withdraws what is public: %d %v", status, answer)
	}
	if status, answer := as("carol/approver", "POST", path+"/withdraw?reason=x", ""); status != http.StatusOK {
		t.Errorf("%d %v", status, answer)
	}
	path = "/v1/releases/" + create("2026-12")["id"].(string)
	if status, answer := as("carol/editor", "POST", path+"/withdraw?reason=x", ""); status != http.StatusOK {
		t.Errorf("an editor withdraws a draft: %d %v", status, answer)
	}
}

func TestAnIdentityProviderThatIsDownIsUnavailableAndTokensGoOn(t *testing.T) {
	p := populate(t)
	p.issuer.down = true
	if status, answer := p.ask(t, "GET", "/v1/status", "", "Authorization", "Bearer alice/reader"); status != http.StatusServiceUnavailable {
		t.Errorf("%d %v", status, answer)
	}
	if status, _ := p.ask(t, "GET", "/v1/status", "", "Authorization", "Bearer "+p.token(t, "alice", "reader")); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}

func TestWhoShowsWrongTokensWaitsAndWhoseIsGoodDoesNot(t *testing.T) {
	p := populate(t)
	good := p.token(t, "alice", "reader")
	with := func(token string) (reply, []byte) {
		return p.raw(t, "GET", "/v1/whoami", "", "Authorization", "Bearer "+token)
	}
	if answer, _ := with(good); answer.status != http.StatusOK {
		t.Fatal(answer.status)
	}
	for n := range attemptsAtOnce {
		if answer, raw := with(fmt.Sprintf("wrong%d", n)); answer.status != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d %s", n, answer.status, raw)
		}
	}
	answer, raw := with("wrong")
	if answer.status != http.StatusTooManyRequests || answer.header.Get("Retry-After") != "3" || answer.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", answer.status, answer.header, raw)
	}
	if answer, _ := with(good); answer.status != http.StatusOK {
		t.Errorf("a good token from the same address: %d", answer.status)
	}
	if answer, _ := p.raw(t, "GET", "/livez", ""); answer.status != http.StatusOK {
		t.Errorf("what is open: %d", answer.status)
	}
	if wait := p.server.gatekeeper.attempts.tooMany("127.0.0.1", "wrong", today.Add(attemptEvery)); wait != 0 {
		t.Errorf("it still waits %s later", wait)
	}
}

func TestWhereEverybodyIsBelievedATokenStillSaysWhoItIs(t *testing.T) {
	tokens := access.NewTokens(accessmemory.NewStore())
	b := setupWith(t, Access{Tokens: tokens})
	_, text, err := tokens.Create(t.Context(), access.Trusted("root"), access.Request{Name: "x", Owner: "alice", Roles: access.Roles{access.Reader}, ExpiresAt: today.AddDate(0, 1, 0)}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, who := b.ask(t, "GET", "/v1/whoami", "", headerUser, "carol"); who["name"] != "carol" || who["cost"] != true || who["via"] != "trust" {
		t.Errorf("%v", who)
	}
	if _, who := b.ask(t, "GET", "/v1/whoami", "", "Authorization", "bearer "+text); who["name"] != "alice" || who["cost"] != false || who["via"] != "token" {
		t.Errorf("%v", who)
	}
	for _, wrong := range []string{"Bearer x", "Basic x", "Bearer", "Bearer " + text + " x", "Bearer " + text + "," + text} {
		if status, _ := b.ask(t, "GET", "/v1/whoami", "", "Authorization", wrong); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", wrong[:min(len(wrong), 12)], status)
		}
	}
}

func TestAServerThatKnowsNobodyRefusesToStart(t *testing.T) {
	if _, err := newGatekeeper(Access{Required: true}, still{at: today}, nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestEventsEndForWhoIsNotLetInAnyMore(t *testing.T) {
	p := populate(t)
	p.server.gatekeeper.lookEvery = time.Millisecond
	id, text := p.made(t, "alice", today.AddDate(0, 1, 0), "reader")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+text)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body := bufio.NewReader(response.Body)
	var begins []string // the lines of its first block: when to come back, where it is, and that it follows
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			t.Fatalf("%q, %v", begins, err)
		}
		if line == "\n" {
			break
		}
		begins = append(begins, line)
	}
	if len(begins) != 3 || begins[0] != "retry: 2000\n" || !strings.HasPrefix(begins[1], "id: PRICES@") || begins[2] != ": follow\n" {
		t.Fatalf("it begins with %q", begins)
	}
	if _, err := p.tokens.Revoke(t.Context(), access.Trusted("root"), id, today); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(body); err != nil { // returns once the stream has ended
		t.Error(err)
	}
}
