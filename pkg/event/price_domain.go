package event

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
)

func priceChanged(r *release.Release, c *pricelist.LineChange, n, of int) *PriceChanged {
	decimals := decimalsOf(c.Identity.Currency)
	p := &PriceChanged{
		Release: r.ID, Identity: *priceIdentity(&c.Identity), Change: string(c.Change), N: n, Of: of,
		Before: priceLine(c.Before, decimals), After: priceLine(c.After, decimals),
		Periods: make([]PricePeriod, len(c.Spans)), Timeline: make([]PriceStep, len(c.Timeline)), KnownAt: r.PublishedAt.UTC(),
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

func releasePublished(r *release.Release, changed int, checksum string) *ReleasePublished {
	return &ReleasePublished{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision, Kind: string(r.Kind),
		EffectiveAt: r.EffectiveAt.UTC(), PublishedAt: r.PublishedAt.UTC(), Baseline: r.Baseline, Predecessor: r.Predecessor,
		Supersedes: r.Supersedes, Lines: r.Lines, Changed: changed, Checksum: checksum, Content: r.Content,
		Notice: ReleaseNotice{Policy: r.Notice.Policy, Days: r.Notice.Days, Short: r.Notice.Short, Reason: r.Notice.Reason},
		Diff: DiffCounts{
			Added: r.Diff.Added, PriceChanged: r.Diff.PriceChanged, Changed: r.Diff.Changed, Ending: r.Diff.Ending,
			Removed: r.Diff.Removed, Unchanged: r.Diff.Unchanged,
		},
		CreatedBy: r.CreatedBy, ApprovedBy: r.ApprovedBy,
	}
}

func releaseEffective(r *release.Release, supersedes string) *ReleaseEffective {
	return &ReleaseEffective{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision,
		EffectiveAt: r.EffectiveAt.UTC(), Supersedes: supersedes,
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

// Spans returns the ranges of valid time whose answer the release changed, in order. An invalid fault names the field that does not read.
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
