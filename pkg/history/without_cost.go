package history

import (
	"context"
	"iter"
	"slices"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// WithoutCost returns a reader for somebody who must not see what a partner pays. In its answers the estimated retail price stands in place of the
// unit price, so that differences, movers and series are of that alone; leave the unit price out where answers are shown. Of usage rates there is
// the price list retail and no other. It hands every question on by itself, so that one that is new tells nothing before somebody has thought of it.
func WithoutCost(r Reader) Reader { return &withoutCost{r} }

type withoutCost struct{ all Reader }

// noList is a price list of which there are no rates.
const noList = "-"

// publicList is the price list that may be asked for in place of one.
func publicList(list string) string {
	if list == "" || list == rate.Retail {
		return rate.Retail
	}
	return noList
}

// PublicRate is the identity that somebody may ask for in place of one who must not see cost: of nothing, where it is not of the public list.
func PublicRate(id rate.Identity) rate.Identity {
	if id.PriceList != rate.Retail {
		id.PriceList = noList
	}
	return id
}

// Rate is RateReader's.
func (w *withoutCost) Rate(ctx context.Context, q RatePoint) (RateAnswer, error) {
	q.Identity = PublicRate(q.Identity)
	return w.all.Rate(ctx, q)
}

// Rates is RateReader's.
func (w *withoutCost) Rates(ctx context.Context, q RateList) (RatePage, error) {
	q.PriceList = publicList(q.PriceList)
	return w.all.Rates(ctx, q)
}

// RateGroups is RateReader's.
func (w *withoutCost) RateGroups(ctx context.Context, q RateList) ([]RateGroup, error) {
	q.PriceList = publicList(q.PriceList)
	return w.all.RateGroups(ctx, q)
}

// RateHistory is RateReader's.
func (w *withoutCost) RateHistory(ctx context.Context, q RateHistory) (RateSeries, error) {
	q.Identity = PublicRate(q.Identity)
	return w.all.RateHistory(ctx, q)
}

// LookupRates is RateReader's.
func (w *withoutCost) LookupRates(ctx context.Context, lines []RateLookup) ([][]RateAnswer, error) {
	public := slices.Clone(lines)
	for i := range public {
		public[i].Identity = PublicRate(public[i].Identity)
	}
	return w.all.LookupRates(ctx, public)
}

// DiffRates is RateReader's.
func (w *withoutCost) DiffRates(ctx context.Context, q RateDiff) iter.Seq2[RateDifference, error] {
	q.PriceList = publicList(q.PriceList)
	return w.all.DiffRates(ctx, q)
}

// RestateRates is RateReader's.
func (w *withoutCost) RestateRates(ctx context.Context, q RateRestatements) iter.Seq2[RateRestatement, error] {
	q.PriceList = publicList(q.PriceList)
	return w.all.RestateRates(ctx, q)
}

// ChartRates is RateReader's.
func (w *withoutCost) ChartRates(ctx context.Context, q RateChart) ([]RateLine, error) {
	q.PriceList = publicList(q.PriceList)
	return w.all.ChartRates(ctx, q)
}

// WithoutCost returns the answer without cost.
func (a PriceAnswer) WithoutCost() PriceAnswer {
	a.UnitPrice = a.ERPPrice
	return a
}

// WithoutCost returns the page without cost.
func (p PricePage) WithoutCost() PricePage {
	p.Items = slices.Clone(p.Items)
	for i := range p.Items {
		p.Items[i] = p.Items[i].WithoutCost()
	}
	return p
}

func (s PriceSaying) withoutCost() PriceSaying {
	s.UnitPrice = s.ERPPrice
	return s
}

// Price is PriceReader's.
func (w *withoutCost) Price(ctx context.Context, q PricePoint) (PriceAnswer, error) {
	a, err := w.all.Price(ctx, q)
	return a.WithoutCost(), err
}

// Prices is PriceReader's.
func (w *withoutCost) Prices(ctx context.Context, q PriceList) (PricePage, error) {
	page, err := w.all.Prices(ctx, q)
	return page.WithoutCost(), err
}

// LookupPrices is PriceReader's.
func (w *withoutCost) LookupPrices(ctx context.Context, lines []PriceLookup) ([][]PriceAnswer, error) {
	answers, err := w.all.LookupPrices(ctx, lines)
	for i := range answers {
		answers[i] = PricePage{Items: answers[i]}.WithoutCost().Items
	}
	return answers, err
}

// PriceHistory is PriceReader's. A period that says again what was known of its time, but for the unit price, is left out.
func (w *withoutCost) PriceHistory(ctx context.Context, q PriceHistory) ([]PricePeriod, error) {
	all, err := w.all.PriceHistory(ctx, q)
	var told []PricePeriod
	known := map[pricelist.Identity][]PricePeriod{}
	for _, p := range all {
		p.PriceSaying = p.withoutCost()
		before := known[p.Identity]
		known[p.Identity] = append(before, p)
		if p.Change == listing.PriceChanged && said(before, p) {
			continue
		}
		told = append(told, p)
	}
	return told, err
}

// said reports whether earlier periods say the same as one of all of its time: one of them holds its beginning, and none that meets it says
// otherwise.
func said(before []PricePeriod, p PricePeriod) bool {
	begun := false
	for _, b := range before {
		if !b.Period.Overlaps(p.Period) {
			continue
		}
		if !b.Same(p.PriceSaying) {
			return false
		}
		begun = begun || holds(b.Period, p.Period)
	}
	return begun
}

// holds reports whether a period begins and ends no later and no earlier than another.
func holds(outer, inner effective.Period) bool {
	return !inner.From.Before(outer.From) && (outer.To.IsZero() || !inner.To.IsZero() && !inner.To.After(outer.To))
}

// RestatePrices is PriceReader's.
func (w *withoutCost) RestatePrices(ctx context.Context, q PriceRestatements) iter.Seq2[PriceRestatement, error] {
	return func(yield func(PriceRestatement, error) bool) {
		for r, err := range w.all.RestatePrices(ctx, q) {
			r.Said, r.Says = r.Said.withoutCost(), r.Says.withoutCost()
			if err == nil && r.Said.Same(r.Says) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// ChartPrices is PriceReader's. Steps of the unit price alone are left out.
func (w *withoutCost) ChartPrices(ctx context.Context, q PriceChart) ([]PriceLine, error) {
	lines, err := w.all.ChartPrices(ctx, q)
	public := make([]PriceLine, len(lines))
	for i, l := range lines {
		public[i] = PriceLine{Identity: l.Identity}
		for _, step := range l.Steps {
			step.PriceSaying = step.withoutCost()
			if n := len(public[i].Steps); n == 0 || !public[i].Steps[n-1].Same(step.PriceSaying) {
				public[i].Steps = append(public[i].Steps, step)
			}
		}
		public[i].Whole = len(public[i].Steps)
		if len(l.Steps) < l.Whole { // it was thinned out, and how many of the others are of cost alone is not known
			public[i].Whole = l.Whole
		}
	}
	return public, err
}

// Items is ItemReader's.
func (w *withoutCost) Items(ctx context.Context, q ItemList) (ItemPage, error) {
	return w.all.Items(ctx, q)
}

// Crawls is RecordReader's. The conditions of rate cards are a partner's, and a hash of what was observed would tell whether a guess is right.
func (w *withoutCost) Crawls(ctx context.Context, q CrawlList) (CrawlPage, error) {
	page, err := w.all.Crawls(ctx, q)
	page.Items = slices.Clone(page.Items)
	for i := range page.Items {
		page.Items[i].OfferTerms, page.Items[i].Content = nil, ""
	}
	return page, err
}

// Quarantine is RecordReader's. A page may have fewer rows than there are behind it.
func (w *withoutCost) Quarantine(ctx context.Context, q QuarantineList) (QuarantinePage, error) {
	page, err := w.all.Quarantine(ctx, q)
	page.Items = slices.DeleteFunc(slices.Clone(page.Items), func(row Quarantined) bool { return row.Identity.PriceList != rate.Retail })
	return page, err
}

// Releases is RecordReader's.
func (w *withoutCost) Releases(ctx context.Context, q ReleaseList) (ReleasePage, error) {
	page, err := w.all.Releases(ctx, q)
	page.Items = slices.Clone(page.Items)
	for i := range page.Items {
		page.Items[i].Checksum, page.Items[i].Content = "", ""
	}
	return page, err
}

// Withdrawals is RecordReader's.
func (w *withoutCost) Withdrawals(ctx context.Context, q WithdrawalList) (WithdrawalPage, error) {
	page, err := w.all.Withdrawals(ctx, q)
	page.Items = slices.Clone(page.Items)
	for i := range page.Items {
		page.Items[i].Checksum = ""
	}
	return page, err
}

// Corrections is RecordReader's.
func (w *withoutCost) Corrections(ctx context.Context, q CorrectionList) (CorrectionPage, error) {
	return w.all.Corrections(ctx, q)
}

// Rejects is RecordReader's. What a message says that could not be read may be anything, and so may be what is said of it.
func (w *withoutCost) Rejects(ctx context.Context, q RejectList) (RejectPage, error) {
	page, err := w.all.Rejects(ctx, q)
	page.Items = slices.Clone(page.Items)
	for i := range page.Items {
		page.Items[i].Data, page.Items[i].Reason = nil, "told to those who may see cost"
	}
	return page, err
}

// Position is Positions'.
func (w *withoutCost) Position(ctx context.Context, stream string) (uint64, error) {
	return w.all.Position(ctx, stream)
}

// Positions is Positions'.
func (w *withoutCost) Positions(ctx context.Context) (map[string]uint64, error) {
	return w.all.Positions(ctx)
}
