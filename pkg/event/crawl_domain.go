package event

import "github.com/pricewire/pricewire/pkg/rate"

func crawlFinished(r *rate.Record) *CrawlFinished {
	return &CrawlFinished{
		Crawl: r.ID, Source: r.Source, Scope: r.Scope, Currency: r.Currency, Started: r.At.UTC(), Finished: r.Finished.UTC(),
		Pages: r.Pages, Rows: r.Rows, Identities: r.Identities, Complete: r.Complete, Partial: r.Partial, Accepted: r.Accepted,
		Broken: readable(r.Broken), Refused: readable(r.Refused), Content: r.Content, Quarantined: r.Quarantined, Foreign: r.Foreign,
		Traversals: r.Traversals, Parts: r.Parts, Shards: crawlShards(r.Shards), OfferTerms: offerTerms(r.OfferTerms),
		Counts: CrawlCounts{
			Added: r.Counts.Added, PriceChanged: r.Counts.PriceChanged, Corrections: r.Counts.Corrections, Backdated: r.Counts.Backdated,
			Rescheduled: r.Counts.Rescheduled, Expiring: r.Counts.Expiring, Renamed: r.Counts.Renamed, Restated: r.Counts.Restated,
			Retired: r.Counts.Retired, Periods: r.Counts.Periods,
		},
	}
}

func crawlShards(shards []rate.ShardRecord) []CrawlShard {
	var wire []CrawlShard
	for _, s := range shards {
		s.Refused = readable(s.Refused)
		wire = append(wire, CrawlShard(s))
	}
	return wire
}

func offerTerms(terms []rate.OfferTerm) []OfferTerm {
	var wire []OfferTerm
	for _, t := range terms {
		wire = append(wire, OfferTerm{
			Name: t.Name, Discount: t.Discount.String(), ExcludedMeterIDs: append([]string{}, t.ExcludedMeterIDs...), EffectiveFrom: optional(t.Effective),
		})
	}
	return wire
}

func crawlProgressed(p *rate.CrawlPart) *CrawlProgressed {
	return &CrawlProgressed{Crawl: p.Crawl, Scope: p.Scope, Currency: p.Currency, Started: p.At.UTC(), Part: p.Part, Changes: p.Changes}
}

// Record returns the record of the crawl. Discounts are text that Decode has checked; one that does not read is 0.
func (c *CrawlFinished) Record() rate.Record {
	n := &c.Counts
	out := rate.Record{
		ID: c.Crawl, Source: c.Source, Scope: c.Scope, Currency: c.Currency, At: c.Started.UTC(), Finished: c.Finished.UTC(),
		Pages: c.Pages, Rows: c.Rows, Identities: c.Identities, Complete: c.Complete, Partial: c.Partial, Accepted: c.Accepted,
		Broken: c.Broken, Refused: c.Refused, Content: c.Content, Quarantined: c.Quarantined, Foreign: c.Foreign,
		Traversals: c.Traversals, Parts: c.Parts,
		Counts: rate.Counts{
			Added: n.Added, PriceChanged: n.PriceChanged, Rescheduled: n.Rescheduled, Renamed: n.Renamed, Restated: n.Restated,
			Retired: n.Retired, Corrections: n.Corrections, Backdated: n.Backdated, Expiring: n.Expiring, Periods: n.Periods,
		},
	}
	for i := range c.Shards {
		out.Shards = append(out.Shards, rate.ShardRecord(c.Shards[i]))
	}
	for i := range c.OfferTerms {
		out.OfferTerms = append(out.OfferTerms, c.OfferTerms[i].term())
	}
	return out
}

func (t *OfferTerm) term() rate.OfferTerm {
	p := fields{}
	return rate.OfferTerm{
		Name: t.Name, Discount: p.decimal("discount", t.Discount), ExcludedMeterIDs: t.ExcludedMeterIDs, Effective: instantOf(t.EffectiveFrom),
	}
}

// CrawlPart returns the part of a crawl that the event ends.
func (c *CrawlProgressed) CrawlPart() rate.CrawlPart {
	return rate.CrawlPart{Crawl: c.Crawl, Scope: c.Scope, Currency: c.Currency, At: c.Started.UTC(), Part: c.Part, Changes: c.Changes}
}
