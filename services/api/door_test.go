package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// uncompressed reads an answer that a client asked to be compressed.
func uncompressed(t *testing.T, coding string, raw []byte) string {
	t.Helper()
	var from io.Reader = bytes.NewReader(raw)
	var err error
	switch coding {
	case codingGzip:
		from, err = gzip.NewReader(from)
	case codingZstd:
		from, err = zstd.NewReader(from)
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestWhatIsReadIsCompressedAsTheClientTakesIt(t *testing.T) {
	b := world(t)
	_, whole := b.raw(t, "GET", "/v1/prices?market=US", "", "Accept-Encoding", "identity")
	for _, c := range [][3]string{ // path, accepted, coding
		{"/v1/prices?market=US", "gzip", "gzip"},
		{"/v1/prices?market=US", "gzip, zstd", "zstd"},
		{"/v1/prices?market=US", "gzip, zstd;q=0.5", "gzip"},
		{"/v1/prices?market=US", "*", "zstd"},
		{"/v1/prices?market=US", "br", ""},
		{"/v1/prices?market=US", "gzip;q=0, *;q=0", ""},
		{"/v1/prices?market=US", "zstd;q=0, *", "gzip"},
		{"/v1/prices?market=US", "gzip;q=x", ""},
		{"/v1/prices?market=US&format=csv", "gzip", ""},
		{"/v1/prices?market=US&format=ndjson", "zstd", "zstd"},
		{"/v1/prices?market=US&format=xlsx", "gzip", ""},
		{"/v1/prices?market=US&format=parquet", "zstd", ""},
		{"/version", "gzip", ""},
		{"/openapi.json", "zstd", "zstd"},
		{"/openapi.yaml", "gzip", "gzip"},
		{"/metrics", "gzip", "gzip"},
	} {
		response, raw := b.raw(t, "GET", c[0], "", "Accept-Encoding", c[1])
		if response.status != http.StatusOK || response.header.Get("Content-Encoding") != c[2] {
			t.Errorf("%s for %s: %d %q", c[0], c[1], response.status, response.header.Get("Content-Encoding"))
			continue
		}
		plain := uncompressed(t, c[2], raw)
		if c[0] == "/v1/prices?market=US" && plain != string(whole) {
			t.Errorf("%s for %s is otherwise: %.100s", c[0], c[1], plain)
		}
		if c[2] != "" && !strings.Contains(strings.Join(response.header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s for %s: Vary %q", c[0], c[1], response.header.Values("Vary"))
		}
	}
	if response, _ := b.raw(t, "POST", "/v1/releases?effective=2027-05-01", december("US"), "Accept-Encoding", "gzip", "X-Pricewire-User", "alice"); response.status != 201 || response.header.Get("Content-Encoding") != "" {
		t.Errorf("an answer to a write repeats what was sent: %d %v", response.status, response.header)
	}
	if response, _ := b.raw(t, "POST", "/v1/releases:lint", december("US"), "Accept-Encoding", "gzip"); response.status != 200 {
		t.Errorf("%d", response.status)
	}
}

func TestAnAnswerIsCompressedWhileItIsWritten(t *testing.T) {
	s := &server{}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	out := s.pressed(recorder, request, operation{})
	out.Header().Set("Content-Type", "application/json")
	_, _ = out.Write([]byte("few"))
	if err := http.NewResponseController(out).Flush(); err != nil || !recorder.Flushed || recorder.Body.Len() == 0 {
		t.Fatalf("%v: %d bytes were sent", err, recorder.Body.Len())
	}
	half, err := gzip.NewReader(bytes.NewReader(recorder.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(half); string(got) != "few" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q %v", got, err)
	}
	_, _ = out.Write([]byte(" more"))
	out.end()
	if got := uncompressed(t, codingGzip, recorder.Body.Bytes()); got != "few more" {
		t.Errorf("%q", got)
	}
}

func TestAReleaseThatIsKnownIsNotSentAgainAndItsTagsCountHoweverItWasCompressed(t *testing.T) {
	b := world(t)
	path := "/v1/releases/license-us-2026-12-r1"
	first, _ := b.raw(t, "GET", path, "", "Accept-Encoding", "identity")
	pressed, _ := b.raw(t, "GET", path, "", "Accept-Encoding", "gzip")
	tag, other := first.header.Get("ETag"), pressed.header.Get("ETag")
	if tag == "" || other != strings.TrimSuffix(tag, `"`)+`-gzip"` {
		t.Fatalf("%s and %s", tag, other)
	}
	for header, want := range map[string]int{tag: 304, other: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
		response, raw := b.raw(t, "GET", path, "", "If-None-Match", header)
		if response.status != want || want == 304 && (len(raw) > 0 || response.header.Get("ETag") == "") {
			t.Errorf("%s: %d %v with %d bytes", header, response.status, response.header, len(raw))
		}
	}
	made := b.good(t, "POST", "/v1/releases?effective=2027-05-01", december("US"), "alice")
	draft := "/v1/releases/" + made["id"].(string)
	known, _ := b.raw(t, "GET", draft, "", "Accept-Encoding", "zstd")
	submit := func(tag string) reply {
		response, _ := b.raw(t, "POST", draft+"/submit", `{"acknowledge":"`+warnedOf(made)+`"}`, "X-Pricewire-User", "alice", "If-Match", tag)
		return response
	}
	for tag, want := range map[string]int{`"999"`: 409, `W/"1"`: 400, `"1", "2"`: 400} {
		if response := submit(tag); response.status != want {
			t.Errorf("If-Match %s: %d, want %d", tag, response.status, want)
		}
	}
	if response := submit(known.header.Get("ETag")); response.status != 200 {
		t.Errorf("If-Match %s: %d", known.header.Get("ETag"), response.status)
	}
	sum := b.good(t, "GET", "/v1/documents?key=program-guide/en/ww", "", "")
	file := "/v1/documents/files/" + items(t, sum)[0]["sha256"].(string)
	whole, _ := b.raw(t, "GET", file, "")
	if response, raw := b.raw(t, "GET", file, "", "If-None-Match", whole.header.Get("ETag")); response.status != 304 || len(raw) > 0 {
		t.Errorf("%d with %d bytes", response.status, len(raw))
	}
	if response, _ := b.raw(t, "GET", "/v1/documents/files/"+strings.Repeat("0", 64), "", "If-None-Match", "*"); response.status != 404 {
		t.Errorf("what is not there: %d", response.status)
	}
}

func TestHeadAndOptionsBehave(t *testing.T) {
	b := world(t)
	for path, contentType := range map[string]string{"/v1/prices?market=US": "application/json", "/v1/prices?market=US&format=csv": "text/csv; charset=utf-8", "/v1/events?from=start": eventStream, "/livez": "text/plain; charset=utf-8"} {
		response, raw := b.raw(t, "HEAD", path, "")
		if response.status != 200 || len(raw) > 0 || response.header.Get("Content-Type") != contentType {
			t.Errorf("HEAD %s: %d %v with %d bytes", path, response.status, response.header, len(raw))
		}
	}
	for path, allowed := range map[string]string{"/v1/prices": "GET, HEAD, OPTIONS", "/v1/releases": "GET, HEAD, POST, OPTIONS", "/v1/rates:lookup": "POST, OPTIONS"} {
		if response, raw := b.raw(t, "OPTIONS", path, ""); response.status != 204 || response.header.Get("Allow") != allowed || len(raw) > 0 {
			t.Errorf("OPTIONS %s: %d %v", path, response.status, response.header)
		}
	}
	for method, want := range map[string]int{"PUT": 405, "TRACE": 405, "OPTIONS": 404} {
		path := "/v1/prices"
		if want == 404 {
			path = "/v1/nothing"
		}
		if response, raw := b.raw(t, method, path, ""); response.status != want || response.header.Get("Content-Type") != problemType || !json.Valid(raw) {
			t.Errorf("%s %s: %d %v", method, path, response.status, response.header)
		}
	}
}

func TestARequestLineIsReadAsItIsOrRefused(t *testing.T) {
	b := world(t)
	for path, want := range map[string][2]string{
		"/v1/prices?market=USA": {"400", "query.market"}, "/v1/prices?market=US&term=P1X": {"400", "query.term"}, "/v1/prices?market=US&family=office": {"400", "query.family"},
		"/v1/offers?market=XY": {"400", "query.market"}, "/v1/releases?list=x&state=y&month=z&market=USA": {"400", "query.list|query.state|query.month|query.market"},
		"/v1/calendar?list=x": {"400", "query.list"}, "/v1/prices?market=US&market=DE": {"400", "given 2 times"}, "/v1/prices?market=%zz": {"400", "not encoded"},
		"/v1/prices?market=US&product=%ff": {"400", "query.product"}, "/v1/prices?market=US&product=%00": {"400", "control"}, "/v1/prices?market=US&product=" + strings.Repeat("x", longestParameter+1): {"400", "may have 2048"},
		"/v1/prices?market=US&x=1": {"422", "query.x"}, "/v1/prices?" + strings.Repeat("x", longestRequest): {"414", "may have 16384"}, "/v1/releases/%00": {"400", "path"}, "//v1/prices?market=US": {"404", "nothing at"},
		"/v1/prices/history?market=USA&product=p&sku=1&term=t&billing=b": {"400", "query.market"}, "/v1/prices/movers?market=USA&from=2026-01-01&to=2026-02-01": {"400", "query.market"},
	} {
		response, raw := b.raw(t, "GET", path, "")
		if fmt.Sprint(response.status) != want[0] || response.header.Get("Content-Type") != problemType {
			t.Errorf("%.80s: %d %s", path, response.status, raw)
		}
		for word := range strings.SplitSeq(want[1], "|") {
			if !strings.Contains(string(raw), word) {
				t.Errorf("%.80s does not say %q: %s", path, word, raw)
			}
		}
	}
}

func TestAClientThatAsksTooOftenIsToldWhenToGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10, 5)
		for n := range 5 {
			if wait := l.take("a"); wait != 0 {
				t.Fatalf("request %d waits %s", n, wait)
			}
		}
		wait := l.take("a")
		if wait <= 0 || wait > 100*time.Millisecond || l.take("a") != wait {
			t.Errorf("one too many waits %s; a refused one takes nothing", wait)
		}
		if wait := l.take("b"); wait != 0 {
			t.Errorf("another client waits %s", wait)
		}
		time.Sleep(wait)
		if wait := l.take("a"); wait != 0 {
			t.Errorf("afterwards it waits %s", wait)
		}
		for n := range mostClients + 10 {
			l.take(fmt.Sprint("client ", n))
		}
		if len(l.clients) != mostClients || l.order.Len() != mostClients {
			t.Errorf("%d clients are remembered", len(l.clients))
		}
	})
}

func TestTooManyRequestsAreAProblemAndHealthStillAnswers(t *testing.T) {
	b := setup(t)
	b.server.limiter = newLimiter(0.001, 1)
	b.good(t, "GET", "/version", "", "")
	response, raw := b.raw(t, "GET", "/version", "")
	if response.status != http.StatusTooManyRequests || response.header.Get("Retry-After") == "" || response.header.Get("Content-Type") != problemType {
		t.Errorf("%d %v %s", response.status, response.header, raw)
	}
	for range 3 {
		if response, _ := b.raw(t, "GET", "/livez", ""); response.status != 200 {
			t.Errorf("%d", response.status)
		}
	}
}

func TestWhatIsOneRequestTooManyIsNotWrittenDown(t *testing.T) {
	for who, first := range map[string]int{"bob/reader": http.StatusForbidden, "bob/operator": http.StatusServiceUnavailable} { // there is no source
		p := populate(t)
		p.server.limiter = newLimiter(0.001, 1)
		for _, want := range []int{first, http.StatusTooManyRequests, http.StatusTooManyRequests} {
			if status, answer := p.ask(t, "POST", "/v1/crawls", "{}", "Authorization", "Bearer "+who); status != want {
				t.Errorf("%s: %d %v, want %d", who, status, answer, want)
			}
		}
		records, err := p.log.List(t.Context(), 0, 10)
		if err != nil || len(records) > 2 || len(records) == 0 {
			t.Errorf("%s: %d records, %v", who, len(records), err)
		}
	}
}

func TestHeavyQuestionsTakeTurnsAndLightOnesDoNotWait(t *testing.T) {
	b := world(t)
	b.server.heavy = newGate(1, time.Millisecond)
	if !b.server.heavy.enter(nil) {
		t.Fatal("no turn")
	}
	for _, path := range []string{"/v1/prices?market=US&format=csv", "/v1/prices/diff?market=US&from=2026-11-01&to=2026-12-01", "/v1/rates/export"} {
		if response, raw := b.raw(t, "GET", path, ""); response.status != 503 || response.header.Get("Retry-After") != "5" || response.header.Get("Content-Type") != problemType {
			t.Errorf("%s: %d %s", path, response.status, raw)
		}
	}
	b.good(t, "GET", "/v1/prices?market=US", "", "")
	b.server.heavy.leave()
	b.good(t, "GET", "/v1/prices/diff?market=US&from=2026-11-01&to=2026-12-01", "", "")
}

func TestAFailureOfOursIsAProblem(t *testing.T) {
	s := &server{log: zap.NewNop()}
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
	s.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("password=hunter2") })).ServeHTTP(recorder, request)
	if recorder.Code != 500 || recorder.Header().Get("Content-Type") != problemType || strings.Contains(recorder.Body.String(), "hunter2") || !json.Valid(recorder.Body.Bytes()) {
		t.Errorf("%d %v %s", recorder.Code, recorder.Header(), recorder.Body)
	}
	if p := problemOf(fmt.Errorf("ask: %w", context.DeadlineExceeded)); p.Status != 503 || p.Hint == "" {
		t.Errorf("%+v", p)
	}
	if p := problemOf(fault.New(fault.Refused, "no: %w", context.DeadlineExceeded)); p.Status != 422 {
		t.Errorf("%+v", p)
	}
}

func TestAStartingServerSaysSoWithAProblem(t *testing.T) {
	b := setup(t)
	response, raw := b.raw(t, "GET", "/readyz", "")
	if response.status != 503 || response.header.Get("Content-Type") != problemType || response.header.Get("Retry-After") != "1" || !strings.Contains(string(raw), "starting") {
		t.Errorf("%d %v %s", response.status, response.header, raw)
	}
}
