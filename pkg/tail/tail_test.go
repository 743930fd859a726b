package tail

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

func TestTheIntersectionOfTwoPatternsMatchesWhatBothMatch(t *testing.T) {
	token := rapid.SampledFrom([]string{"a", "b", "*"})
	pattern := func(t *rapid.T, label string) string {
		p := token.Draw(t, label)
		for range rapid.IntRange(0, 3).Draw(t, label+" length") {
			p += "." + token.Draw(t, label)
		}
		if rapid.Bool().Draw(t, label+" open") {
			p += ".>"
		}
		return p
	}
	subject := rapid.SampledFrom([]string{"a", "b"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := pattern(t, "a"), pattern(t, "b")
		s := subject.Draw(t, "subject")
		for range rapid.IntRange(0, 5).Draw(t, "subject length") {
			s += "." + subject.Draw(t, "subject")
		}
		common, some := Intersect(a, b)
		got := some && stream.Matches(common, s)
		if want := stream.Matches(a, s) && stream.Matches(b, s); got != want {
			t.Fatalf("%s and %s give %q, %v, which for %s is %v, want %v", a, b, common, some, s, got, want)
		}
	})
}

func TestAPositionReadsBack(t *testing.T) {
	p := Position{"PRICES@20260101T000000.000000000Z": 12, "RATES_USD@20260101T000001.000000000Z": 7}
	back, err := ParsePosition(p.String())
	if err != nil || back.String() != p.String() {
		t.Fatalf("%v, %v", back, err)
	}
	for _, bad := range []string{"", "x", ":1", "PRICES@x:", "PRICES@x:-1", "PRICES@x:1,"} {
		if p, err := ParsePosition(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q read as %v, %v", bad, p, err)
		}
	}
}

func TestAPositionInAnotherLifeOfAStreamIsAConflict(t *testing.T) {
	p := Position{"PRICES@old": 12}
	if _, _, err := p.of("PRICES", "new"); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if n, known, err := p.of("PRICES", "old"); n != 12 || !known || err != nil {
		t.Errorf("got %d, %v, %v", n, known, err)
	}
	if _, known, err := p.of("RATES_USD", "x"); known || err != nil {
		t.Errorf("a stream that the position does not name: %v, %v", known, err)
	}
}

func TestMarksAreThePositionsOfEachSequence(t *testing.T) {
	p := Position{"A@1": 1, "PRICES@1": 12, "RATES_USD@1": 7}
	for name, sequence := range map[stream.Name]uint64{{Name: "A", Incarnation: "1"}: 5, {Name: "PRICES", Incarnation: "1"}: 5, {Name: "RATES_USD", Incarnation: "1"}: 5} {
		want := Position{"A@1": 1, "PRICES@1": 12, "RATES_USD@1": 7}
		want[name.String()] = sequence
		if got := p.Marks(name)(sequence); got != want.String() {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestPatternsLieInOneStreamOrNot(t *testing.T) {
	for patterns, want := range map[string]bool{
		"pw.price.>": true, "pw.release.> pw.item.*.us.>": true, "pw.rate.usd.> pw.crawl.usd.x": true,
		"": false, "pw.>": false, "pw.rate.*.x": false, "pw.rate.usd.> pw.rate.eur.>": false, "pw.rate.usd.> pw.price.>": false, "x": false,
	} {
		if got := WithinOneStream(strings.Fields(patterns)); got != want {
			t.Errorf("%q: %v", patterns, got)
		}
	}
}
