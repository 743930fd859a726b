package event

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// examples returns one message of each type, as the domain makes them: a market's second list with a rise from December on, its correction
// and withdrawal, a month that is awaited, an offer matrix, and a crawl that finds a lower price.
func examples(t testing.TB) map[Type]stream.Message {
	all := map[Type]stream.Message{}
	r, changes := exampleRelease(t)
	batch, _, err := ReleaseBatch(r, changes)
	if err != nil {
		t.Fatal(err)
	}
	all[TypePriceChanged], all[TypeReleasePublished] = batch[0], batch[len(batch)-1]
	if all[TypeReleaseEffective], err = EffectiveMessage(r, r.Predecessor); err != nil {
		t.Fatal(err)
	}
	all[TypeReleaseCorrected], all[TypeReleaseWithdrawn], all[TypeReleaseMissing] = exampleCorrected(t), exampleWithdrawn(t), exampleMissing(t)
	all[TypeItemChanged] = exampleItem(t)
	crawl, err := RateBatch(exampleOutcome(t))
	if err != nil || len(crawl) != 3 {
		t.Fatal(len(crawl), err)
	}
	all[TypeRateChanged], all[TypeRateQuarantined], all[TypeCrawlFinished] = crawl[0], crawl[1], crawl[2]
	all[TypeCrawlProgressed] = examplePart(t)
	all[TypeSourceStale] = exampleStale(t)
	return all
}

func at(t testing.TB, s string) time.Time {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func amountOf(t testing.TB, s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func exampleLine(t testing.TB, unit, erp string) pricelist.Line {
	return pricelist.Line{
		Identity: pricelist.Identity{
			Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly",
		},
		UnitPrice: amountOf(t, unit), ERPPrice: amountOf(t, erp), Basis: pricelist.PerTerm, Effective: effective.Period{From: at(t, "2025-03-01T00:00:00Z")},
		Attributes: pricelist.Attributes{
			ProductTitle: "Microsoft 365 Business Basic", SKUTitle: "Microsoft 365 Business Basic", Publisher: "Microsoft Corporation",
			Description: "Mail, files and meetings for a small business.", Unit: "1 License", Segment: "Commercial", Tags: "license",
		},
	}
}

func exampleLists(t testing.TB) (november, december pricelist.List) {
	november = pricelist.NewList("license-us-2026-11-r1", 1, at(t, "2026-11-01T00:00:00Z"), []pricelist.Line{exampleLine(t, "4.80", "6")})
	december = pricelist.NewList("license-us-2026-12-r1", 1, at(t, "2026-12-01T00:00:00Z"), []pricelist.Line{exampleLine(t, "5.28", "6.6")})
	return november, december
}

func exampleRelease(t testing.TB) (release.Release, []pricelist.LineChange) {
	november, december := exampleLists(t)
	published := at(t, "2026-11-01T00:00:00Z")
	return release.Release{
		ID: "license-us-2026-12-r1", Slot: release.Slot{List: release.License, Market: "US", Month: effective.Month{Year: 2026, Month: time.December}},
		Revision: 1, State: release.Publishing, Kind: release.Full, EffectiveAt: december.EffectiveAt, PublishAt: published, PublishedAt: published,
		CreatedBy: "alice", SubmittedBy: "alice", ApprovedBy: "bob", Lines: 1, Predecessor: november.Release,
		Content: "6d4f0a4b1c8b8a3b7c0e5f4f2a9d1e6b3c8a7d5e9f0b2c4d6e8fa0b1c2d3e4f5",
		Notice:  release.Notice{Policy: "days:30", Days: 30}, Diff: listing.Counts{PriceChanged: 1},
	}, pricelist.NewBook(november).Publish(december, published)
}

func exampleRow(t testing.TB, price, from string) *rate.Row {
	return &rate.Row{
		Identity: rate.Identity{
			PriceList: rate.Retail, Currency: "USD", MeterID: "0008fc59-f088-5d25-8e72-147ec2e66261", SKUID: "DZH318Z092QW/007H", Type: "Consumption",
		},
		Price: amountOf(t, price), Effective: effective.Period{From: at(t, from)},
		Attributes: rate.Attributes{
			MeterName: "E8as v4", ProductID: "DZH318Z092QW", ProductName: "Virtual Machines Easv4 Series Windows", SKUName: "E8as v4",
			ServiceName: "Virtual Machines", ServiceID: "DZH313Z7MMC8", ServiceFamily: "Compute", UnitOfMeasure: "1 Hour", ARMRegionName: "westeurope",
			Location: "EU West", ARMSKUName: "Standard_E8as_v4", IsPrimaryMeterRegion: "true",
		},
		SavingsPlans: []rate.SavingsPlan{{Term: "1 Year", Price: amountOf(t, "1.03")}, {Term: "3 Years", Price: amountOf(t, "0.87")}},
	}
}

// examplePart ends the first batch of a crawl that has more changes than one batch holds.
func examplePart(t testing.TB) stream.Message {
	seen := at(t, "2026-01-21T12:00:00Z")
	m, err := PartMessage(rate.CrawlPart{
		Crawl: "azure-usd-20260121T120000Z-9f2c7a1e", Scope: "azure-usd", Currency: "USD", At: seen, Part: 1, Changes: 100_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func exampleOutcome(t testing.TB) rate.Outcome {
	before, after := exampleRow(t, "1.457", "2025-10-01T00:00:00Z"), exampleRow(t, "0.886", "2026-01-01T00:00:00Z")
	seen := at(t, "2026-01-21T12:00:00Z")
	content := "9f2c7a1e5b3d8f6041728394a5b6c7d8e9f00112233445566778899aabbccdd"
	return rate.Outcome{
		Record: rate.Record{
			ID: "azure-usd-20260121T120000Z-9f2c7a1e", Source: "https://prices.azure.com", Scope: "azure-usd", Currency: "USD", At: seen,
			Finished: seen.Add(94 * time.Second), Pages: 2, Rows: 1500, Identities: 1499, Complete: true, Content: content + "e", Quarantined: 1,
			Counts: rate.Counts{PriceChanged: 1, Backdated: 1, Periods: 1},
		},
		Changes: []rate.Change{{
			Identity: after.Identity, Key: after.Identity.Key(), Scope: "azure-usd", Region: "westeurope", Kind: rate.PriceChanged, Backdated: true,
			Before: before, After: after, KnownAt: seen,
			Periods: []rate.Span{{Period: effective.Period{From: after.Effective.From}, Price: after.Price, Start: after.Effective.From}},
		}},
		Quarantined: []rate.Quarantined{{
			Reason: rate.ReasonInvalidNumber, Detail: `unitPrice: "0,886" is not a decimal number`, Identity: after.Identity,
			Raw: []byte(`{"currencyCode":"USD","meterId":"0008fc59-f088-5d25-8e72-147ec2e66261","skuId":"DZH318Z092QW/007H","type":"Consumption","unitPrice":"0,886"}`),
		}},
	}
}
