package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

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
