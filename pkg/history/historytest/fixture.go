package historytest

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Amount reads a constant decimal; what does not read is 0.
func Amount(s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		return money.Decimal{}
	}
	return d
}

// Meter is the identity of a rate that differs from others by its meter.
func Meter(id string) rate.Identity {
	return rate.Identity{PriceList: rate.Retail, Currency: "USD", MeterID: id, SKUID: "DZH318Z0BPVW/00QZ", Type: "Consumption"}
}

// Span is a range of valid time with a price, whose row starts where the range does; an empty price is none, an empty end is open.
func Span(from, to, price string) rate.Span {
	s := rate.Span{Period: effective.Period{From: Day(from), To: Day(to)}, None: price == ""}
	if !s.None {
		s.Price, s.Start = Amount(price), Day(from)
	}
	return s
}

// Current is a row as a source gives it.
func Current(id rate.Identity, from, to, price, region, service string) *rate.Row {
	return &rate.Row{
		Identity: id, Price: Amount(price), Effective: effective.Period{From: Day(from), To: Day(to)},
		Attributes: rate.Attributes{MeterName: "D2 v3", ServiceName: service, ARMRegionName: region, UnitOfMeasure: "1 Hour", IsPrimaryMeterRegion: "true"},
	}
}

// Change is a change of a rate at a place in Stream.
func Change(sequence uint64, id rate.Identity, kind rate.Kind, knownAt string, after *rate.Row, spans ...rate.Span) history.RateChange {
	return history.RateChange{
		Position: history.Position{Stream: Stream, Sequence: sequence}, Crawl: "crawl-" + knownAt,
		Change: rate.Change{
			Identity: id, Key: id.Key(), Scope: "azure-usd", Region: "westeurope", Kind: kind, After: after, Periods: spans, KnownAt: Day(knownAt),
		},
	}
}

// PriceStream is the stream that the suite's licence prices come from.
const PriceStream = "PRICES@life-1"

// SKU is the identity of a licence line that differs from others by its SKU.
func SKU(sku string) pricelist.Identity {
	return pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: sku, Term: "P1M", Billing: "Monthly"}
}

// Line is a licence line without bounds of its own.
func Line(id pricelist.Identity, unit, erp string) *pricelist.Line {
	return &pricelist.Line{
		Identity: id, UnitPrice: Amount(unit), ERPPrice: Amount(erp), Basis: pricelist.PerTerm,
		Attributes: pricelist.Attributes{ProductTitle: "Business Basic", SKUTitle: "Basic " + id.SKU, Publisher: "Microsoft", Unit: "Licenses", Segment: "Commercial"},
	}
}

// PriceChange is a change of a licence line, one of of, that answers with the line in a range.
func PriceChange(sequence uint64, release, publishedAt string, n, of int, id pricelist.Identity, line *pricelist.Line, from, to string) history.PriceChange {
	kind := listing.PriceChanged
	if line == nil {
		kind = listing.Removed
	}
	return history.PriceChange{
		Position: history.Position{Stream: PriceStream, Sequence: sequence}, Release: release, N: n, Of: of, KnownAt: Day(publishedAt),
		Difference: pricelist.Difference{Identity: id, Change: kind, After: line},
		Spans:      []pricelist.Span{{Period: effective.Period{From: Day(from), To: Day(to)}, Line: line, Release: release}},
	}
}

// Manifest is the manifest of a release for the market of SKU.
func Manifest(sequence uint64, release, publishedAt, effectiveAt string, revision, changed int) history.Release {
	return history.Release{
		Position: history.Position{Stream: PriceStream, Sequence: sequence}, Release: release, List: "license", Market: "US", Month: effectiveAt[:7],
		Revision: revision, Kind: "full", EffectiveAt: Day(effectiveAt), PublishedAt: Day(publishedAt), NoticePolicy: "days:30", NoticeDays: -3,
		NoticeShort: true, NoticeReason: "it's late", Lines: 7, Changed: changed, Checksum: "c0ffee", Content: "beef",
		Diff: listing.Counts{Added: 1, PriceChanged: 2, Changed: 3, Ending: 4, Removed: 5, Unchanged: 6}, CreatedBy: "alice", ApprovedBy: "bob",
	}
}

// Withdrawn is the n-th withdrawal of a release for the market of SKU: of all of it, or of some lines.
func Withdrawn(sequence uint64, release, knownAt, from string, n, changed int, whole bool) history.Withdrawal {
	return history.Withdrawal{
		Position: history.Position{Stream: PriceStream, Sequence: sequence}, Release: release, List: "license", Market: "US", Month: "2026-12",
		Revision: 1, Withdrawal: n, Whole: whole, Lines: 7, From: Day(from), Retroactive: true, Reason: "it's wrong", WithdrawnBy: "carol",
		InForce: "before", Changed: changed, Checksum: "c0ffee", KnownAt: Day(knownAt),
	}
}

// Offers is the list that the suite's items are on.
const Offers = "offers"

// Item is an item that says names and texts in turn.
func Item(key string, said ...string) *item.Item {
	i := &item.Item{Key: key}
	for n := 0; n+1 < len(said); n += 2 {
		i.Values = append(i.Values, item.Value{Name: said[n], Text: said[n+1]})
	}
	return i
}

// ItemChange is a change of an item, one of of, that answers with it in a range; no item is none.
func ItemChange(sequence uint64, release, knownAt string, n, of int, key string, i *item.Item, from, to string) history.ItemChange {
	kind := listing.Changed
	if i == nil {
		kind = listing.Removed
	}
	return history.ItemChange{
		Position: history.Position{Stream: PriceStream, Sequence: sequence}, List: Offers, Market: "US", Release: release, N: n, Of: of,
		Difference: item.Difference{Key: key, Change: kind, After: i}, KnownAt: Day(knownAt),
		Spans: []item.Span{{Period: effective.Period{From: Day(from), To: Day(to)}, Line: i, Release: release}},
	}
}

// ItemManifest is the manifest of a release of Offers.
func ItemManifest(sequence uint64, release, publishedAt, effectiveAt string, revision, changed int) history.Release {
	r := Manifest(sequence, release, publishedAt, effectiveAt, revision, changed)
	r.List = Offers
	return r
}
