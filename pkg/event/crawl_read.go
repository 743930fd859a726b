package event

func (c *CrawlFinished) read(r *reader) {
	required := []string{
		"crawl", "source", "scope", "currency", "started", "finished", "pages", "rows", "identities", "complete", "content", "counts",
		"quarantined", "foreign",
	}
	r.object(r.asked(required, "content"), func(name string) bool {
		switch name {
		case "crawl":
			c.Crawl = r.nonEmpty()
		case "source":
			c.Source = r.text()
		case "scope":
			c.Scope = r.nonEmpty()
		case "currency":
			c.Currency = r.capitals(3)
		case "started":
			c.Started = r.instant()
		case "finished":
			c.Finished = r.instant()
		case "content":
			c.Content = r.text()
		case "counts":
			c.Counts.read(r)
		default:
			return c.readNumber(r, name)
		}
		return true
	})
}

func (c *CrawlFinished) readNumber(r *reader, name string) bool {
	switch name {
	case "pages":
		c.Pages = r.count(0)
	case "rows":
		c.Rows = r.count(0)
	case "identities":
		c.Identities = r.count(0)
	case "quarantined":
		c.Quarantined = r.count(0)
	case "foreign":
		c.Foreign = r.count(0)
	case "complete":
		c.Complete = r.flag()
	case "broken":
		c.Broken = r.text()
	case "partial":
		c.Partial = r.flag()
	case "accepted":
		c.Accepted = r.flag()
	case "refused":
		c.Refused = r.text()
	default:
		return c.readParts(r, name)
	}
	return true
}

// readParts reads what a crawl is made of; all of it may be absent.
func (c *CrawlFinished) readParts(r *reader, name string) bool {
	switch name {
	case "traversals":
		c.Traversals = r.count(1)
	case "parts":
		c.Parts = r.count(1)
	case "shards":
		c.Shards = nil
		r.array(func() { c.Shards = append(c.Shards, r.crawlShard()) })
	case "offer_terms":
		c.OfferTerms = nil
		r.array(func() { c.OfferTerms = append(c.OfferTerms, r.offerTerm()) })
	default:
		return false
	}
	return true
}

func (r *reader) crawlShard() (s CrawlShard) {
	r.object([]string{"name", "pages", "rows", "identities", "traversals"}, func(name string) bool {
		switch name {
		case "name":
			s.Name = r.nonEmpty()
		case "pages":
			s.Pages = r.count(0)
		case "rows":
			s.Rows = r.count(0)
		case "identities":
			s.Identities = r.count(0)
		case "traversals":
			s.Traversals = r.count(0)
		case "refused":
			s.Refused = r.text()
		default:
			return false
		}
		return true
	})
	return s
}

func (r *reader) offerTerm() (t OfferTerm) {
	r.object([]string{"name", "discount", "excluded_meter_ids", "effective_from"}, func(name string) bool {
		switch name {
		case "name":
			t.Name = r.text()
		case "discount":
			t.Discount = r.decimal()
		case "excluded_meter_ids":
			t.ExcludedMeterIDs = []string{}
			r.array(func() { t.ExcludedMeterIDs = append(t.ExcludedMeterIDs, r.text()) })
		case "effective_from":
			t.EffectiveFrom = orNull(r, r.instant)
		default:
			return false
		}
		return true
	})
	return t
}

func (c *CrawlProgressed) read(r *reader) {
	r.object([]string{"crawl", "scope", "currency", "started", "part", "changes"}, func(name string) bool {
		switch name {
		case "crawl":
			c.Crawl = r.nonEmpty()
		case "scope":
			c.Scope = r.nonEmpty()
		case "currency":
			c.Currency = r.capitals(3)
		case "started":
			c.Started = r.instant()
		case "part":
			c.Part = r.count(1)
		case "changes":
			c.Changes = r.count(0)
		default:
			return false
		}
		return true
	})
}

func (c *CrawlCounts) read(r *reader) {
	r.counts([]string{
		"added", "price_changed", "corrections", "backdated", "rescheduled", "expiring", "renamed", "restated", "retired", "periods",
	}, &c.Added, &c.PriceChanged, &c.Corrections, &c.Backdated, &c.Rescheduled, &c.Expiring, &c.Renamed, &c.Restated, &c.Retired, &c.Periods)
}

// counts reads an object of counts; targets are in the order of names.
func (r *reader) counts(names []string, targets ...*int) {
	r.object(names, func(name string) bool {
		i := indexFrom(names, name, 0)
		if i >= 0 {
			*targets[i] = r.count(0)
		}
		return i >= 0
	})
}

func (q *RateQuarantined) read(r *reader) {
	r.object([]string{"crawl", "scope", "currency", "known_at", "rows"}, func(name string) bool {
		switch name {
		case "crawl":
			q.Crawl = r.nonEmpty()
		case "scope":
			q.Scope = r.nonEmpty()
		case "currency":
			q.Currency = r.capitals(3)
		case "known_at":
			q.KnownAt = r.instant()
		case "rows":
			q.Rows = nil
			r.array(func() { q.Rows = append(q.Rows, r.quarantinedRow()) })
		default:
			return false
		}
		return true
	})
}

func (r *reader) quarantinedRow() (row QuarantinedRow) {
	r.object([]string{"reason", "detail", "identity"}, func(name string) bool {
		switch name {
		case "reason":
			row.Reason = r.nonEmpty()
		case "detail":
			row.Detail = r.text()
		case "identity":
			row.Identity.readParts(r, r.text, r.text, r.signed) // as far as it could be read
		case "raw":
			row.Raw = r.text()
		case "raw_base64":
			row.RawBase64 = r.base64()
		default:
			return false
		}
		return true
	})
	return row
}
