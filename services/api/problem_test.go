package api

import (
	"errors"
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	for kind, want := range map[fault.Kind]int{fault.Invalid: 400, fault.NotFound: 404, fault.Conflict: 409, fault.Refused: 422, fault.Unavailable: 503, fault.Internal: 500} {
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
