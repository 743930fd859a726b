package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	for kind, want := range map[fault.Kind]int{fault.Invalid: 400, fault.NotFound: 404, fault.Conflict: 409, fault.Refused: 422, fault.Unavailable: 503, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.Internal: 500} {
		p := problemOf(fmt.Errorf("outer: %w", fault.New(kind, "inner").WithHint("do this").WithPlaces(fault.Place{Where: "query.at", Problem: "bad"})))
		if p.Status != want || p.Type != problemTypes+kind.String() || p.Hint != "do this" || len(p.Errors) != 1 {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}

func TestWhatWentWrongInsideStaysInside(t *testing.T) {
	if p := problemOf(errors.New("password=hunter2")); p.Status != 500 || p.Detail != "the server failed to answer" {
		t.Errorf("%+v", p)
	}
}

func TestARequestThatWasGivenUpIsNoFailureOfTheServer(t *testing.T) {
	for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
		if p := problemOf(fmt.Errorf("watch releases: %w", err)); p.Status != 503 {
			t.Errorf("%v: %+v", err, p)
		}
	}
}

func TestAPlaceOfACrawlsInputIsInTheBody(t *testing.T) {
	err := fault.New(fault.Invalid, "%q is no name of a scope", "A").WithHint("use lower case").
		WithPlaces(fault.Place{Where: "scope", Problem: "not a name"}, fault.Place{Where: "page 3", Problem: "not JSON"})
	p := problemOf(inBody(err))
	if p.Status != 400 || p.Hint != "use lower case" || p.Errors[0].Location != "body.scope" || p.Errors[1].Location != "page 3" {
		t.Errorf("%+v", p)
	}
	if inBody(nil) != nil {
		t.Error("nothing went wrong")
	}
}

func TestABodyThatIsTooLargeSaysHowLargeItMayBe(t *testing.T) {
	b := setup(t)
	b.bad(t, 413, "the request body has 1 MiB or more|split it", "POST", "/v1/crawls", `{"source":"`+strings.Repeat("x", 2<<20)+`"}`, "")
}

// A body that breaks off is no failure of the server, though the framework says so.
func TestABodyThatBreaksOffDidNotArrive(t *testing.T) {
	b := setup(t)
	core, seen := observer.New(zapcore.ErrorLevel)
	b.server.log = zap.New(core)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // of a test
	if _, err := fmt.Fprint(conn, "POST /v1/crawls HTTP/1.1\r\nHost: "+strings.TrimPrefix(b.url, "http://")+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // of a test
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "the body did not arrive") {
		t.Errorf("%s: %s, %v", response.Status, body, err)
	}
	if seen.Len() > 0 {
		t.Errorf("the log says %+v", seen.All())
	}
}

// What the framework calls a failure of the server is told as one of ours: without what went wrong inside, which the log says.
func TestAFailureOfTheFrameworkIsLoggedAndNotTold(t *testing.T) {
	value, err := problemTransformer(nil, "", &huma.ErrorModel{Status: http.StatusInternalServerError, Detail: "password=hunter2"})
	p, ok := value.(*Problem)
	if !ok || err != nil || p.Status != http.StatusInternalServerError || p.Detail != "the server failed to answer" || p.cause == nil || p.cause.Error() != "password=hunter2: []" {
		t.Errorf("%+v, %v", value, err)
	}
}

func TestWhoeverGoesAwayIsNoFailureInTheLog(t *testing.T) {
	core, seen := observer.New(zapcore.ErrorLevel)
	s := &server{log: zap.New(core)}
	gone, leave := context.WithCancel(t.Context())
	leave()
	s.logFailure(gone, problemOf(fmt.Errorf("ask: %w", context.Canceled)))
	s.logFailure(t.Context(), problemOf(fault.New(fault.NotFound, "nothing")))
	if seen.Len() != 0 {
		t.Errorf("%+v", seen.All())
	}
	s.logFailure(gone, problemOf(errors.New("the table is gone")))
	s.logFailure(t.Context(), problemOf(fmt.Errorf("ask: %w", context.Canceled))) // by ourselves
	if seen.Len() != 2 {
		t.Errorf("%+v", seen.All())
	}
}
