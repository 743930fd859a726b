package sample

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// row is a line of the feed.
type row struct {
	item        *item
	generation  int
	renamed     int
	price       price
	start, end  time.Time // end is zero when none is shown
	withoutZone bool
	discount    int // thousandths off for three years; 0 when there is no savings plan
}

// rows returns the feed at an instant, to the minute, in no particular order: that of a shuffle that changes every ten minutes.
func (f *feed) rows(at time.Time) []row {
	lives := make([]life, len(f.meters))
	for i, meter := range f.meters {
		lives[i] = lifeOf(meter, at)
	}
	rows := make([]row, 0, len(f.items)+len(f.items)/8)
	for i := range f.items {
		it := &f.items[i]
		if l := lives[it.meter]; l.listed && !missing(it, at) {
			rows = f.appendRows(rows, it, l, at)
		}
	}
	shuffle(rows, chance(0).of(f.seed).of(uint64(at.Unix()/600)))
	return rows
}

// missing reports whether the feed, as the real one does, leaves the item out for some hours.
func missing(it *item, at time.Time) bool {
	span := uint64(at.Unix() / int64(missingSpan/time.Second))
	return it.chance.named("missing").of(span).below(tenThousand) < missingPer10000
}

func shuffle(rows []row, c chance) {
	for i := len(rows) - 1; i > 0; i-- {
		j := c.of(uint64(i)).below(i + 1)
		rows[i], rows[j] = rows[j], rows[i]
	}
}

func (f *feed) appendRows(rows []row, it *item, l life, at time.Time) []row {
	if it.moves && f.beat > 0 {
		return append(rows, f.moving(it, l, at))
	}
	h := historyOf(chance(0).of(f.seed), it, l, at)
	for i := range h.versions {
		v := &h.versions[i]
		if !v.listed(at) {
			continue
		}
		r := row{item: it, generation: l.generation, renamed: h.renamed, price: v.price, start: v.start, discount: v.discount, withoutZone: v.withoutZone}
		if !v.end.IsZero() && !at.Before(v.announced) {
			r.end = v.end
		}
		rows = append(rows, r)
	}
	if !h.inverted.IsZero() {
		rows = append(rows, row{item: it, generation: l.generation, renamed: h.renamed, price: one / 100, start: h.inverted, end: h.inverted.AddDate(0, -1, 0)})
	}
	return rows
}

// moving is the row of an item whose price moves with the beat: each at its own minute.
func (f *feed) moving(it *item, l life, at time.Time) row {
	c := it.chance.of(uint64(l.generation)).named("moving")
	beat := int64(f.beat / time.Second)
	phase := int64(c.below(int(beat))) / 60 * 60
	n := (at.Unix() - phase) / beat
	return row{
		item: it, generation: l.generation, price: it.base.times(c.of(uint64(n)).between(850, 1150)),
		start: time.Unix(n*beat+phase, 0).UTC(),
	}
}

// appendTo writes the row as the API does.
func (r *row) appendTo(b []byte, currency string, thousandths int, plans bool) []byte {
	it := r.item
	amount := r.price.times(thousandths)
	b = append(b, `{"currencyCode":`...)
	b = strconv.AppendQuote(b, currency)
	b = append(b, `,"tierMinimumUnits":`...)
	b = append(b, it.tier...)
	if it.term != "" {
		b = appendText(b, "reservationTerm", it.term)
	}
	b = append(b, `,"retailPrice":`...)
	b = amount.appendTo(b)
	b = append(b, `,"unitPrice":`...)
	b = amount.appendTo(b)
	b = appendText(b, "armRegionName", it.region.name)
	b = appendText(b, "location", it.region.location)
	b = r.appendTimes(b)
	b = r.appendNames(b)
	if plans && it.plans {
		b = r.appendPlans(b, amount)
	}
	return append(b, '}')
}

func (r *row) appendTimes(b []byte) []byte {
	b = appendText(b, "effectiveStartDate", r.start.Format(time.RFC3339))
	if r.end.IsZero() {
		return b
	}
	layout := time.RFC3339
	end := r.end.Add(-time.Minute) // a list names the last minute
	if r.withoutZone {
		layout, end = "2006-01-02T15:04:05", r.end
	}
	return appendText(b, "effectiveEndDate", end.Format(layout))
}

func (r *row) appendNames(b []byte) []byte {
	it := r.item
	meter, name := it.name, it.group.name
	switch r.renamed % 3 {
	case 1:
		meter += " Instance"
	case 2:
		name += " v2"
	}
	b = appendText(b, "meterId", guid(it.meterChance(r.generation)))
	b = appendText(b, "meterName", meter)
	b = appendText(b, "productId", it.group.id)
	b = appendText(b, "skuId", it.group.id+"/"+code(it.chance.of(uint64(r.generation)).named("sku"), 4))
	b = appendText(b, "productName", name)
	b = appendText(b, "skuName", it.sku)
	b = appendText(b, "serviceName", it.group.service)
	b = appendText(b, "serviceId", it.group.serviceID)
	b = appendText(b, "serviceFamily", it.group.family)
	b = appendText(b, "unitOfMeasure", it.unit)
	b = appendText(b, "type", it.kind)
	b = append(b, `,"isPrimaryMeterRegion":`...)
	b = strconv.AppendBool(b, it.chance.named("primary").below(6) > 0)
	return appendText(b, "armSkuName", it.armSKU)
}

// appendPlans writes the savings plans in an order of their own, as the API does.
func (r *row) appendPlans(b []byte, amount price) []byte {
	three := amount.times(1000 - r.discount)
	oneYear := amount.times(1000 - r.discount*2/3)
	b = append(b, `,"savingsPlan":[`...)
	if r.item.chance.of(uint64(r.start.Unix())).below(2) == 0 {
		b = append(appendPlan(b, "3 Years", three), ',')
		b = appendPlan(b, "1 Year", oneYear)
	} else {
		b = append(appendPlan(b, "1 Year", oneYear), ',')
		b = appendPlan(b, "3 Years", three)
	}
	return append(b, ']')
}

func appendPlan(b []byte, term string, amount price) []byte {
	b = append(b, `{"unitPrice":`...)
	b = amount.appendTo(b)
	b = append(b, `,"retailPrice":`...)
	b = amount.appendTo(b)
	b = appendText(b, "term", term)
	return append(b, '}')
}

// appendText writes a further field. No text of the catalogue needs escaping.
func appendText(b []byte, name, value string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':', '"')
	b = append(b, value...)
	return append(b, '"')
}

// guid draws a meter id.
func guid(c chance) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(c.of(1)))
	binary.BigEndian.PutUint64(raw[8:], uint64(c.of(2)))
	raw[6], raw[8] = raw[6]&0x0f|0x50, raw[8]&0x3f|0x80
	s := hex.EncodeToString(raw[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
