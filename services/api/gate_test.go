package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestALookupWhoseTurnDoesNotComeIsToBeSentAgain(t *testing.T) {
	b := setup(t)
	b.server.lookups.running <- struct{}{} // one of two
	for range 3 {
		if response, raw := b.raw(t, "POST", "/v1/rates:lookup", `{"items":[]}`); response.status != 200 {
			t.Fatalf("the second at once: %d %s", response.status, raw)
		}
	}
	if response, _ := b.raw(t, "POST", "/v1/rates:lookup", `{`); response.status != 400 {
		t.Fatalf("a wrong one: %d", response.status)
	}
	b.server.lookups.running <- struct{}{}
	full := newGate(2, 0)
	full.running = b.server.lookups.running
	if full.enter(nil) {
		t.Error("three run at once")
	}
	gone := make(chan struct{})
	close(gone)
	if b.server.lookups.enter(gone) {
		t.Error("a client that has gone has its turn")
	}
	go func() { <-b.server.lookups.running }()
	if response, raw := b.raw(t, "POST", "/v1/prices:lookup", `{"items":[]}`); response.status != 200 {
		t.Errorf("one that waited: %d %s", response.status, raw)
	}
}

func TestALookupIsRefusedWithTheTimeToSendItAgain(t *testing.T) {
	b := setup(t)
	b.server.lookups.wait = time.Millisecond
	for range lookupsAtOnce {
		b.server.lookups.running <- struct{}{}
	}
	response, raw := b.raw(t, "POST", "/v1/rates:lookup", `{"items":[`+strings.Repeat(`{"meter_id":"m","sku_id":"s"},`, 50_000)+`{}]}`)
	if response.status != 503 || response.header.Get("Retry-After") != "10" || !strings.Contains(string(raw), "send it again") ||
		response.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", response.status, response.header, raw)
	}
}

func TestSoManyUploadsAreReadAtOnceAndNoMore(t *testing.T) {
	b := setup(t)
	b.server.uploads.wait = time.Millisecond
	for range uploadsAtOnce {
		b.server.uploads.running <- struct{}{}
	}
	for _, path := range []string{
		"/v1/releases?market=US&effective=2026-12-01", "/v1/releases:lint?market=US", "/v1/releases/license-us-2026-12-r1/correct?reason=r", "/v1/sets/january?effective=2027-01-01", "/v1/sets:lint",
	} {
		if response, raw := b.raw(t, "POST", path, "a,b\n", "X-Pricewire-User", "alice"); response.status != 503 || response.header.Get("Retry-After") != "10" || !strings.Contains(string(raw), "4 uploads run") {
			t.Errorf("%s: %d %v %s", path, response.status, response.header, raw)
		}
	}
	<-b.server.uploads.running
	if response, raw := b.raw(t, "POST", "/v1/releases:lint?market=US", november("US")); response.status != 200 || len(b.server.uploads.running) != uploadsAtOnce-1 {
		t.Errorf("in its turn: %d %s", response.status, raw)
	}
}

// strict notes whether each piece of an answer was given some time.
type strict struct {
	*httptest.ResponseRecorder
	t       *testing.T
	limited bool
	pieces  int
}

func (s *strict) SetWriteDeadline(at time.Time) error {
	left := time.Until(at)
	s.limited = left > 0 && left <= writeLimit
	return nil
}

func (s *strict) Write(piece []byte) (int, error) {
	if !s.limited || len(piece) > held {
		s.t.Errorf("%d bytes are written without a limit", len(piece))
	}
	s.limited = false
	s.pieces++
	return s.ResponseRecorder.Write(piece)
}

func TestEveryAnswerIsWrittenWithinTheTimeOfASlowClient(t *testing.T) {
	b := setup(t)
	b.rates(t, 26)
	for _, path := range []string{
		"/", "/version", "/v1/status", "/openapi.json", "/nothing", "/v1/rates", "/v1/rates?format=csv", "/v1/rates/series?from=2026-01-01&meter_id=meter-a",
		"/v1/rates/history?meter_id=meter-a&sku_id=DZH318Z0BPVW/00QZ", "/v1/rates?limit=x", "/v1/releases",
	} {
		w := &strict{ResponseRecorder: httptest.NewRecorder(), t: t}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, http.NoBody)
		b.server.ServeHTTP(w, request)
		if w.pieces == 0 || !w.limited {
			t.Errorf("%s: %d in %d pieces; what is left is limited: %t", path, w.Code, w.pieces, w.limited)
		}
	}
}
