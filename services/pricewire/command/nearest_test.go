package command

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTheNearestWordIsThatWhichWasMeant(t *testing.T) {
	words := []string{"release", "rate", "rates", "price_changed", "published", "withdrawn", "get", "list"}
	for typed, want := range map[string]string{
		"releas": "release", "relaese": "release", "rat": "rate", "price-changed": "price_changed", "Published": "published", "publish": "published", "wihtdrawn": "withdrawn",
		"gt": "get", "lsit": "list", "x": "", "": "", "orderable": "", "with": "withdrawn",
	} {
		if got := Nearest(typed, words); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if DidYouMean("gt", words) != "; did you mean get?" || DidYouMean("zzzz", words) != "" {
		t.Error("a suggestion is a half sentence, or nothing")
	}
}

func TestDistanceIsADistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-dé]{0,6}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		long := max(len([]rune(a)), len([]rune(b)))
		switch {
		case d != distance(b, a):
			t.Fatalf("%q and %q: %d there, %d back", a, b, d, distance(b, a))
		case (d == 0) != (a == b), d > long, d < long-min(len([]rune(a)), len([]rune(b))):
			t.Fatalf("%q and %q: %d", a, b, d)
		}
	})
}
