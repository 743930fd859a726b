package event

import "time"

// Type returns TypeItemChanged.
func (*ItemChanged) Type() Type           { return TypeItemChanged }
func (*ItemChanged) source() string       { return sourceReleases }
func (c *ItemChanged) instant() time.Time { return c.KnownAt }
func (c *ItemChanged) subject() string    { return ItemSubject(c.List, c.Market, c.Key) }

func (c *ItemChanged) write(w *writer) {
	w.open('{')
	w.need("list", c.List)
	w.capitals("market", c.Market, 2)
	w.need("key", c.Key)
	w.need("release", c.Release)
	w.numberUnlessZero("withdrawal", c.Withdrawal)
	w.need("change", c.Change)
	w.number("n", c.N)
	w.number("of", c.Of)
	w.name("before")
	c.Before.write(w)
	w.name("after")
	c.After.write(w)
	writeItemPeriods(w, "periods", c.Periods)
	writeItemPeriods(w, "timeline", c.Timeline)
	w.instant("known_at", c.KnownAt)
	w.close('}')
}

func writeItemPeriods(w *writer, field string, periods []ItemPeriod) {
	w.name(field)
	w.open('[')
	for i := range periods {
		p := &periods[i]
		w.open('{')
		w.instant("from", p.From)
		w.instantOrNull("to", p.To)
		w.text("release", p.Release)
		w.name("values")
		p.Values.write(w)
		w.close('}')
	}
	w.close(']')
}

func (c *ItemChanged) digest(d *digest) {
	d.text(c.List, c.Market, c.Key, c.Release)
	d.number(c.Withdrawal)
	d.text(c.Change)
	d.number(c.N)
	d.number(c.Of)
	c.Before.digest(d)
	c.After.digest(d)
	for _, periods := range [][]ItemPeriod{c.Periods, c.Timeline} {
		d.number(len(periods))
		for i := range periods {
			p := &periods[i]
			d.instant(p.From)
			d.instantOrNone(p.To)
			d.text(p.Release)
			p.Values.digest(d)
		}
	}
	d.instant(c.KnownAt)
}
