package document

import (
	"slices"
	"testing"

	"github.com/pricewire/pricewire/pkg/listing"
)

func TestEveryCountryBelongsToOneRegion(t *testing.T) {
	owner := map[string]Region{}
	for _, r := range Regions() {
		if !slices.IsSorted(r.Markets()) {
			t.Errorf("%s is out of order", r)
		}
		for _, market := range r.Markets() {
			if other := owner[market]; other != "" || !listing.KnownMarket(market) {
				t.Errorf("%s is in %s and in %q, or no country", market, r, other)
			}
			owner[market] = r
		}
	}
	for _, market := range listing.Markets() {
		if r, ok := RegionOf(market); !ok || r != owner[market] {
			t.Errorf("%s is of %q, want %q", market, r, owner[market])
		}
	}
	for market, want := range map[string]Region{"US": Americas, "BR": Americas, "DE": EMEA, "ZA": EMEA, "AE": EMEA, "AU": AsiaPacific, "IN": AsiaPacific, "CN": AsiaPacific, "JP": Japan, "KR": Korea, "TW": Taiwan} {
		if owner[market] != want {
			t.Errorf("%s is of %s, want %s", market, owner[market], want)
		}
	}
	for _, strange := range []string{"", "us", "XX", " A", "S ", "WW"} {
		if r, ok := RegionOf(strange); ok {
			t.Errorf("%q is of %s", strange, r)
		}
	}
}

func TestRegionsAreReadByIdAndByName(t *testing.T) {
	for _, r := range Regions() {
		for _, s := range []string{string(r), r.Name()} {
			if got, ok := ParseRegion(s); !ok || got != r {
				t.Errorf("%q is %q, want %q", s, got, r)
			}
		}
	}
	for s, want := range map[string]Region{"EMEA": EMEA, "Asia Pacific": AsiaPacific, "APAC": AsiaPacific, "Europe, Middle East & Africa": EMEA, "Asia/Pacific": AsiaPacific} {
		if got, ok := ParseRegion(s); !ok || got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"", "Europe", "US", "ww"} {
		if r, ok := ParseRegion(s); ok {
			t.Errorf("%q is %s", s, r)
		}
	}
}
