package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access"
	accessmemory "github.com/pricewire/pricewire/pkg/access/memory"
	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	idempotencymemory "github.com/pricewire/pricewire/pkg/idempotency/memory"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	releasememory "github.com/pricewire/pricewire/pkg/release/memory"
	"github.com/pricewire/pricewire/pkg/service"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	watchlistmemory "github.com/pricewire/pricewire/pkg/watchlist/memory"
	webhookmemory "github.com/pricewire/pricewire/pkg/webhook/memory"
)

// still is a clock that stands.
type still struct {
	clock.Clock
	at time.Time
}

func (s still) Now() time.Time { return s.at }

// noSource is a watcher without anything to watch.
type noSource struct {
	watching Watching
	lost     error // what Watching fails with
	observe  func(ObserveInput) error
}

func (*noSource) Crawl(context.Context, CrawlInput) (Observed, error) {
	return Observed{}, fault.New(fault.Unavailable, "source is gone")
}

func (n *noSource) Observe(_ context.Context, in ObserveInput) (Observed, error) {
	if n.observe != nil {
		return Observed{}, n.observe(in)
	}
	length, err := io.Copy(io.Discard, in.Body)
	return Observed{Record: rate.Record{ID: "x", Scope: in.Scope, Currency: in.Currency, At: in.At, Rows: int(length)}}, err
}

func (*noSource) Accept(context.Context, string) (Observed, error) {
	return Observed{}, fault.New(fault.Conflict, "a later observation exists")
}

// Watching says what the test wants.
func (n *noSource) Watching(context.Context) (Watching, error) { return n.watching, n.lost }

type bundle struct {
	url      string
	server   *Server
	streams  *streammemory.Adapter
	history  *historymemory.Store
	releases *releasememory.Store
	lists    *release.Lists
	watcher  *noSource
	keeper   diary
	requests *idempotencymemory.Store
	webhooks *webhookmemory.Store
}

// today is when the tests are.
var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// setup runs an API on memory, with a press that publishes what is due.
func setup(t *testing.T) *bundle {
	t.Helper()
	return setupWith(t, Access{Tokens: access.NewTokens(accessmemory.NewStore()), Log: accessmemory.NewLog()})
}

// setupWith is setup with who is known.
func setupWith(t *testing.T, known Access) *bundle {
	t.Helper()
	lists, err := release.NewLists(releasememory.NewContent(), release.Codec{
		Encode: sheet.Encode, Decode: sheet.Decode, EncodeItems: sheet.EncodeItems, DecodeItems: sheet.DecodeItems,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{streams: streammemory.New(func() time.Time { return today }), history: &historymemory.Store{}, releases: releasememory.NewStore(), lists: lists, watcher: &noSource{}, requests: &idempotencymemory.Store{}, webhooks: webhookmemory.NewStore()}
	desk, err := release.NewDesk(release.DeskConfig{Policies: release.Policies{
		release.License: {Notice: effective.Days(30), Monthly: true}, release.Offers: {Monthly: true, Check: offer.Validate},
		release.Services: {Monthly: true, Check: service.Validate}, release.Documents: {Check: document.Validate},
	}, BatchLimit: stream.BatchLimit, MovePercent: 25}, b.releases, lists)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.streams.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	b.server, err = New(Config{Version: "test", Source: "none"}, Deps{
		Desk: desk, Files: lists, History: b.history, Streams: b.streams, Watcher: b.watcher, Keeper: &b.keeper, Requests: b.requests, Watchlists: watchlistmemory.NewStore(), Webhooks: b.webhooks, Subscribers: &subscribersOfTests{}, Clock: still{at: today}, Metrics: prometheus.NewRegistry(), Log: zap.NewNop(),
		Access: known,
	})
	if err != nil {
		t.Fatal(err)
	}
	press := &press{t, today, b.releases, lists, b.streams, b.history}
	changed, err := b.releases.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var working sync.WaitGroup
	working.Go(func() { press.run(t.Context(), changed) })
	t.Cleanup(working.Wait)
	listener := httptest.NewServer(b.server)
	t.Cleanup(listener.Close)
	t.Cleanup(b.server.stop)
	b.url = listener.URL
	return b
}

// ask sends a request and returns status and body.
func (b *bundle) ask(t *testing.T, method, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	response, raw := b.raw(t, method, path, body, header...)
	var answer map[string]any
	_ = json.Unmarshal(raw, &answer)
	if response.status >= 400 && answer != nil && response.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: a problem of type %s", method, path, response.header.Get("Content-Type"))
	}
	return response.status, answer
}

// reply is the head of an answer.
type reply struct {
	status int
	header http.Header
}

// raw sends a request and returns the answer as it is.
func (b *bundle) raw(t *testing.T, method, path, body string, header ...string) (reply, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
			continue
		}
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header}, raw
}

func TestQuestionsWithoutAnAnswerAreProblemsThatSayWhatIsKnown(t *testing.T) {
	b := setup(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		kind, says         string
	}{
		{"GET", "/v1/rates?meter_id=m&sku_id=s&type=Consumption&reservation_term=&tier=0", "", 404, "not-found", ""},
		{"GET", "/v1/rates/history?meter_id=m&sku_id=s", "", 404, "not-found", ""},
		{"GET", "/v1/rates/history?meter_id=m", "", 400, "invalid", "query.sku_id"},
		{"GET", "/v1/rates?at=yesterday&tier=x&currency=QQQ&limit=0", "", 400, "invalid", "query.at query.tier query.currency query.limit"},
		{"GET", "/v1/prices", "", 400, "invalid", "query.market"},
		{"GET", "/v1/prices?market=US&product=p&sku=1&term=P1M&billing=Monthly", "", 404, "not-found", "no release was in force"},
		{"GET", "/v1/releases/license-us-2026-12-r1", "", 404, "not-found", ""},
		{"GET", "/v1/crawls/none", "", 404, "not-found", "pricewire crawl list"},
		{"POST", "/v1/crawls", "{}", 503, "unavailable", ""},
		{"POST", "/v1/crawls/x/accept", "", 409, "conflict", ""},
		{"POST", "/v1/observations?name=history.json", "[]", 400, "invalid", "query.observed_at"},
		{"POST", "/v1/releases?market=US&effective=2026-12-01", "", 400, "invalid", ""},
		{"POST", "/v1/releases?market=US&effective=2026-12-01", "a,b\n1,2\n", 400, "invalid", "ProductId"},
		{"GET", "/v1/events?subject=pw..x", "", 400, "invalid", "query.subject"},
		{"GET", "/v1/events?from=noon", "", 400, "invalid", "query.from"},
		{"GET", "/v1/events?from=7", "", 400, "invalid", "query.from"},
		{"GET", "/v1/events?from=7&subject=pw.rate.*.x.%3E", "", 400, "invalid", "query.from"},
		{"GET", "/v1/nothing", "", 404, "not-found", "/v1/nothing"},
		{"DELETE", "/v1/rates", "", 405, "invalid", "GET"},
	} {
		status, answer := b.ask(t, c.method, c.path, c.body, "X-Pricewire-User", "alice")
		if status != c.status {
			t.Errorf("%s %s: %d, want %d: %v", c.method, c.path, status, c.status, answer)
			continue
		}
		if kind, _ := answer["type"].(string); c.kind != "" && !strings.HasSuffix(kind, "/"+c.kind) {
			t.Errorf("%s %s: type %q", c.method, c.path, kind)
		}
		for _, word := range strings.Fields(c.says) {
			if !strings.Contains(fmt.Sprint(answer), word) {
				t.Errorf("%s %s does not say %s: %v", c.method, c.path, word, answer)
			}
		}
	}
}

func TestListsAreNeverNullAndSayThatTheyEnd(t *testing.T) {
	b := setup(t)
	for _, path := range []string{
		"/v1/rates", "/v1/prices?market=US", "/v1/releases", "/v1/crawls", "/v1/crawls/running", "/v1/quarantine", "/v1/rejects", "/v1/calendar",
		"/v1/prices/diff?market=US&from=2026-11-01&to=2026-12-01", "/v1/rates/diff?from=2026-11-01&to=2026-12-01", "/v1/rates/movers?from=2026-11-01&to=2026-12-01",
		"/v1/rates/restatements?from=2026-01-01", "/v1/prices/restatements?market=US&from=2026-01-01", "/v1/prices/movers?market=US&from=2026-11-01&to=2026-12-01",
		"/v1/offers", "/v1/services?market=ww", "/v1/documents", "/v1/orderable?market=US",
	} {
		status, answer := b.ask(t, "GET", path, "")
		items, isList := answer["items"].([]any)
		if next, has := answer["next"]; status != 200 || !isList || len(items) != 0 || !has || next != nil {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
}

func TestEverybodyIsBelievedUnderALoopbackNameOnly(t *testing.T) {
	b := setup(t)
	for host, want := range map[string]int{"localhost:8080": 200, "127.0.0.1": 200, "[::1]:80": 200, "attacker.example": 421, "10.0.0.1:8080": 421} {
		if status, _ := b.ask(t, "GET", "/v1/releases", "", "Host", host); status != want {
			t.Errorf("host %s: %d, want %d", host, status, want)
		}
	}
}

// TestAPageOfAnotherOriginCannotMakeABrowserAct sends what a page can have a browser send without asking first: no header of ours, and a body of no type
// or of one that forms have.
func TestAPageOfAnotherOriginCannotMakeABrowserAct(t *testing.T) {
	b := setup(t)
	foreign := [][]string{
		{"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"},
		{"Origin", "https://attacker.example"},
		{"Origin", "null", "Sec-Fetch-Site", "cross-site"},
		{"Origin", "null"},
		{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"},
		{"Origin", "http://localhost:3000"},
		{"Sec-Fetch-Site", "cross-site"},
	}
	for _, write := range [][2]string{
		{"/v1/observations?name=2026-01-15.json", "[]"},
		{"/v1/crawls", `{"source":"http://attacker.example"}`},
		{"/v1/crawls/x/accept", ""},
		{"/v1/audits", `{"repair":true}`},
		{"/v1/rebuilds", "{}"},
		{"/v1/subscribers/billing/revoke", ""},
		{"/v1/subscribers", `{"name":"attacker","cost":true}`},
		{"/v1/releases?market=US&effective=2026-12-01", "x"},
		{"/v1/rates:lookup", `{"items":[]}`},
	} {
		for _, header := range foreign {
			if status, answer := b.ask(t, "POST", write[0], write[1], header...); status != 403 || answer["hint"] == "" {
				t.Errorf("POST %s with %v: %d %v", write[0], header, status, answer)
			}
		}
		for _, header := range [][]string{nil, {"Origin", b.url, "Sec-Fetch-Site", "same-origin"}, {"Origin", b.url}, {"Sec-Fetch-Site", "none"}} {
			if status, answer := b.ask(t, "POST", write[0], write[1], header...); status == 403 {
				t.Errorf("POST %s with %v: %d %v", write[0], header, status, answer)
			}
		}
	}
	for _, header := range foreign { // a link may lead here from anywhere
		if status, _ := b.ask(t, "GET", "/v1/status", "", header...); status != 200 {
			t.Errorf("GET with %v: %d", header, status)
		}
	}
}

func TestReadinessIsSaid(t *testing.T) {
	b := setup(t)
	if status, _ := b.ask(t, "GET", "/readyz", ""); status != 503 {
		t.Errorf("before: %d", status)
	}
	b.server.Ready(true)
	for _, path := range []string{"/readyz", "/livez", "/metrics", "/version", "/openapi.json", "/", "/v1/status"} {
		if status, _ := b.ask(t, "GET", path, ""); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// publish stores the event of a release taking effect for each "market day" of November 2026.
func (b *bundle) publish(t *testing.T, what ...string) {
	t.Helper()
	for _, w := range what {
		var market string
		var day int
		if _, err := fmt.Sscan(w, &market, &day); err != nil {
			t.Fatal(err)
		}
		slot := release.Slot{List: release.License, Market: market, Month: effective.Month{Year: 2026, Month: 11}}
		m, err := event.EffectiveMessage(release.Release{ID: release.FormatID(slot, 1), Slot: slot, Revision: 1, EffectiveAt: time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)}, "")
		if err != nil {
			t.Fatal(err)
		}
		b.store(t, m)
	}
}

func (b *bundle) store(t *testing.T, m stream.Message) {
	t.Helper()
	if _, err := b.streams.Publish(t.Context(), stream.Prices, []stream.Message{m}, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// follow reads n events and returns their sequences and the last id.
func (b *bundle) follow(t *testing.T, query, lastID string, n int) ([]string, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/v1/events?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var got []string
	lines := bufio.NewScanner(response.Body)
	for len(got) < n && lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			lastID = id
		}
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			var e struct{ ID, Stream, Sequence string }
			if err := json.Unmarshal(data, &e); err != nil || e.Stream != stream.Prices {
				t.Fatalf("%s: %v", data, err)
			}
			got = append(got, e.Sequence)
		}
	}
	return got, lastID
}

func TestEventsAreFollowedFilteredAndResumed(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1", "GB 2", "FR 3", "US 4", "DE 5")
	for _, c := range []struct {
		query string
		n     int
		want  string
	}{
		{"from=start", 5, "[1 2 3 4 5]"},
		{"from=3&subject=pw.release.%3E", 3, "[3 4 5]"},
		{"from=start&subject=pw.release.license.us.%3E", 2, "[1 4]"},
		{"from=start&subject=pw.*.license.us.%3E", 2, "[1 4]"},
		{"last_per_subject=true", 4, "[2 3 4 5]"},
		{"last_per_subject=true&subject=pw.release.license.us.2026-11.r1.effective", 1, "[4]"},
		{"from=2026-11-05", 1, "[5]"},
	} {
		if got, _ := b.follow(t, c.query, "", c.n); fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", c.query, got, c.want)
		}
	}
	_, position := b.follow(t, "from=start", "", 2)
	if got, _ := b.follow(t, "from=start", position, 3); fmt.Sprint(got) != "[3 4 5]" {
		t.Errorf("resumed behind %s: %v", position, got)
	}
}

func TestWhatIsNoEventIsLeftOut(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1")
	for _, poison := range []string{"", "{}", "[1]", `{"specversion":"1.0","type":"pricewire.price.changed.v1"}`, "\xff"} {
		b.store(t, stream.Message{Subject: "pw.price.us.x", ID: "poison", Data: []byte(poison)})
	}
	b.publish(t, "US 2")
	if got, _ := b.follow(t, "from=start", "", 2); fmt.Sprint(got) != "[1 7]" {
		t.Errorf("got %v", got)
	}
}

func TestAPositionOfAnotherLifeIsRefusedWithinTheStream(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", "PRICES@other:1")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body) // it ends by itself
	if err != nil || !strings.Contains(string(raw), "event: problem") || !strings.Contains(string(raw), "/conflict") {
		t.Errorf("%v: %s", err, raw)
	}
}
