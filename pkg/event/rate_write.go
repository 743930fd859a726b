package event

import "time"

// Type returns TypeRateChanged.
func (*RateChanged) Type() Type           { return TypeRateChanged }
func (*RateChanged) source() string       { return sourceRates }
func (c *RateChanged) instant() time.Time { return c.KnownAt }
func (c *RateChanged) subject() string {
	return rateSubject(c.Identity.Currency, c.Region, c.Identity.MeterID, c.Key)
}

func (c *RateChanged) write(w *writer) {
	w.open('{')
	w.text("key", c.Key)
	w.name("identity")
	c.Identity.write(w)
	w.need("region", c.Region)
	w.need("kind", c.Kind)
	w.textUnlessEmpty("field", c.Field)
	w.flagIfSet("returned", c.Returned)
	w.flagIfSet("correction", c.Correction)
	w.flagIfSet("backdated", c.Backdated)
	w.flagIfSet("expiring", c.Expiring)
	w.flagIfSet("upcoming", c.Upcoming)
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
	w.instant("known_at", c.KnownAt)
	w.need("scope", c.Scope)
	w.need("crawl", c.Crawl)
	w.close('}')
}

// digest leaves scope and crawl out: what was observed does not depend on who looked.
func (c *RateChanged) digest(d *digest) {
	c.Identity.digest(d)
	d.text(c.Region, c.Kind, c.Field)
	d.flags(c.Returned, c.Correction, c.Backdated, c.Expiring, c.Upcoming)
	c.Before.digest(d)
	c.After.digest(d)
	d.number(len(c.Periods))
	for i := range c.Periods {
		p := &c.Periods[i]
		d.instant(p.From)
		d.instantOrNone(p.To)
		d.textOrNone(p.Price)
		d.instantOrNone(p.EffectiveFrom)
	}
	d.instant(c.KnownAt)
}

func (i *RateIdentity) write(w *writer) {
	i.writeParts(w, w.need, func(field, v string) { w.capitals(field, v, 3) })
}

// writeParts writes an identity; a row that was not believed may lack parts of it.
func (i *RateIdentity) writeParts(w *writer, part, currency func(field, v string)) {
	w.open('{')
	part("price_list", i.PriceList)
	currency("currency", i.Currency)
	part("meter_id", i.MeterID)
	part("sku_id", i.SKUID)
	part("type", i.Type)
	w.text("reservation_term", i.ReservationTerm)
	w.text("tier", i.Tier)
	w.close('}')
}

func (i *RateIdentity) digest(d *digest) {
	d.text(i.PriceList, i.Currency, i.MeterID, i.SKUID, i.Type, i.ReservationTerm, i.Tier)
}

func (r *RateRow) write(w *writer) {
	if r == nil {
		w.null()
		return
	}
	w.open('{')
	w.text("price", r.Price)
	w.instant("effective_from", r.EffectiveFrom)
	w.instantOrNull("effective_to", r.EffectiveTo)
	w.name("attributes")
	r.Attributes.write(w)
	if len(r.SavingsPlans) > 0 {
		w.name("savings_plans")
		w.open('[')
		for i := range r.SavingsPlans {
			w.open('{')
			w.text("term", r.SavingsPlans[i].Term)
			w.text("price", r.SavingsPlans[i].Price)
			w.close('}')
		}
		w.close(']')
	}
	w.textUnlessEmpty("included_quantity", r.IncludedQuantity)
	w.close('}')
}

// digest leaves the included quantity out, which was added later: one observation makes one change of an identity, whatever it holds.
func (r *RateRow) digest(d *digest) {
	if !d.present(r != nil) {
		return
	}
	d.text(r.Price)
	d.instant(r.EffectiveFrom)
	d.instantOrNone(r.EffectiveTo)
	a := &r.Attributes
	d.text(a.MeterName, a.ProductID, a.ProductName, a.SKUName, a.ServiceName, a.ServiceID, a.ServiceFamily, a.UnitOfMeasure, a.Region,
		a.Location, a.ARMSKUName, a.IsPrimaryMeterRegion)
	d.number(len(r.SavingsPlans))
	for _, p := range r.SavingsPlans {
		d.text(p.Term, p.Price)
	}
}

func (a *RateAttributes) write(w *writer) {
	w.open('{')
	w.text("meter_name", a.MeterName)
	w.text("product_id", a.ProductID)
	w.text("product_name", a.ProductName)
	w.text("sku_name", a.SKUName)
	w.text("service_name", a.ServiceName)
	w.text("service_id", a.ServiceID)
	w.text("service_family", a.ServiceFamily)
	w.text("unit_of_measure", a.UnitOfMeasure)
	w.text("region", a.Region)
	w.text("location", a.Location)
	w.text("arm_sku_name", a.ARMSKUName)
	w.text("is_primary_meter_region", a.IsPrimaryMeterRegion)
	w.close('}')
}

func (p *RatePeriod) write(w *writer) {
	w.open('{')
	w.instant("from", p.From)
	w.instantOrNull("to", p.To)
	w.textOrNull("price", p.Price)
	w.instantOrNull("effective_from", p.EffectiveFrom)
	w.close('}')
}
