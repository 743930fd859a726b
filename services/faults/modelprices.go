package main

// lineNames are the attributes of a licence line, on the wire and as columns.
func lineNames() []string {
	return []string{"product_title", "sku_title", "publisher", "description", "unit", "tier_max", "end_of_sale", "segment", "tags"}
}

func (r row) priceIdentity(id object) {
	r.copyTexts(id, "market", "currency", "product", "sku", "term", "billing")
	r["tier"] = plain(id.text("tier"))
}

func (m model) priceChanged(s *stored, d object) {
	after, before := d.object("after"), d.object("before")
	told := after
	if told == nil {
		told = before
	}
	c := row{
		"change": d.text("change"), "before_unit_price": before.amount("unit_price"), "before_erp_price": before.amount("erp_price"),
		"before_price_basis": before.text("price_basis"), "after_unit_price": after.amount("unit_price"), "after_erp_price": after.amount("erp_price"),
		"after_price_basis": after.text("price_basis"), "known_at": d.known("known_at"), "release": d.text("release"), "withdrawal": d.number("withdrawal"),
		"n": d.number("n"), "of": d.number("of"),
	}
	c.priceIdentity(d.object("identity"))
	c.copyTexts(told, lineNames()...)
	m.add("license_changes", s, 0, c)
	for n, p := range d.list("periods") {
		line := p.object("line")
		r := row{
			"unit_price": line.amount("unit_price"), "erp_price": line.amount("erp_price"), "price_basis": line.text("price_basis"),
			"valid_from": p.valid("from", always), "valid_to": p.valid("to", open), "starts_at": none, "ends_at": none, "known_at": d.known("known_at"),
			"change": d.text("change"), "release": p.text("release"), "published_in": d.text("release"), "withdrawal": d.number("withdrawal"),
		}
		if line != nil {
			r["starts_at"], r["ends_at"] = line.valid("starts_at", always), line.valid("ends_at", open)
		}
		r.priceIdentity(d.object("identity"))
		r.copyTexts(line, lineNames()...)
		m.add("license_prices", s, n, r)
	}
}

func (m model) published(s *stored, d object) {
	r := row{"effective_at": d.known("effective_at"), "published_at": d.known("published_at"), "baseline": d.flag("baseline"), "backfilled": d.flag("backfilled")}
	r.copyTexts(d, "release", "list", "market", "month", "kind", "predecessor", "supersedes", "corrects", "reason", "checksum", "content", "created_by", "approved_by")
	for _, name := range []string{"revision", "lines", "changed"} {
		r[name] = d.number(name)
	}
	notice, diff := d.object("notice"), d.object("diff")
	r["notice_policy"], r["notice_days"], r["notice_short"], r["notice_reason"] = notice.text("policy"), notice.number("days"), notice.flag("short"), notice.text("reason")
	for column, name := range map[string]string{
		"added": "added", "price_changed": "price_changed", "attributes_changed": "changed", "ending": "ending", "removed": "removed", "unchanged": "unchanged",
	} {
		r[column] = diff.number(name)
	}
	m.add("releases", s, 0, r)
	m.add("publications", s, 0, row{
		"list": r["list"], "market": r["market"], "release": r["release"], "withdrawal": "0", "known_at": r["published_at"], "changed": r["changed"],
	})
}

func (m model) withdrawn(s *stored, d object) {
	r := row{"valid_from": d.valid("from", always), "retroactive": d.flag("retroactive"), "whole": d.flag("whole"), "known_at": d.known("withdrawn_at")}
	r.copyTexts(d, "release", "list", "market", "month", "reason", "withdrawn_by", "in_force", "checksum")
	for _, name := range []string{"revision", "withdrawal", "lines", "changed"} {
		r[name] = d.number(name)
	}
	m.add("withdrawals", s, 0, r)
	m.add("publications", s, 0, row{
		"list": r["list"], "market": r["market"], "release": r["release"], "withdrawal": r["withdrawal"], "known_at": r["known_at"], "changed": r["changed"],
	})
}
