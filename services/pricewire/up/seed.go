package up

import (
	"context"
	"slices"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
)

// The sample's licence list is in a market of its own. All its lists are by two people of its own, so that they are in nobody's way.
const (
	sampleMarket   = "NZ"
	sampleCurrency = "NZD"
	sampleLines    = 5000
	sampleAuthor   = "sample author"
	sampleApprover = "sample approver"
	sampleReason   = "bundled sample"
)

// sampleMonths is how many lists there are, from the present month on: those that should be public already go out at once, on short
// notice, the last when it is due.
const sampleMonths = 3

// keepSample seeds the sample; trouble with it is logged and stops nothing else.
func (p *process) keepSample(ctx context.Context) error {
	if err := p.seedSample(ctx); err != nil && ctx.Err() == nil {
		p.log.Warn("sample lists are not released", zap.Error(err))
	}
	<-ctx.Done()
	return nil
}

// seedSample releases the bundled lists. It takes up what an earlier start left unfinished, and does nothing once all are approved.
func (p *process) seedSample(ctx context.Context) error {
	there, err := p.desk.List(ctx, release.Filter{List: release.License, Market: sampleMarket})
	if err != nil {
		return err
	}
	first := effective.MonthOf(p.clock.Now())
	if len(there) > 0 {
		first = there[0].Slot.Month // in order of their ids, hence of their months
	}
	list := lookalike.Generate(lookalike.Spec{Seed: 1, Lines: sampleLines, Market: sampleMarket, Currencies: []string{sampleCurrency}, Month: first})
	for i := range sampleMonths {
		if i > 0 {
			list, _ = list.Next()
		}
		if err := p.release(ctx, nth(there, i), release.CreateInput{List: release.License, Market: sampleMarket, EffectiveAt: list.Month.Start(), Rows: list.Rows}); err != nil {
			return fault.Wrap(err, "release sample list of %s", list.Month)
		}
		if err := p.seedItems(ctx, i, list); err != nil {
			return err
		}
	}
	return nil
}

// seedItems releases a month's bundled lists that hold no prices, where only the sample has released any. Documents have no months: there is
// one list of them.
func (p *process) seedItems(ctx context.Context, nthMonth int, prices lookalike.Catalogue) error {
	for _, list := range []string{release.Offers, release.Services, release.Documents} {
		there, err := p.desk.List(ctx, release.Filter{List: list, Market: release.Worldwide})
		if err != nil {
			return err
		}
		foreign := slices.ContainsFunc(there, func(r release.Release) bool { return r.CreatedBy != sampleAuthor })
		if foreign || list == release.Documents && nthMonth > 0 {
			continue
		}
		in := release.CreateInput{List: list, Market: release.Worldwide, EffectiveAt: prices.Month.Start()}
		for _, made := range sampleItems(list, prices.Rows) {
			in.Items = append(in.Items, item.Row{Item: made})
		}
		if err := p.release(ctx, nth(there, nthMonth), in); err != nil {
			return fault.Wrap(err, "release sample list %s of %s", list, prices.Month)
		}
	}
	return nil
}

// nth returns a release, the zero one where there are not that many.
func nth(releases []release.Release, i int) release.Release {
	if i < len(releases) {
		return releases[i]
	}
	return release.Release{}
}

// release takes a list through its life up to approval, from where it is.
func (p *process) release(ctx context.Context, r release.Release, in release.CreateInput) error {
	act := func(who string) release.Act { return release.Act{Who: who, At: p.clock.Now(), Reason: sampleReason} }
	var err error
	if r.ID == "" {
		in.Kind = release.Full
		r, err = p.desk.Create(ctx, in, act(sampleAuthor))
	}
	if err == nil && r.State == release.Draft {
		r, err = p.desk.Submit(ctx, r.ID, act(sampleAuthor), warnings(r)...)
	}
	if err == nil && r.State == release.InReview {
		_, err = p.desk.Approve(ctx, r.ID, act(sampleApprover))
	}
	return err
}

// warnings are the rules that a list is warned of; the sample means all that it says.
func warnings(r release.Release) []string {
	var rules []string
	for _, problem := range r.Problems {
		if problem.Severity == listing.Warning && !slices.Contains(rules, problem.Rule) {
			rules = append(rules, problem.Rule)
		}
	}
	return rules
}
