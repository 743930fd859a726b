package event

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

func TestSubjectsAreThoseOfTheContract(t *testing.T) {
	half, err := money.Parse("0.50")
	if err != nil {
		t.Fatal(err)
	}
	slot := release.Slot{List: release.License, Market: "US", Month: effective.Month{Year: 2026, Month: 12}}
	matrix := release.Slot{List: release.Offers, Market: release.Worldwide, Month: slot.Month}
	line := pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly"}
	tier := line
	tier.Tier = half
	legacy := pricelist.Identity{Market: "JP", Currency: "JPY", Product: "031C9E47-4802-4248-838E-778FB1D2CC05", SKU: "Corporate", Term: "1 Month(s)", Billing: ""}
	for got, want := range map[string]string{
		ReleaseSubject(slot, 1, WhatPublished):                      "pw.release.license.us.2026-12.r1.published",
		ReleaseSubject(slot, 12, WhatEffective):                     "pw.release.license.us.2026-12.r12.effective",
		PriceSubject(line):                                          "pw.price.us.usd.cfq7ttc0lh18.0001.p1m.monthly.0",
		PriceSubject(tier):                                          "pw.price.us.usd.cfq7ttc0lh18.0001.p1m.monthly.0%2E5",
		PriceSubject(legacy):                                        "pw.price.jp.jpy.031c9e47-4802-4248-838e-778fb1d2cc05.corporate.1%20month%28s%29.-.0",
		ReleaseSubject(matrix, 1, WhatCorrected):                    "pw.release.offers.ww.2026-12.r1.corrected",
		ReleaseSubject(slot, 1, WhatWithdrawn):                      "pw.release.license.us.2026-12.r1.withdrawn",
		ReleaseSubject(slot, 2, WhatMissing):                        "pw.release.license.us.2026-12.r2.missing",
		ItemSubject("offers", "WW", "CFQ7TTC0LH18/0001"):            "pw.item.offers.ww.cfq7ttc0lh18%2F0001",
		ItemSubject("documents", "WW", "partner-agreement/en/emea"): "pw.item.documents.ww.partner-agreement%2Fen%2Femea",
		ItemSubject("services", "US", "a.b *>"):                     "pw.item.services.us.a%2Eb%20%2A%3E",
		RateSubject("USD", "westeurope", "0008fc59-f088-5d25-8e72-147ec2e66261", 0x00ab_0000_0000_0001):    "pw.rate.usd.westeurope.0008fc59-f088-5d25-8e72-147ec2e66261.00ab000000000001",
		RateSubject("EUR", "US Gov_Zone.1", "0008fc59-f088-5d25-8e72-147ec2e66261", 0xffff_ffff_ffff_ffff): "pw.rate.eur.us%20gov%5Fzone%2E1.0008fc59-f088-5d25-8e72-147ec2e66261.ffffffffffffffff",
		CrawlSubject("USD", "azure-USD"):  "pw.crawl.usd.azure-usd",
		CrawlSubject("USD", "http://x/É"): "pw.crawl.usd.http%3A%2F%2Fx%2F%C3%A9",
		CrawlsSubject("USD"):              "pw.crawl.usd.>",
		QuarantineSubject("JPY", "-"):     "pw.quarantine.jpy.%2D",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestATokenIsNeverEmptyAndHoldsNothingSpecial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(genText, genPart, rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "value")
		s := subject(value)
		token := strings.TrimPrefix(s, "pw.")
		if token == "" || token == s || strings.Trim(token, "abcdefghijklmnopqrstuvwxyz0123456789-%ABCDEF") != "" {
			t.Fatalf("%q becomes %q", value, token)
		}
	})
}

func TestDifferentValuesHaveDifferentTokensUnlessOnlyTheirCaseDiffers(t *testing.T) {
	values := rapid.OneOf(rapid.SampledFrom([]string{"", "-", "%2D", "a", "A", "a.b", "a%2Eb", "é", "É"}), genPart)
	rapid.Check(t, func(t *rapid.T) {
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		if (subject(a) == subject(b)) != (strings.ToLower(a) == strings.ToLower(b)) { //nolint:staticcheck // lower case is what subjects have, folding is not
			t.Fatalf("%q and %q become %s and %s", a, b, subject(a), subject(b))
		}
	})
}
