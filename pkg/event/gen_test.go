package event

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
)

// Generators of values such as the domain makes: any text that is UTF-8, any amount that fits, any instant of four-digit years.

var (
	epoch      = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	genText    = rapid.OneOf(rapid.SampledFrom([]string{"", "Standard_D2s v3", "1 Hour", "a\"b\\c\n\t\r\u2028é", "<&>", "\x00\x1f", "日本"}), rapid.String())
	genPart    = rapid.OneOf(rapid.SampledFrom([]string{"DZH318Z092QW/007H", "0001", "-", "P1M", "Zone 1", "É", "a.b*c>d"}), rapid.StringN(1, 8, 32))
	genAmount  = rapid.Custom(func(t *rapid.T) money.Decimal { return amount(t, 0) })
	genSigned  = rapid.Custom(func(t *rapid.T) money.Decimal { return amount(t, -1) })
	genInstant = rapid.Custom(func(t *rapid.T) time.Time {
		at := epoch.Add(time.Duration(rapid.Int64Range(-1e6, 1e6).Draw(t, "minutes")) * time.Minute)
		return at.Add(time.Duration(rapid.SampledFrom([]int64{0, 0, 0, 1, 500_000_000, 999_999_999}).Draw(t, "nanoseconds")))
	})
	genCurrency = rapid.SampledFrom([]string{"USD", "JPY", "EUR", "KWD"})
)

func amount(t *rapid.T, least int64) money.Decimal {
	n := rapid.Int64Range(least*1e12, 1e12).Draw(t, "units")
	d, err := money.Parse(fmt.Sprintf("%de-%d", n, rapid.IntRange(0, 18).Draw(t, "decimals")))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// genPeriods draws up to n periods in order, the last one perhaps open.
func genPeriods(t *rapid.T, n int) []effective.Period {
	var periods []effective.Period
	at := genInstant.Draw(t, "first")
	for range rapid.IntRange(0, n).Draw(t, "periods") {
		from := at.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "gap")) * time.Hour)
		at = from.Add(time.Duration(rapid.IntRange(1, 1000).Draw(t, "length")) * time.Hour)
		periods = append(periods, effective.Period{From: from, To: at})
	}
	if len(periods) > 0 && rapid.Bool().Draw(t, "open") {
		periods[len(periods)-1].To = time.Time{}
	}
	return periods
}

func genEnd(t *rapid.T, from time.Time) time.Time {
	if rapid.Bool().Draw(t, "open end") {
		return time.Time{}
	}
	return from.Add(time.Duration(rapid.IntRange(1, 1e6).Draw(t, "hours")) * time.Hour)
}

func genRateRow(t *rapid.T, id rate.Identity) *rate.Row {
	from := genInstant.Draw(t, "start")
	texts := rapid.SliceOfN(genText, 12, 12).Draw(t, "attributes")
	row := &rate.Row{Identity: id, Price: genAmount.Draw(t, "price"), Effective: effective.Period{From: from, To: genEnd(t, from)}, Attributes: rate.Attributes{
		MeterName: texts[0], ProductID: texts[1], ProductName: texts[2], SKUName: texts[3], ServiceName: texts[4], ServiceID: texts[5],
		ServiceFamily: texts[6], UnitOfMeasure: texts[7], ARMRegionName: texts[8], Location: texts[9], ARMSKUName: texts[10], IsPrimaryMeterRegion: texts[11],
	}}
	for range rapid.IntRange(0, 2).Draw(t, "plans") {
		row.SavingsPlans = append(row.SavingsPlans, rate.SavingsPlan{Term: genText.Draw(t, "term"), Price: genAmount.Draw(t, "plan price")})
	}
	if rapid.Bool().Draw(t, "has included quantity") {
		row.IncludedQuantity = genAmount.Draw(t, "included quantity")
	}
	return row
}

func genChange(t *rapid.T, currency, scope string, at time.Time) rate.Change {
	id := rate.Identity{
		PriceList: genPart.Draw(t, "price list"), Currency: currency, MeterID: genPart.Draw(t, "meter"), SKUID: genPart.Draw(t, "sku"),
		Type: genPart.Draw(t, "type"), ReservationTerm: genText.Draw(t, "term"), Tier: genAmount.Draw(t, "tier"),
	}
	c := rate.Change{
		Identity: id, Key: id.Key(), Scope: scope, Region: genPart.Draw(t, "region"), KnownAt: at,
		Kind:     rapid.SampledFrom([]rate.Kind{rate.Added, rate.PriceChanged, rate.Rescheduled, rate.Renamed, rate.Restated, rate.Retired}).Draw(t, "kind"),
		Returned: rapid.Bool().Draw(t, "returned"), Correction: rapid.Bool().Draw(t, "correction"), Backdated: rapid.Bool().Draw(t, "backdated"),
		Expiring: rapid.Bool().Draw(t, "expiring"), Upcoming: rapid.Bool().Draw(t, "upcoming"),
		Field: rapid.SampledFrom([]string{"", rate.FieldSavingsPlan, rate.FieldIncludedQuantity}).Draw(t, "field"),
	}
	if rapid.Bool().Draw(t, "has before") {
		c.Before = genRateRow(t, id)
	}
	if rapid.Bool().Draw(t, "has after") {
		c.After = genRateRow(t, id)
	}
	for _, p := range genPeriods(t, 3) {
		s := rate.Span{Period: p, None: rapid.Bool().Draw(t, "none")}
		if !s.None {
			s.Price, s.Start = genAmount.Draw(t, "price"), genInstant.Draw(t, "start")
		}
		c.Periods = append(c.Periods, s)
	}
	return c
}

func genRecord(t *rapid.T) rate.Record {
	numbers := rapid.SliceOfN(rapid.IntRange(0, 1e9), 15, 15).Draw(t, "numbers")
	at := genInstant.Draw(t, "at")
	return rate.Record{
		ID: genPart.Draw(t, "crawl"), Source: genText.Draw(t, "source"), Scope: genPart.Draw(t, "scope"), Currency: genCurrency.Draw(t, "currency"),
		At: at, Finished: at.Add(time.Minute), Pages: numbers[0], Rows: numbers[1], Identities: numbers[2], Complete: rapid.Bool().Draw(t, "complete"),
		Broken: genText.Draw(t, "broken"), Partial: rapid.Bool().Draw(t, "partial"), Accepted: rapid.Bool().Draw(t, "accepted"), Content: genHex(t),
		Quarantined: numbers[3], Foreign: numbers[4], Traversals: rapid.IntRange(0, 3).Draw(t, "traversals"), Parts: rapid.IntRange(0, 3).Draw(t, "parts"),
		Shards: rapid.SliceOfN(rapid.Custom(genShard), 0, 2).Draw(t, "shards"), OfferTerms: rapid.SliceOfN(rapid.Custom(genOfferTerm), 0, 2).Draw(t, "offer terms"),
		Counts: rate.Counts{
			Added: numbers[5], PriceChanged: numbers[6], Rescheduled: numbers[7], Renamed: numbers[8], Restated: numbers[9], Retired: numbers[10],
			Corrections: numbers[11], Backdated: numbers[12], Expiring: numbers[13], Periods: numbers[14],
		},
	}
}

func genShard(t *rapid.T) rate.ShardRecord {
	numbers := rapid.SliceOfN(rapid.IntRange(0, 1e9), 4, 4).Draw(t, "numbers")
	return rate.ShardRecord{
		Name: genPart.Draw(t, "shard"), Pages: numbers[0], Rows: numbers[1], Identities: numbers[2], Traversals: numbers[3], Refused: genText.Draw(t, "refused"),
	}
}

func genOfferTerm(t *rapid.T) rate.OfferTerm {
	term := rate.OfferTerm{Name: genText.Draw(t, "name"), Discount: genAmount.Draw(t, "discount"), ExcludedMeterIDs: rapid.SliceOfN(genText, 0, 3).Draw(t, "meters")}
	if rapid.Bool().Draw(t, "has start") {
		term.Effective = genInstant.Draw(t, "start")
	}
	return term
}

func genHex(t *rapid.T) string { return rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "hash") }

func genQuarantined(t *rapid.T) rate.Quarantined {
	return rate.Quarantined{
		Reason: rapid.SampledFrom([]string{rate.ReasonMissingField, rate.ReasonInvalidNumber, rate.ReasonDisagreement}).Draw(t, "reason"),
		Detail: genText.Draw(t, "detail"), Raw: rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "raw"),
		Identity: rate.Identity{Currency: genText.Draw(t, "currency"), MeterID: genText.Draw(t, "meter"), Tier: genSigned.Draw(t, "tier")},
	}
}

func genOutcome(t *rapid.T) rate.Outcome {
	o := rate.Outcome{Record: genRecord(t)}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		o.Changes = append(o.Changes, genChange(t, o.Record.Currency, o.Record.Scope, o.Record.At))
	}
	for range rapid.IntRange(0, 3).Draw(t, "quarantined") {
		o.Quarantined = append(o.Quarantined, genQuarantined(t))
	}
	return o
}

func genRelease(t *rapid.T) release.Release { return genReleaseOf(t, release.License) }

// genReleaseOf draws a release of one of some lists.
func genReleaseOf(t *rapid.T, lists ...string) release.Release {
	numbers := rapid.SliceOfN(rapid.IntRange(0, 1e6), 8, 8).Draw(t, "numbers")
	month := effective.Month{Year: rapid.IntRange(2020, 2040).Draw(t, "year"), Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
	r := release.Release{
		Slot:     release.Slot{List: rapid.SampledFrom(lists).Draw(t, "list"), Market: rapid.SampledFrom([]string{"US", "JP", "WW"}).Draw(t, "market"), Month: month},
		Revision: 1 + numbers[0], Corrects: rapid.SampledFrom([]string{"", "license-us-2026-11-r2", "offers-ww-2026-11-r1"}).Draw(t, "corrects"),
		Retroactive: rapid.Bool().Draw(t, "retroactive"), Backfilled: rapid.Bool().Draw(t, "backfilled"), Reason: genText.Draw(t, "why"),
		Kind: rapid.SampledFrom([]release.SheetKind{release.Full, release.Delta}).Draw(t, "kind"), EffectiveAt: month.Start(), PublishedAt: genInstant.Draw(t, "published"),
		CreatedBy: genText.Draw(t, "author"), ApprovedBy: genText.Draw(t, "approver"), Lines: numbers[1], Content: genHex(t), Baseline: rapid.Bool().Draw(t, "baseline"),
		Predecessor: rapid.SampledFrom([]string{"", "license-us-2026-11-r1"}).Draw(t, "predecessor"), Supersedes: rapid.SampledFrom([]string{"", "license-us-2026-12-r1"}).Draw(t, "supersedes"),
		Notice: release.Notice{Policy: "days:30", Days: rapid.IntRange(-40, 400).Draw(t, "days"), Short: rapid.Bool().Draw(t, "short"), Reason: genText.Draw(t, "reason")},
		Diff:   listing.Counts{Added: numbers[2], PriceChanged: numbers[3], Changed: numbers[4], Ending: numbers[5], Removed: numbers[6], Unchanged: numbers[7]},
	}
	r.ID = fmt.Sprintf("%s-%s-%s-r%d", r.Slot.List, strings.ToLower(r.Slot.Market), month, r.Revision)
	return r
}

func genLine(t *rapid.T, id pricelist.Identity) *pricelist.Line {
	if rapid.Bool().Draw(t, "no line") {
		return nil
	}
	texts := rapid.SliceOfN(genText, 9, 9).Draw(t, "attributes")
	l := &pricelist.Line{
		Identity: id, UnitPrice: genSigned.Draw(t, "unit price"), ERPPrice: genSigned.Draw(t, "erp price"),
		Basis: rapid.SampledFrom([]pricelist.Basis{pricelist.PerTerm, pricelist.PerMonth}).Draw(t, "basis"),
		Attributes: pricelist.Attributes{
			ProductTitle: texts[0], SKUTitle: texts[1], Publisher: texts[2], Description: texts[3], Unit: texts[4], TierMax: texts[5],
			EndOfSale: texts[6], Segment: texts[7], Tags: texts[8],
		},
	}
	if rapid.Bool().Draw(t, "has start") {
		l.Effective.From = genInstant.Draw(t, "start")
	}
	l.Effective.To = genEnd(t, genInstant.Draw(t, "before the end"))
	return l
}

func genLineChange(t *rapid.T) pricelist.LineChange {
	id := pricelist.Identity{
		Market: rapid.SampledFrom([]string{"US", "JP"}).Draw(t, "market"), Currency: genCurrency.Draw(t, "currency"), Product: genPart.Draw(t, "product"), SKU: genText.Draw(t, "sku"),
		Term: genText.Draw(t, "term"), Billing: genText.Draw(t, "billing"), Tier: genAmount.Draw(t, "tier"),
	}
	kinds := []listing.Change{listing.Added, listing.PriceChanged, listing.Changed, listing.Ending, listing.Removed}
	c := pricelist.LineChange{Difference: pricelist.Difference{
		Identity: id, Change: rapid.SampledFrom(kinds).Draw(t, "change"), Before: genLine(t, id), After: genLine(t, id),
	}, KnownAt: genInstant.Draw(t, "known")}
	releases := rapid.SampledFrom([]string{"", "license-us-2026-12-r1"})
	for _, p := range genPeriods(t, 3) {
		c.Spans = append(c.Spans, pricelist.Span{Period: p, Line: genLine(t, id), Release: releases.Draw(t, "release")})
	}
	for _, p := range genPeriods(t, 3) {
		c.Timeline = append(c.Timeline, pricelist.Span{Period: p, Line: genLine(t, id), Release: releases.Draw(t, "release")})
	}
	return c
}
