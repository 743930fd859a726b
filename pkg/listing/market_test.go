package listing

import (
	"testing"

	"golang.org/x/text/language"
)

func TestMarketsAreTheCountriesThereAre(t *testing.T) {
	n := 0
	for _, code := range Markets() {
		n++
		if r, err := language.ParseRegion(code); err != nil || !r.IsCountry() || r.String() != code || !KnownMarket(code) {
			t.Errorf("%s is no country", code)
		}
	}
	if n != 250 {
		t.Errorf("%d markets; ISO 3166 has 249 and Kosovo is one more", n)
	}
	for _, s := range []string{"", "U", "us", "UK", "XX", "USA", "D ", " D", "WW"} {
		if KnownMarket(s) {
			t.Errorf("%q is known", s)
		}
	}
}
