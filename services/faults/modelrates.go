package main

// rateNames are the attributes of a rate, on the wire and as columns.
func rateNames() []string {
	return []string{
		"meter_name", "product_id", "product_name", "sku_name", "service_name", "service_id", "service_family", "unit_of_measure",
		"region", "location", "arm_sku_name", "is_primary_meter_region",
	}
}

// copyTexts copies texts that have the same name on the wire and in SQL.
func (r row) copyTexts(from object, names ...string) {
	for _, name := range names {
		r[name] = from.text(name)
	}
}

func (r row) rateIdentity(id object) {
	r.copyTexts(id, "price_list", "currency", "meter_id", "sku_id", "type", "reservation_term")
	r["tier"] = plain(id.text("tier"))
}

func (m model) rateChanged(s *stored, d object) {
	after, before := d.object("after"), d.object("before")
	told := after
	if told == nil {
		told = before
	}
	c := row{
		"kind": d.text("kind"), "field": d.text("field"), "returned": d.flag("returned"), "correction": d.flag("correction"), "backdated": d.flag("backdated"),
		"expiring": d.flag("expiring"), "upcoming": d.flag("upcoming"), "known_at": d.known("known_at"), "scope": d.text("scope"), "crawl": d.text("crawl"),
	}
	c["key"] = d.text("key")
	c.rateIdentity(d.object("identity"))
	c.copyTexts(told.object("attributes"), rateNames()...)
	for prefix, side := range map[string]object{"before": before, "after": after} {
		c[prefix+"_price"] = side.amount("price")
		c[prefix+"_effective_from"], c[prefix+"_effective_to"] = none, none
		if side != nil {
			c[prefix+"_effective_from"], c[prefix+"_effective_to"] = side.valid("effective_from", always), side.valid("effective_to", open)
		}
		c[prefix+"_plans"] = plansIn(side.list("savings_plans"))
	}
	m.add("rate_changes", s, 0, c)
	for n, p := range d.list("periods") {
		r := row{
			"valid_from": p.valid("from", always), "valid_to": p.valid("to", open), "price": p.amount("price"), "effective_from": none,
			"known_at": d.known("known_at"), "kind": d.text("kind"),
		}
		if p["price"] != nil {
			r["effective_from"] = p.valid("effective_from", always)
		}
		r.rateIdentity(d.object("identity"))
		r.copyTexts(told.object("attributes"), rateNames()...)
		m.add("rates", s, n, r)
	}
}

// plansIn writes savings plans as a text.
func plansIn(plans []object) string {
	text := ""
	for _, p := range plans {
		text += p.text("term") + "=" + plain(p.text("price")) + ";"
	}
	return text
}

func (m model) quarantined(s *stored, d object) {
	for n, q := range d.list("rows") {
		r := row{
			"crawl": d.text("crawl"), "scope": d.text("scope"), "currency": d.text("currency"), "known_at": d.known("known_at"), "reason": q.text("reason"),
			"detail": q.text("detail"), "raw": q.text("raw"),
		}
		id := q.object("identity")
		r.copyTexts(id, "price_list", "meter_id", "sku_id", "type", "reservation_term")
		r["row_currency"], r["tier"] = id.text("currency"), plain(id.text("tier"))
		if r["tier"] == "" {
			r["tier"] = "0"
		}
		m.add("quarantine", s, n, r)
	}
}

func (m model) crawlFinished(s *stored, d object) {
	r := row{
		"started": d.known("started"), "finished": d.known("finished"), "complete": d.flag("complete"), "partial": d.flag("partial"), "accepted": d.flag("accepted"),
	}
	r.copyTexts(d, "crawl", "source", "scope", "currency", "refused", "content")
	for _, name := range []string{"pages", "rows", "identities", "quarantined", "foreign", "traversals", "parts"} {
		r[name] = d.number(name)
	}
	counts := d.object("counts")
	for _, name := range []string{"added", "price_changed", "corrections", "backdated", "rescheduled", "expiring", "renamed", "restated", "retired", "periods"} {
		r[name] = counts.number(name)
	}
	m.add("crawls", s, 0, r)
}
