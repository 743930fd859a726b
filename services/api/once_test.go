package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/idempotency"
	idempotencymemory "github.com/pricewire/pricewire/pkg/idempotency/memory"
)

// keyed sends a write under a key.
func (b *bundle) keyed(t *testing.T, key, path, body, who string) (reply, []byte) {
	t.Helper()
	return b.raw(t, "POST", path, body, "X-Pricewire-User", who, headerIdempotency, key)
}

func TestAWriteThatIsSentAgainIsAnsweredAgainAndNotDoneAgain(t *testing.T) {
	b := setup(t)
	create := "/v1/releases?" + query("market", "US", "effective", "2027-01-01")
	first, made := b.keyed(t, "create", create, december("US"), "alice")
	if first.status != http.StatusCreated || first.header.Get(headerReplayed) != "" {
		t.Fatalf("%d %s", first.status, made)
	}
	for range 2 {
		again, raw := b.keyed(t, "create", create, december("US"), "alice")
		if again.status != http.StatusCreated || again.header.Get(headerReplayed) != "true" || string(raw) != string(made) || again.header.Get("ETag") != first.header.Get("ETag") ||
			again.header.Get("Content-Type") != first.header.Get("Content-Type") {
			t.Errorf("%d %v %s", again.status, again.header, raw)
		}
	}
	if all := items(t, b.good(t, "GET", "/v1/releases", "", "")); len(all) != 1 {
		t.Errorf("%d releases", len(all))
	}
	for what, other := range map[string][3]string{
		"another body": {create, december("US") + "\n", "alice"}, "another query": {create + "&kind=delta", december("US"), "alice"}, "another path": {"/v1/sets/x?effective=2027-01-01", december("US"), "alice"},
	} {
		response, raw := b.keyed(t, "create", other[0], other[1], other[2])
		if response.status != http.StatusUnprocessableEntity || !strings.Contains(string(raw), "was used for another request") {
			t.Errorf("%s: %d %s", what, response.status, raw)
		}
	}
	if response, raw := b.keyed(t, "create", create, december("US"), "bob"); response.status != http.StatusConflict || strings.Contains(string(raw), headerIdempotency) {
		t.Errorf("a key of one person is not that of another: %d %s", response.status, raw)
	}
}

func TestWhatFailedFreesItsKey(t *testing.T) {
	b := setup(t)
	if response, _ := b.keyed(t, "k", "/v1/releases?effective=2027-01-01", "nonsense", "alice"); response.status != http.StatusBadRequest {
		t.Fatalf("%d", response.status)
	}
	if response, raw := b.keyed(t, "k", "/v1/releases?effective=2027-01-01", december("US"), "alice"); response.status != http.StatusCreated {
		t.Errorf("%d %s", response.status, raw)
	}
}

func TestAKeyIsAShortText(t *testing.T) {
	b := setup(t)
	for _, key := range []string{"", strings.Repeat("k", 256), "ä"} {
		if response, raw := b.keyed(t, key, "/v1/releases/x/submit", "{}", "alice"); response.status != http.StatusBadRequest || !strings.Contains(string(raw), "header.Idempotency-Key") {
			t.Errorf("%q: %d %s", key, response.status, raw)
		}
	}
	if response, raw := b.raw(t, "POST", "/v1/releases:lint", december("US"), headerIdempotency, ""); response.status != http.StatusOK {
		t.Errorf("what only reads has no use for a key: %d %s", response.status, raw)
	}
}

// holding is a watcher that holds an observation until it is told to go on.
func (b *bundle) holding() (begun chan struct{}, goOn func(), times *atomic.Int32) {
	begun, held := make(chan struct{}), make(chan struct{})
	times = &atomic.Int32{}
	b.watcher.observe = func(ObserveInput) error {
		if times.Add(1) == 1 {
			close(begun)
		}
		<-held
		return nil
	}
	return begun, sync.OnceFunc(func() { close(held) }), times
}

const observing = "/v1/observations?name=2026-01-15.json&wait=false"

func TestAWriteThatStillRunsIsNotBegunAgain(t *testing.T) {
	b := setup(t)
	begun, goOn, times := b.holding()
	defer goOn()
	answered := make(chan int, 1)
	go func() {
		response, _ := b.keyed(t, "k", observing, "[]", "alice")
		answered <- response.status
	}()
	<-begun
	response, raw := b.keyed(t, "k", observing, "[]", "alice")
	if response.status != http.StatusConflict || response.header.Get("Retry-After") != "1" || !strings.Contains(string(raw), "still runs") {
		t.Errorf("%d %v %s", response.status, response.header, raw)
	}
	goOn()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if response, _ := b.keyed(t, "k", observing, "[]", "alice"); response.status != http.StatusOK || times.Load() != 1 {
		t.Errorf("%d, done %d times", response.status, times.Load())
	}
}

func TestAWriteGoesOnWhenItsClientHasGoneAndIsAnsweredWhenItComesBack(t *testing.T) {
	b := setup(t)
	begun, goOn, times := b.holding()
	defer goOn()
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+observing, strings.NewReader("[]"))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set(headerIdempotency, "k")
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-begun
	leave()
	<-gone
	goOn()
	for { // until the first is recorded
		response, raw := b.keyed(t, "k", observing, "[]", "")
		if response.status == http.StatusConflict {
			continue
		}
		if response.status != http.StatusOK || response.header.Get(headerReplayed) != "true" || times.Load() != 1 {
			t.Errorf("%d %s, done %d times", response.status, raw, times.Load())
		}
		return
	}
}

// crashed leaves the claim of a request as a process does that ends between doing it and recording its answer.
func (b *bundle) crashed(t *testing.T, key, method, path, body, who string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := newSumming(request.Body, nil)
	buffer := make([]byte, 1<<20)
	for {
		if _, err := sum.Read(buffer); err != nil {
			break
		}
	}
	if _, mine, err := b.requests.Begin(t.Context(), idempotency.Claim{Key: idempotency.KeyOf(who, key), Request: headOf(request), Body: sum.sum(), Owner: "gone", Began: today}); err != nil || !mine {
		t.Fatal(mine, err)
	}
}

func TestWhatACrashLeftDoneIsFoundAndWhatItLeftUndoneIsDone(t *testing.T) {
	b := setup(t)
	create := "/v1/releases?" + query("market", "US", "effective", "2026-12-01")
	b.crashed(t, "undone", "POST", create, december("US"), "alice")
	response, raw := b.keyed(t, "undone", create, december("US"), "alice")
	if response.status != http.StatusCreated {
		t.Fatalf("%d %s", response.status, raw)
	}
	var draft map[string]any
	if err := json.Unmarshal(raw, &draft); err != nil {
		t.Fatal(err)
	}
	b.crashed(t, "done", "POST", create, december("US"), "alice")
	if response, again := b.keyed(t, "done", create, december("US"), "alice"); response.status != http.StatusCreated || string(again) != string(raw) {
		t.Errorf("%d %s", response.status, again)
	}
	path := "/v1/releases/" + draft["id"].(string)
	for _, act := range [][3]string{{"submit", `{"acknowledge":"` + warnedOf(draft) + `"}`, "alice"}, {"approve", `{"short_notice":"a trial"}`, "bob"}, {"withdraw?reason=wrong", "", "carol"}} {
		b.good(t, "POST", path+"/"+act[0], act[1], act[2])
		b.crashed(t, act[0], "POST", path+"/"+act[0], act[1], act[2])
		if response, raw := b.keyed(t, act[0], path+"/"+act[0], act[1]+" ", act[2]); response.status != http.StatusUnprocessableEntity {
			t.Errorf("%s with another body: %d %s", act[0], response.status, raw)
		}
		response, raw := b.keyed(t, act[0], path+"/"+act[0], act[1], act[2])
		if response.status != http.StatusOK || response.header.Get("ETag") == "" || !strings.Contains(string(raw), draft["id"].(string)) {
			t.Errorf("%s: %d %s", act[0], response.status, raw)
		}
		if response, _ := b.keyed(t, act[0], path+"/"+act[0], act[1], act[2]); response.header.Get(headerReplayed) != "true" {
			t.Errorf("%s is not remembered", act[0])
		}
	}
	log := items(t, b.good(t, "GET", path+"/log", "", ""))
	done := map[string]int{}
	for _, entry := range log {
		done[entry["what"].(string)]++
	}
	for what, n := range done {
		if n != 1 {
			t.Errorf("%s %d times", what, n)
		}
	}
}

func TestAClaimIsKeptAliveWhileItsOperationRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var store idempotencymemory.Store
		s := &server{deps: Deps{Requests: &store, Clock: still{at: today}}, log: zap.NewNop()}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/v1/crawls", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(headerIdempotency, "k")
		key := idempotency.KeyOf(whose(request.Context()), "k") // nobody is known here, who sees no cost
		long := 3 * idempotency.Lease
		s.once(operation{id: "run-crawl"}, &silent{header: http.Header{}}, request, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(long)
			there, mine, err := store.Begin(t.Context(), idempotency.Claim{Key: key, Request: headOf(request)})
			if state := there.StateOf(headOf(request), time.Now()); mine || err != nil || state != idempotency.Running {
				t.Errorf("after %s: %v %v, state %d", long, mine, err, state)
			}
			w.WriteHeader(http.StatusOK)
		}))
		there, mine, err := store.Begin(t.Context(), idempotency.Claim{Key: key})
		if err != nil || mine || !there.Done {
			t.Errorf("%t %v %+v", mine, err, there)
		}
	})
}

// silent is a client that hears nothing.
type silent struct{ header http.Header }

func (s *silent) Header() http.Header       { return s.header }
func (*silent) Write(b []byte) (int, error) { return len(b), nil }
func (*silent) WriteHeader(int)             {}

// TestWhatIsToldOnceIsKeptNowhere finds the answers that hold a secret by what the description says of it.
func TestWhatIsToldOnceIsKeptNowhere(t *testing.T) {
	b := setup(t)
	_, raw := b.raw(t, "GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
				Headers map[string]any
			}
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Description string }
			}
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	found := 0
	for path, methods := range document.Paths {
		for method, op := range methods {
			for status, answer := range op.Responses {
				for _, content := range answer.Content {
					for name, property := range document.Components.Schemas[content.Schema.Ref[strings.LastIndexByte(content.Schema.Ref, '/')+1:]].Properties {
						if !strings.Contains(property.Description, "told this once") {
							continue
						}
						found++
						where := strings.ToUpper(method) + " " + path
						if answer.Headers["Cache-Control"] == nil || !b.server.operations[where].secret {
							t.Errorf("%s: the %s of its answer %s may be kept", where, name, status)
						}
					}
				}
			}
		}
	}
	if found != 4 {
		t.Errorf("%d answers hold a secret", found)
	}
}

func TestASecretOfAWebhookIsNotToldAgain(t *testing.T) {
	b := setup(t)
	for _, write := range [][2]string{{"/v1/webhooks", aHook}, {"/v1/webhooks/billing/rotate", "{}"}} {
		ask := func() (reply, []byte) {
			return b.raw(t, "POST", write[0], write[1], "X-Pricewire-User", "alice", headerIdempotency, "k "+write[0])
		}
		first, raw := ask()
		if first.status >= 300 || first.header.Get("Cache-Control") != "no-store" || !strings.Contains(string(raw), "whsec_") {
			t.Fatalf("%s: %v %s", write[0], first, raw)
		}
		if again, raw := ask(); again.status != 409 || strings.Contains(string(raw), "whsec_") {
			t.Errorf("%s: %d %s", write[0], again.status, raw)
		}
	}
}

func TestAnAnswerThatCannotBeKeptIsNotDoneAgainEither(t *testing.T) {
	for what, c := range map[string]struct {
		op    operation
		bytes int
	}{"a secret": {operation{id: "x", secret: true}, 10}, "too large for the store": {operation{id: "x"}, idempotency.MaxRecord}, "too large to be held": {operation{id: "x"}, largestAnswer + 10}} {
		var store idempotencymemory.Store
		s := &server{deps: Deps{Requests: &store, Clock: still{at: today}}, log: zap.NewNop()}
		times := 0
		send := func() *keptAnswer {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/v1/x", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set(headerIdempotency, "k")
			out := &keptAnswer{to: &silent{header: http.Header{}}, header: http.Header{}}
			s.once(c.op, out, request, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				times++
				_, _ = w.Write(make([]byte, c.bytes/2))
				_, _ = w.Write(make([]byte, c.bytes/2))
			}))
			return out
		}
		if first, again := send(), send(); first.status != http.StatusOK || again.status != http.StatusConflict || times != 1 || !strings.Contains(again.body.String(), "it was done") {
			t.Errorf("%s: %d, then %d, done %d times: %.200s", what, first.status, again.status, times, again.body.String())
		}
	}
}
