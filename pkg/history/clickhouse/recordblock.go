package clickhouse

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
)

func crawlBlock(rows []history.Crawl) block {
	type R = history.Crawl
	count := func(name string, of func(*R) int) vector {
		return gather(name, rows, func(r *R) uint32 { return uint32(of(r)) })
	}
	b := block{
		gather("crawl", rows, func(r *R) string { return r.ID }),
		gather("source", rows, func(r *R) string { return r.Source }),
		gather("scope", rows, func(r *R) string { return r.Scope }),
		gather("currency", rows, func(r *R) string { return r.Currency }),
		gather("started", rows, func(r *R) time.Time { return history.StoredKnown(r.At) }),
		gather("finished", rows, func(r *R) time.Time { return history.StoredKnown(r.Finished) }),
		count("pages", func(r *R) int { return r.Pages }),
		count("rows", func(r *R) int { return r.Rows }),
		count("identities", func(r *R) int { return r.Identities }),
		gather("complete", rows, func(r *R) bool { return r.Complete }),
		gather("partial", rows, func(r *R) bool { return r.Partial }),
		gather("accepted", rows, func(r *R) bool { return r.Accepted }),
		gather("refused", rows, func(r *R) string { return r.Refused }),
		gather("content", rows, func(r *R) string { return r.Content }),
		count("added", func(r *R) int { return r.Counts.Added }),
		count("price_changed", func(r *R) int { return r.Counts.PriceChanged }),
		count("corrections", func(r *R) int { return r.Counts.Corrections }),
		count("backdated", func(r *R) int { return r.Counts.Backdated }),
		count("rescheduled", func(r *R) int { return r.Counts.Rescheduled }),
		count("expiring", func(r *R) int { return r.Counts.Expiring }),
		count("renamed", func(r *R) int { return r.Counts.Renamed }),
		count("restated", func(r *R) int { return r.Counts.Restated }),
		count("retired", func(r *R) int { return r.Counts.Retired }),
		count("periods", func(r *R) int { return r.Counts.Periods }),
		count("quarantined", func(r *R) int { return r.Quarantined }),
		count("foreign", func(r *R) int { return r.Foreign }),
		count("traversals", func(r *R) int { return r.Traversals }),
		count("parts", func(r *R) int { return r.Parts }),
		gather("shards", rows, func(r *R) string { return shardText(r.Shards) }),
		gather("offer_terms", rows, func(r *R) string { return offerTermText(r.OfferTerms) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func crawlPartBlock(rows []history.CrawlPart) block {
	type R = history.CrawlPart
	b := block{
		gather("crawl", rows, func(r *R) string { return r.Crawl }),
		gather("scope", rows, func(r *R) string { return r.Scope }),
		gather("currency", rows, func(r *R) string { return r.Currency }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.At) }),
		gather("part", rows, func(r *R) uint32 { return uint32(r.Part) }),
		gather("changes", rows, func(r *R) uint32 { return uint32(r.Changes) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func quarantineBlock(rows []history.Quarantined) block {
	type R = history.Quarantined
	b := block{
		gather("crawl", rows, func(r *R) string { return r.Crawl }),
		gather("scope", rows, func(r *R) string { return r.Scope }),
		gather("currency", rows, func(r *R) string { return r.Currency }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("detail", rows, func(r *R) string { return r.Detail }),
		gather("price_list", rows, func(r *R) string { return r.Identity.PriceList }),
		gather("row_currency", rows, func(r *R) string { return r.Identity.Currency }),
		gather("meter_id", rows, func(r *R) string { return r.Identity.MeterID }),
		gather("sku_id", rows, func(r *R) string { return r.Identity.SKUID }),
		gather("type", rows, func(r *R) string { return r.Identity.Type }),
		gather("reservation_term", rows, func(r *R) string { return r.Identity.ReservationTerm }),
		gather("tier", rows, func(r *R) decimal.Decimal { return r.Identity.Tier.Exact() }),
		gather("raw", rows, func(r *R) string { return string(r.Raw) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func rejectBlock(rows []history.Reject) block {
	type R = history.Reject
	b := block{
		gather("subject", rows, func(r *R) string { return r.Subject }),
		gather("event_id", rows, func(r *R) string { return r.EventID }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("data", rows, func(r *R) string { return string(r.Data) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}
