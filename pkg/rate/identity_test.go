package rate

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
)

func TestAKeyIsTheStartOfTheSHA256OverTheCanonicalForm(t *testing.T) {
	id := Identity{
		PriceList: Retail, Currency: "USD", MeterID: "0008fc59-f088-5d25-8e72-147ec2e66261", SKUID: "DZH318Z092QW/007H", Type: "Consumption", Tier: price("0.50"),
	}
	const canonical = "6:retail3:USD36:0008fc59-f088-5d25-8e72-147ec2e6626117:DZH318Z092QW/007H11:Consumption0:3:0.5"
	if got := string(id.appendCanonical(nil)); got != canonical {
		t.Errorf("canonical form %s", got)
	}
	// printf '%s' "$canonical" | sha256sum
	if got := id.Key().String(); got != "f2b082db8b036def" {
		t.Errorf("key %s", got)
	}
	if len(Key(1).String()) != 16 {
		t.Error("a key has 16 digits, leading zeros included")
	}
}

func TestKeysReadBack(t *testing.T) {
	if k, err := ParseKey(Key(0xab).String()); err != nil || k != 0xab {
		t.Errorf("%s, %v", k, err)
	}
	for _, bad := range []string{"", "ab", "00000000000000AB", "00000000000000000ab", "zz00000000000000"} {
		if k, err := ParseKey(bad); err == nil {
			t.Errorf("%q accepted as %s", bad, k)
		}
	}
}

func TestNoTwoIdentitiesShareACanonicalForm(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "0", "1:", "0:0", "a", "0:a", "1:a"})
	gen := rapid.Custom(func(t *rapid.T) Identity {
		return Identity{
			text.Draw(t, "list"), text.Draw(t, "currency"), text.Draw(t, "meter"), text.Draw(t, "sku"), text.Draw(t, "type"), text.Draw(t, "term"),
			rapid.SampledFrom([]money.Decimal{price("0"), price("1"), price("0.1"), price("10")}).Draw(t, "tier"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		if (a == b) != (string(a.appendCanonical(nil)) == string(b.appendCanonical(nil))) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestTheTierIsComparedAsANumber(t *testing.T) {
	a, b := fields(func(f *Fields) { f.TierMinimum = "102400.0" }), fields(func(f *Fields) { f.TierMinimum = "1.024e5" })
	x, _ := NewRow(a)
	y, _ := NewRow(b)
	if x.Identity != y.Identity || x.Key() != y.Key() || strings.Contains(x.Tier.String(), ".") {
		t.Fatal("102400.0 and 1.024e5 are one tier")
	}
}
