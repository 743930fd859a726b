package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestAKindSurvivesWrapping(t *testing.T) {
	cause := errors.New("revision moved")
	err := fmt.Errorf("approve release: %w", New(Conflict, "update record: %w", cause).WithHint("read it again"))
	if !Is(err, Conflict) || !errors.Is(err, cause) || HintOf(err) != "read it again" {
		t.Fatalf("kind %v, hint %q, cause kept %v", KindOf(err), HintOf(err), errors.Is(err, cause))
	}
	if got, want := err.Error(), "approve release: update record: revision moved"; got != want {
		t.Fatalf("message %q, want %q", got, want)
	}
}

func TestAnErrorWithoutAKindIsInternal(t *testing.T) {
	if KindOf(errors.New("x")) != Internal || Is(nil, Internal) || HintOf(nil) != "" {
		t.Fatal("plain and nil errors must not carry a kind of their own")
	}
}

func TestHintsAndPlacesAreFoundBelowAnOuterError(t *testing.T) {
	inner := New(Invalid, "read sheet").WithHint("save it as UTF-8").WithPlaces(Place{"row 2", "not UTF-8"})
	outer := New(Refused, "create release: %w", inner)
	if KindOf(outer) != Refused || HintOf(outer) != "save it as UTF-8" || len(PlacesOf(outer)) != 1 {
		t.Fatalf("got %v, %q, %v", KindOf(outer), HintOf(outer), PlacesOf(outer))
	}
}

func TestWrappingKeepsEverythingButTheMessage(t *testing.T) {
	inner := New(Refused, "too late").WithHint("give a reason").WithPlaces(Place{"flag.at", "past"})
	got := Wrap(inner, "approve %s", "r1")
	if KindOf(got) != Refused || HintOf(got) != "give a reason" || len(PlacesOf(got)) != 1 || got.Error() != "approve r1: too late" || !errors.Is(got, inner) {
		t.Fatalf("got %v", got)
	}
	if Wrap(nil, "x") != nil {
		t.Fatal("nil must stay nil")
	}
}
