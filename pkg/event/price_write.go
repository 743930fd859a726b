package event

import "time"

// Type returns TypePriceChanged.
func (*PriceChanged) Type() Type           { return TypePriceChanged }
func (*PriceChanged) source() string       { return sourceReleases }
func (c *PriceChanged) instant() time.Time { return c.KnownAt }
func (c *PriceChanged) subject() string    { return c.Identity.subject() }

func (c *PriceChanged) write(w *writer) {
	w.open('{')
	w.need("release", c.Release)
	w.numberUnlessZero("withdrawal", c.Withdrawal)
	w.name("identity")
	c.Identity.write(w)
	w.need("change", c.Change)
	w.number("n", c.N)
	w.number("of", c.Of)
	w.name("before")
	c.Before.write(w)
	w.name("after")
	c.After.write(w)
	w.name("periods")
	w.open('[')
	for i := range c.Periods {
		c.Periods[i].write(w)
	}
	w.close(']')
	w.name("timeline")
	w.open('[')
	for i := range c.Timeline {
		c.Timeline[i].write(w)
	}
	w.close(']')
	w.instant("known_at", c.KnownAt)
	w.close('}')
}

// digest leaves the withdrawal out, which events did not have at first: what it changes, and when, tells it from the others.
func (c *PriceChanged) digest(d *digest) {
	d.text(c.Release)
	c.Identity.digest(d)
	d.text(c.Change)
	d.number(c.N)
	d.number(c.Of)
	c.Before.digest(d)
	c.After.digest(d)
	d.number(len(c.Periods))
	for i := range c.Periods {
		p := &c.Periods[i]
		d.instant(p.From)
		d.instantOrNone(p.To)
		d.text(p.Release)
		p.Line.digest(d)
	}
	d.number(len(c.Timeline))
	for i := range c.Timeline {
		s := &c.Timeline[i]
		d.instant(s.From)
		d.instantOrNone(s.To)
		d.textOrNone(s.UnitPrice)
		d.textOrNone(s.ERPPrice)
		d.text(s.Release)
	}
	d.instant(c.KnownAt)
}

func (i *PriceIdentity) subject() string {
	return subject("price", i.Market, i.Currency, i.Product, i.SKU, i.Term, i.Billing, i.Tier)
}

func (i *PriceIdentity) write(w *writer) {
	w.open('{')
	w.capitals("market", i.Market, 2)
	w.capitals("currency", i.Currency, 3)
	w.need("product", i.Product)
	w.text("sku", i.SKU)
	w.text("term", i.Term)
	w.text("billing", i.Billing)
	w.text("tier", i.Tier)
	w.close('}')
}

func (i *PriceIdentity) digest(d *digest) {
	d.text(i.Market, i.Currency, i.Product, i.SKU, i.Term, i.Billing, i.Tier)
}

func (l *PriceLine) write(w *writer) {
	if l == nil {
		w.null()
		return
	}
	w.open('{')
	w.cost("unit_price", l.UnitPrice)
	w.text("erp_price", l.ERPPrice)
	w.text("price_basis", l.PriceBasis)
	w.instantOrNull("starts_at", l.StartsAt)
	w.instantOrNull("ends_at", l.EndsAt)
	w.text("product_title", l.ProductTitle)
	w.text("sku_title", l.SKUTitle)
	w.text("publisher", l.Publisher)
	w.text("description", l.Description)
	w.text("unit", l.Unit)
	w.textUnlessEmpty("tier_max", l.TierMax)
	w.textUnlessEmpty("end_of_sale", l.EndOfSale)
	w.text("segment", l.Segment)
	w.text("tags", l.Tags)
	w.close('}')
}

func (l *PriceLine) digest(d *digest) {
	if !d.present(l != nil) {
		return
	}
	d.text(l.UnitPrice, l.ERPPrice, l.PriceBasis)
	d.instantOrNone(l.StartsAt)
	d.instantOrNone(l.EndsAt)
	d.text(l.ProductTitle, l.SKUTitle, l.Publisher, l.Description, l.Unit, l.TierMax, l.EndOfSale, l.Segment, l.Tags)
}

func (p *PricePeriod) write(w *writer) {
	w.open('{')
	w.instant("from", p.From)
	w.instantOrNull("to", p.To)
	w.text("release", p.Release)
	w.name("line")
	p.Line.write(w)
	w.close('}')
}

func (s *PriceStep) write(w *writer) {
	w.open('{')
	w.instant("from", s.From)
	w.instantOrNull("to", s.To)
	if !w.withoutCost {
		w.textOrNull("unit_price", s.UnitPrice)
	}
	w.textOrNull("erp_price", s.ERPPrice)
	w.text("release", s.Release)
	w.close('}')
}
