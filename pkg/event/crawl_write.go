package event

import "time"

// Type returns TypeCrawlFinished.
func (*CrawlFinished) Type() Type           { return TypeCrawlFinished }
func (*CrawlFinished) source() string       { return sourceRates }
func (c *CrawlFinished) instant() time.Time { return c.Started }
func (c *CrawlFinished) subject() string    { return CrawlSubject(c.Currency, c.Scope) }

func (c *CrawlFinished) write(w *writer) {
	w.open('{')
	w.need("crawl", c.Crawl)
	w.text("source", c.Source)
	w.need("scope", c.Scope)
	w.capitals("currency", c.Currency, 3)
	w.instant("started", c.Started)
	w.instant("finished", c.Finished)
	w.number("pages", c.Pages)
	w.number("rows", c.Rows)
	w.number("identities", c.Identities)
	w.flag("complete", c.Complete)
	w.textUnlessEmpty("broken", c.Broken)
	w.flagIfSet("partial", c.Partial)
	w.flagIfSet("accepted", c.Accepted)
	w.textUnlessEmpty("refused", c.Refused)
	w.cost("content", c.Content)
	w.name("counts")
	c.Counts.write(w)
	w.number("quarantined", c.Quarantined)
	w.number("foreign", c.Foreign)
	w.numberUnlessZero("traversals", c.Traversals)
	w.numberUnlessZero("parts", c.Parts)
	writeList(w, "shards", c.Shards, (*CrawlShard).write)
	writeList(w, "offer_terms", c.OfferTerms, (*OfferTerm).write)
	w.close('}')
}

// writeList writes an array, or nothing where it would be empty.
func writeList[E any](w *writer, field string, list []E, write func(*E, *writer)) {
	if len(list) == 0 {
		return
	}
	w.name(field)
	w.open('[')
	for i := range list {
		write(&list[i], w)
	}
	w.close(']')
}

func (s *CrawlShard) write(w *writer) {
	w.open('{')
	w.need("name", s.Name)
	w.number("pages", s.Pages)
	w.number("rows", s.Rows)
	w.number("identities", s.Identities)
	w.number("traversals", s.Traversals)
	w.textUnlessEmpty("refused", s.Refused)
	w.close('}')
}

func (t *OfferTerm) write(w *writer) {
	w.open('{')
	w.text("name", t.Name)
	w.text("discount", t.Discount)
	w.name("excluded_meter_ids")
	w.open('[')
	for _, id := range t.ExcludedMeterIDs {
		w.comma()
		w.string("excluded_meter_ids", id)
	}
	w.close(']')
	w.instantOrNull("effective_from", t.EffectiveFrom)
	w.close('}')
}

// digest takes what was observed and what was made of it; when the crawl ended, and in how many pages it came, is no part of that.
func (c *CrawlFinished) digest(d *digest) {
	d.text(c.Crawl, c.Source, c.Scope, c.Currency, c.Content)
	d.instant(c.Started)
	d.flags(c.Complete, c.Partial, c.Accepted, c.Refused != "")
}

func (c *CrawlCounts) write(w *writer) {
	w.open('{')
	w.number("added", c.Added)
	w.number("price_changed", c.PriceChanged)
	w.number("corrections", c.Corrections)
	w.number("backdated", c.Backdated)
	w.number("rescheduled", c.Rescheduled)
	w.number("expiring", c.Expiring)
	w.number("renamed", c.Renamed)
	w.number("restated", c.Restated)
	w.number("retired", c.Retired)
	w.number("periods", c.Periods)
	w.close('}')
}

// Type returns TypeCrawlProgressed.
func (*CrawlProgressed) Type() Type           { return TypeCrawlProgressed }
func (*CrawlProgressed) source() string       { return sourceRates }
func (c *CrawlProgressed) instant() time.Time { return c.Started }
func (c *CrawlProgressed) subject() string    { return CrawlSubject(c.Currency, c.Scope) }

func (c *CrawlProgressed) write(w *writer) {
	w.open('{')
	w.need("crawl", c.Crawl)
	w.need("scope", c.Scope)
	w.capitals("currency", c.Currency, 3)
	w.instant("started", c.Started)
	w.number("part", c.Part)
	w.number("changes", c.Changes)
	w.close('}')
}

// digest takes everything: a crawl that is cut elsewhere has other parts.
func (c *CrawlProgressed) digest(d *digest) {
	d.text(c.Crawl, c.Scope, c.Currency)
	d.instant(c.Started)
	d.number(c.Part)
	d.number(c.Changes)
}

// Type returns TypeRateQuarantined.
func (*RateQuarantined) Type() Type           { return TypeRateQuarantined }
func (*RateQuarantined) source() string       { return sourceRates }
func (q *RateQuarantined) instant() time.Time { return q.KnownAt }
func (q *RateQuarantined) subject() string    { return QuarantineSubject(q.Currency, q.Scope) }

func (q *RateQuarantined) write(w *writer) {
	w.open('{')
	w.need("crawl", q.Crawl)
	w.need("scope", q.Scope)
	w.capitals("currency", q.Currency, 3)
	w.instant("known_at", q.KnownAt)
	w.name("rows")
	w.open('[')
	for i := range q.Rows {
		q.Rows[i].write(w)
	}
	w.close(']')
	w.close('}')
}

func (q *RateQuarantined) digest(d *digest) {
	d.text(q.Crawl, q.Currency)
	d.instant(q.KnownAt)
	d.number(len(q.Rows))
	for i := range q.Rows {
		r := &q.Rows[i]
		d.text(r.Reason, r.Detail, r.Raw, r.RawBase64)
		r.Identity.digest(d)
	}
}

func (r *QuarantinedRow) write(w *writer) {
	w.open('{')
	w.need("reason", r.Reason)
	w.text("detail", r.Detail)
	w.name("identity")
	r.Identity.writeParts(w, w.text, w.text)
	w.textUnlessEmpty("raw", r.Raw)
	w.textUnlessEmpty("raw_base64", r.RawBase64)
	w.close('}')
}
