package event

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// observed is what the changes of one crawl have in common.
type observed struct {
	crawl    string
	decimals int // of the currency
}

func (o observed) change(c *rate.Change) *RateChanged {
	p := &RateChanged{
		Key: formatKey(c.Key), Identity: rateIdentity(&c.Identity), Region: c.Region, Kind: string(c.Kind), Field: c.Field,
		Returned: c.Returned, Correction: c.Correction, Backdated: c.Backdated, Expiring: c.Expiring, Upcoming: c.Upcoming,
		Before: o.row(c.Before), After: o.row(c.After), Periods: make([]RatePeriod, len(c.Periods)),
		KnownAt: c.KnownAt.UTC(), Scope: c.Scope, Crawl: o.crawl,
	}
	for i, s := range c.Periods {
		p.Periods[i] = RatePeriod{From: s.From.UTC(), To: optional(s.To)}
		if !s.None {
			price := s.Price.Text(o.decimals)
			start := s.Start.UTC()
			p.Periods[i].Price, p.Periods[i].EffectiveFrom = &price, &start
		}
	}
	return p
}

func (o observed) row(r *rate.Row) *RateRow {
	if r == nil {
		return nil
	}
	a := &r.Attributes
	w := &RateRow{
		Price: r.Price.Text(o.decimals), EffectiveFrom: r.Effective.From.UTC(), EffectiveTo: optional(r.Effective.To),
		Attributes: RateAttributes{
			MeterName: a.MeterName, ProductID: a.ProductID, ProductName: a.ProductName, SKUName: a.SKUName, ServiceName: a.ServiceName,
			ServiceID: a.ServiceID, ServiceFamily: a.ServiceFamily, UnitOfMeasure: a.UnitOfMeasure, Region: a.ARMRegionName,
			Location: a.Location, ARMSKUName: a.ARMSKUName, IsPrimaryMeterRegion: a.IsPrimaryMeterRegion,
		},
	}
	for _, p := range r.SavingsPlans {
		w.SavingsPlans = append(w.SavingsPlans, SavingsPlan{Term: p.Term, Price: p.Price.Text(o.decimals)})
	}
	if !r.IncludedQuantity.IsZero() {
		w.IncludedQuantity = r.IncludedQuantity.String()
	}
	return w
}

func rateIdentity(i *rate.Identity) RateIdentity {
	return RateIdentity{
		PriceList: i.PriceList, Currency: i.Currency, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type,
		ReservationTerm: i.ReservationTerm, Tier: i.Tier.String(),
	}
}

// optional returns nil for the zero instant, which stands for an open end.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// readable replaces what is not text. It is for words to people only, never for what is compared.
func readable(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// quarantinedRow keeps the row's bytes exactly; what was read of a row that is not text is shown as well as text can.
func quarantinedRow(q *rate.Quarantined) QuarantinedRow {
	r := QuarantinedRow{Reason: q.Reason, Detail: readable(q.Detail), Identity: rateIdentity(&q.Identity)}
	for _, s := range []*string{&r.Identity.PriceList, &r.Identity.Currency, &r.Identity.MeterID, &r.Identity.SKUID, &r.Identity.Type, &r.Identity.ReservationTerm} {
		*s = readable(*s)
	}
	if utf8.Valid(q.Raw) {
		r.Raw = string(q.Raw)
	} else {
		r.RawBase64 = base64.StdEncoding.EncodeToString(q.Raw)
	}
	return r
}

// Change returns the change the event tells of. An invalid fault names the field that does not read.
func (c *RateChanged) Change() (rate.Change, error) {
	p := fields{}
	id := c.Identity.identity(&p, "identity")
	key, err := rate.ParseKey(c.Key)
	p.require(err == nil, "key", "it is not 16 hex digits")
	out := rate.Change{
		Identity: id, Key: key, Scope: c.Scope, Region: c.Region, Kind: rate.Kind(c.Kind), Returned: c.Returned, Correction: c.Correction,
		Backdated: c.Backdated, Expiring: c.Expiring, Upcoming: c.Upcoming, Field: c.Field,
		Before: c.Before.row(&p, "before", id), After: c.After.row(&p, "after", id), KnownAt: c.KnownAt.UTC(),
	}
	if len(c.Periods) > 0 {
		out.Periods = make([]rate.Span, len(c.Periods))
	}
	for i := range c.Periods {
		w := &c.Periods[i]
		s := rate.Span{Period: effective.Period{From: w.From.UTC(), To: instantOf(w.To)}, None: w.Price == nil, Start: instantOf(w.EffectiveFrom)}
		if w.Price != nil {
			s.Price = p.decimal("periods.price", *w.Price)
		}
		out.Periods[i] = s
	}
	return out, p.err
}

func (i *RateIdentity) identity(p *fields, path string) rate.Identity {
	return rate.Identity{
		PriceList: i.PriceList, Currency: i.Currency, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type,
		ReservationTerm: i.ReservationTerm, Tier: p.decimal(path+".tier", i.Tier),
	}
}

func (r *RateRow) row(p *fields, path string, id rate.Identity) *rate.Row {
	if r == nil {
		return nil
	}
	a := &r.Attributes
	row := &rate.Row{
		Identity: id, Price: p.decimal(path+".price", r.Price),
		Effective: effective.Period{From: r.EffectiveFrom.UTC(), To: instantOf(r.EffectiveTo)},
		Attributes: rate.Attributes{
			MeterName: a.MeterName, ProductID: a.ProductID, ProductName: a.ProductName, SKUName: a.SKUName, ServiceName: a.ServiceName,
			ServiceID: a.ServiceID, ServiceFamily: a.ServiceFamily, UnitOfMeasure: a.UnitOfMeasure, ARMRegionName: a.Region,
			Location: a.Location, ARMSKUName: a.ARMSKUName, IsPrimaryMeterRegion: a.IsPrimaryMeterRegion,
		},
	}
	for _, s := range r.SavingsPlans {
		row.SavingsPlans = append(row.SavingsPlans, rate.SavingsPlan{Term: s.Term, Price: p.decimal(path+".savings_plans.price", s.Price)})
	}
	if r.IncludedQuantity != "" {
		row.IncludedQuantity = p.decimal(path+".included_quantity", r.IncludedQuantity)
	}
	return row
}

// Quarantined returns the row as it was kept. An invalid fault names the field that does not read.
func (r *QuarantinedRow) Quarantined() (rate.Quarantined, error) {
	p := fields{}
	q := rate.Quarantined{Reason: r.Reason, Detail: r.Detail, Identity: r.Identity.identity(&p, "identity"), Raw: []byte(r.Raw)}
	if r.RawBase64 != "" {
		raw, err := base64.StdEncoding.DecodeString(r.RawBase64)
		p.require(err == nil, "raw_base64", "it is not base64")
		q.Raw = raw
	}
	return q, p.err
}

// instantOf is the inverse of optional.
func instantOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// decimalsOf returns how many decimals amounts of a currency have at least.
func decimalsOf(currency string) int { return money.Currency(currency).Decimals() }
