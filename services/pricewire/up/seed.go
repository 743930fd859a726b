package up

import (
	"context"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
)

// The sample's licence list: in a market of its own, by two people of its own, so that it is in nobody's way.
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

// seedSample releases the bundled licence lists. It takes up what an earlier start left unfinished, and does nothing once all are approved.
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
		var found release.Release
		if i < len(there) {
			found = there[i]
		}
		if err := p.release(ctx, found, list); err != nil {
			return fault.Wrap(err, "release sample list of %s", list.Month)
		}
	}
	return nil
}

// release takes a list through its life up to approval, from where it is.
func (p *process) release(ctx context.Context, r release.Release, list lookalike.Catalogue) error {
	act := func(who string) release.Act { return release.Act{Who: who, At: p.clock.Now(), Reason: sampleReason} }
	var err error
	if r.ID == "" {
		r, err = p.desk.Create(ctx, release.CreateInput{
			List: release.License, Market: sampleMarket, EffectiveAt: list.Month.Start(), Kind: release.Full, Rows: list.Rows,
		}, act(sampleAuthor))
	}
	if err == nil && r.State == release.Draft {
		r, err = p.desk.Submit(ctx, r.ID, act(sampleAuthor))
	}
	if err == nil && r.State == release.InReview {
		_, err = p.desk.Approve(ctx, r.ID, act(sampleApprover))
	}
	return err
}
