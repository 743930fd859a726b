package event

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func priceChanged(at position, c *pricelist.LineChange) *PriceChanged {
	decimals := decimalsOf(c.Identity.Currency)
	p := &PriceChanged{
		Release: at.release, Withdrawal: at.withdrawal, Identity: *priceIdentity(&c.Identity), Change: string(c.Change), N: at.n, Of: at.of,
		Before: priceLine(c.Before, decimals), After: priceLine(c.After, decimals),
		Periods: make([]PricePeriod, len(c.Spans)), Timeline: make([]PriceStep, len(c.Timeline)), KnownAt: c.KnownAt.UTC(),
	}
	for i, s := range c.Spans {
		p.Periods[i] = PricePeriod{From: s.From.UTC(), To: optional(s.To), Release: s.Release, Line: priceLine(s.Line, decimals)}
	}
	for i, s := range c.Timeline {
		p.Timeline[i] = PriceStep{From: s.From.UTC(), To: optional(s.To), Release: s.Release}
		if s.Line != nil {
			unit, erp := s.Line.UnitPrice.Text(decimals), s.Line.ERPPrice.Text(decimals)
			p.Timeline[i].UnitPrice, p.Timeline[i].ERPPrice = &unit, &erp
		}
	}
	return p
}

func priceIdentity(i *pricelist.Identity) *PriceIdentity {
	return &PriceIdentity{Market: i.Market, Currency: i.Currency, Product: i.Product, SKU: i.SKU, Term: i.Term, Billing: i.Billing, Tier: i.Tier.String()}
}

func priceLine(l *pricelist.Line, decimals int) *PriceLine {
	if l == nil {
		return nil
	}
	a := &l.Attributes
	return &PriceLine{
		UnitPrice: l.UnitPrice.Text(decimals), ERPPrice: l.ERPPrice.Text(decimals), PriceBasis: string(l.Basis),
		StartsAt: optional(l.Effective.From), EndsAt: optional(l.Effective.To), ProductTitle: a.ProductTitle, SKUTitle: a.SKUTitle,
		Publisher: a.Publisher, Description: a.Description, Unit: a.Unit, TierMax: a.TierMax, EndOfSale: a.EndOfSale,
		Segment: a.Segment, Tags: a.Tags,
	}
}

// Difference returns what the event says of the line beside the line before. An invalid fault names the field that does not read.
func (c *PriceChanged) Difference() (pricelist.Difference, error) {
	p := fields{}
	id := c.Identity.identity(&p)
	return pricelist.Difference{
		Identity: id, Change: listing.Change(c.Change), Before: c.Before.line(&p, "before", id), After: c.After.line(&p, "after", id),
	}, p.err
}

// Spans returns the ranges of valid time whose answer changed, in order. An invalid fault names the field that does not read.
func (c *PriceChanged) Spans() ([]pricelist.Span, error) {
	p := fields{}
	id := c.Identity.identity(&p)
	spans := make([]pricelist.Span, len(c.Periods))
	for i := range c.Periods {
		w := &c.Periods[i]
		spans[i] = pricelist.Span{
			Period: effective.Period{From: w.From.UTC(), To: instantOf(w.To)}, Line: w.Line.line(&p, "periods.line", id), Release: w.Release,
		}
	}
	return spans, p.err
}

func (i *PriceIdentity) identity(p *fields) pricelist.Identity {
	return pricelist.Identity{
		Market: i.Market, Currency: i.Currency, Product: i.Product, SKU: i.SKU, Term: i.Term, Billing: i.Billing,
		Tier: p.decimal("identity.tier", i.Tier),
	}
}

func (l *PriceLine) line(p *fields, path string, id pricelist.Identity) *pricelist.Line {
	if l == nil {
		return nil
	}
	return &pricelist.Line{
		Identity: id, UnitPrice: p.decimal(path+".unit_price", l.UnitPrice), ERPPrice: p.decimal(path+".erp_price", l.ERPPrice),
		Basis: pricelist.Basis(l.PriceBasis), Effective: effective.Period{From: instantOf(l.StartsAt), To: instantOf(l.EndsAt)},
		Attributes: pricelist.Attributes{
			ProductTitle: l.ProductTitle, SKUTitle: l.SKUTitle, Publisher: l.Publisher, Description: l.Description, Unit: l.Unit,
			TierMax: l.TierMax, EndOfSale: l.EndOfSale, Segment: l.Segment, Tags: l.Tags,
		},
	}
}
