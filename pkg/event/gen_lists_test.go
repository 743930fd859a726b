package event

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
)

// genItemRelease draws a release of a list that holds no prices.
func genItemRelease(t *rapid.T) release.Release {
	return genReleaseOf(t, release.Offers, release.Services, release.Documents)
}

// genWithdrawal draws a withdrawal that is being published.
func genWithdrawal(t *rapid.T) release.Withdrawal {
	w := release.Withdrawal{
		N: rapid.IntRange(1, 100).Draw(t, "withdrawal"), By: genText.Draw(t, "by"), Reason: genText.Draw(t, "why"), Retroactive: rapid.Bool().Draw(t, "retroactive"),
		KnownAt: genInstant.Draw(t, "known"), From: genInstant.Draw(t, "from"), InForce: rapid.SampledFrom([]string{"", "license-us-2026-11-r1"}).Draw(t, "in force"),
	}
	if rapid.Bool().Draw(t, "in part") {
		w.Lines, w.Count = genHex(t), rapid.IntRange(1, 1e6).Draw(t, "count")
	}
	return w
}

func genItem(t *rapid.T, key string) *item.Item {
	if rapid.Bool().Draw(t, "no item") {
		return nil
	}
	i := &item.Item{Key: key}
	for n := range rapid.IntRange(0, 4).Draw(t, "values") {
		name := rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`).Draw(t, "name")
		i.Values = append(i.Values, item.Value{Name: fmt.Sprintf("%s%d", name, n), Text: genPart.Draw(t, "text")})
	}
	return i
}

func genItemChange(t *rapid.T) item.Change {
	key := genPart.Draw(t, "key")
	c := item.Change{KnownAt: genInstant.Draw(t, "known"), Difference: item.Difference{
		Key: key, Change: rapid.SampledFrom([]listing.Change{listing.Added, listing.Changed, listing.Removed}).Draw(t, "change"),
		Before: genItem(t, key), After: genItem(t, key),
	}}
	c.Spans, c.Timeline = genItemSpans(t, key), genItemSpans(t, key)
	return c
}

func genItemSpans(t *rapid.T, key string) []item.Span {
	var spans []item.Span
	for _, p := range genPeriods(t, 3) {
		spans = append(spans, item.Span{Period: p, Line: genItem(t, key), Release: rapid.SampledFrom([]string{"", "offers-ww-2026-12-r1"}).Draw(t, "release")})
	}
	return spans
}

func genPosition(t *rapid.T, r *release.Release) position {
	p := position{release: r.ID, withdrawal: rapid.IntRange(0, 3).Draw(t, "withdrawal"), n: rapid.IntRange(1, 1e6).Draw(t, "n")}
	p.of = p.n + rapid.IntRange(0, 10).Draw(t, "more")
	return p
}

// genPayload draws a payload of any type, as the domain makes it.
func genPayload(t *rapid.T) Payload {
	typ := rapid.SampledFrom(Types()).Draw(t, "type")
	switch typ {
	case TypeRateChanged:
		r := genRecord(t)
		c := genChange(t, r.Currency, r.Scope, r.At)
		return observed{crawl: r.ID, decimals: decimalsOf(r.Currency)}.change(&c)
	case TypeRateQuarantined:
		r, q := genRecord(t), genQuarantined(t)
		return &RateQuarantined{Crawl: r.ID, Scope: r.Scope, Currency: r.Currency, KnownAt: r.At, Rows: []QuarantinedRow{quarantinedRow(&q)}}
	case TypeCrawlFinished:
		r := genRecord(t)
		r.Refused = genText.Draw(t, "refused")
		return crawlFinished(&r)
	case TypeCrawlProgressed:
		p := genCrawlPart(t)
		return crawlProgressed(&p)
	case TypeSourceStale:
		r := genRecord(t)
		r.Refused = genText.Draw(t, "refused")
		return sourceStale(&rate.Stale{Refused: rapid.IntRange(1, 1e6).Draw(t, "in a row"), Since: genInstant.Draw(t, "since"), Taken: rapid.SampledFrom([]time.Time{{}, r.At}).Draw(t, "taken")}, &r)
	case TypePriceChanged:
		r, c := genRelease(t), genLineChange(t)
		return priceChanged(genPosition(t, &r), &c)
	case TypeItemChanged:
		r, c := genItemRelease(t), genItemChange(t)
		return itemChanged(r.Slot, genPosition(t, &r), &c)
	}
	return genReleasePayload(t, typ)
}

func genReleasePayload(t *rapid.T, typ Type) Payload {
	r := genReleaseOf(t, release.License, release.Offers)
	switch typ {
	case TypeReleasePublished:
		return releasePublished(&r, rapid.IntRange(0, 1e6).Draw(t, "changed"), genHex(t))
	case TypeReleaseEffective:
		return releaseEffective(&r, rapid.SampledFrom([]string{"", "license-us-2026-11-r1"}).Draw(t, "supersedes"))
	case TypeReleaseCorrected:
		r.Corrects = "license-us-2026-11-r1"
		p, err := releaseCorrected(&r)
		if err != nil {
			t.Fatal(err)
		}
		return p
	case TypeReleaseWithdrawn:
		w := genWithdrawal(t)
		return releaseWithdrawn(&r, &w, rapid.IntRange(0, 1e6).Draw(t, "changed"), genHex(t))
	case TypeReleaseMissing:
		return releaseMissing(r.Slot, r.Revision, genInstant.Draw(t, "publish"), r.EffectiveAt, genInstant.Draw(t, "noticed"))
	}
	t.Fatalf("no payload of %s", typ)
	return nil
}

func genCrawlPart(t *rapid.T) rate.CrawlPart {
	r := genRecord(t)
	return rate.CrawlPart{
		Crawl: r.ID, Scope: r.Scope, Currency: r.Currency, At: r.At, Part: rapid.IntRange(1, 1000).Draw(t, "part"), Changes: r.Counts.Added,
	}
}
