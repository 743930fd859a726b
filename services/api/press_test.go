package api

import (
	"context"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
)

// press stands for the scheduler and the materializer: it publishes what is due, and writes what it has published.
type press struct {
	t        *testing.T
	now      time.Time
	releases release.Store
	lists    *release.Lists
	streams  *streammemory.Adapter
	history  *historymemory.Store
}

// run publishes whenever a release changes, until the test ends.
func (p *press) run(ctx context.Context, changed <-chan struct{}) {
	for range changed {
		if err := p.pass(ctx); err != nil && ctx.Err() == nil {
			p.t.Error(err)
		}
	}
}

func (p *press) pass(ctx context.Context) error {
	for {
		all, err := p.releases.List(ctx, release.Filter{})
		if err != nil {
			return err
		}
		plan := release.Due(p.now, all)
		if len(plan.Steps) == 0 {
			return nil
		}
		if err := p.do(ctx, plan.Steps[0], all); err != nil {
			return err
		}
	}
}

func (p *press) do(ctx context.Context, step release.Step, all []release.Release) error {
	r := step.Release
	var err error
	switch step.Do {
	case release.DoTakeEffect:
		r, err = r.TakeEffect(p.now, step.Other)
	case release.DoSupersede:
		r, err = r.Supersede(p.now, step.Other)
	case release.DoReinstate:
		r, err = r.Reinstate(p.now)
	case release.DoHold:
		r, err = r.Hold(p.now, step.Reason)
	case release.DoWithdraw:
		r, err = p.withdraw(ctx, r, all)
	case release.DoPublish:
		r, err = p.publish(ctx, r, all)
	case release.DoFinish:
	}
	if err == nil {
		_, err = p.releases.Update(ctx, r)
	}
	return err
}

func (p *press) publish(ctx context.Context, r release.Release, all []release.Release) (release.Release, error) {
	known := release.Known(r.Slot, all)
	replaced, _ := release.Replaced(r, all)
	r, err := r.BeginPublishing(p.now, release.Circumstances{Predecessor: r.Predecessor, Supersedes: replaced.ID, Floor: release.LastKnown(r.Slot, all), Tolerance: time.Second})
	if err != nil {
		return r, err
	}
	var rows history.Rows
	var batch []stream.Message
	if release.Priced(r.Slot.List) {
		lines, err := p.lists.Lines(ctx, r.Content)
		if err != nil {
			return r, err
		}
		book, err := p.lists.Book(ctx, known, r.EffectiveAt)
		if err != nil {
			return r, err
		}
		changes := book.PublishPast(pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, lines), r.PublishedAt, r.BegunAt)
		rows.PriceChanges = priceRows(r.ID, 0, changes)
		batch, r.Checksum, err = event.ReleaseBatch(r, changes)
		if err != nil {
			return r, err
		}
	} else {
		story, err := p.lists.ItemStory(ctx, known)
		if err != nil {
			return r, err
		}
		items, err := p.lists.Items(ctx, r.Content)
		if err != nil {
			return r, err
		}
		changes := story.Tell(item.Step{KnownAt: r.PublishedAt, List: item.NewList(r.ID, r.Revision, r.EffectiveAt, items)}, r.BegunAt)
		rows.ItemChanges = itemRows(r, 0, changes)
		batch, r.Checksum, err = event.ItemBatch(r, changes)
		if err != nil {
			return r, err
		}
	}
	rows.Releases = []history.Release{{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision, EffectiveAt: r.EffectiveAt, PublishedAt: r.PublishedAt,
		Changed: len(rows.PriceChanges) + len(rows.ItemChanges),
	}}
	sequence, err := p.keep(ctx, batch, rows)
	if err != nil {
		return r, err
	}
	return r.Publish(p.now, r.Manifest(sequence))
}

func (p *press) withdraw(ctx context.Context, r release.Release, all []release.Release) (release.Release, error) {
	r, _, err := r.BeginWithdrawal(p.now, release.Circumstances{Floor: release.LastKnown(r.Slot, all)})
	if err != nil {
		return r, err
	}
	w, _ := r.Pending()
	known := release.Known(r.Slot, all)
	var rows history.Rows
	var batch []stream.Message
	if release.Priced(r.Slot.List) {
		book, err := p.lists.Book(ctx, known, w.From, r.ID)
		if err != nil {
			return r, err
		}
		step, err := p.lists.PriceWithdrawal(ctx, r, w)
		if err != nil {
			return r, err
		}
		changes := book.Withdraw(step, w.KnownAt)
		rows.PriceChanges = priceRows(r.ID, w.N, changes)
		batch, w.Checksum, err = event.WithdrawalBatch(r, w, changes)
		if err != nil {
			return r, err
		}
	} else {
		story, err := p.lists.ItemStory(ctx, known)
		if err != nil {
			return r, err
		}
		step, err := p.lists.ItemWithdrawal(ctx, r, w)
		if err != nil {
			return r, err
		}
		changes := story.Tell(item.Step{KnownAt: w.KnownAt, Withdrawal: step}, w.KnownAt)
		rows.ItemChanges = itemRows(r, w.N, changes)
		batch, w.Checksum, err = event.ItemWithdrawalBatch(r, w, changes)
		if err != nil {
			return r, err
		}
	}
	rows.Withdrawals = []history.Withdrawal{{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Withdrawal: w.N, Whole: w.Whole(), From: w.From, KnownAt: w.KnownAt, Changed: len(rows.PriceChanges) + len(rows.ItemChanges),
	}}
	if w.Sequence, err = p.keep(ctx, batch, rows); err != nil {
		return r, err
	}
	return r.FinishWithdrawal(p.now, w)
}

func priceRows(id string, withdrawal int, changes []pricelist.LineChange) []history.PriceChange {
	rows := make([]history.PriceChange, len(changes))
	for i, c := range changes {
		rows[i] = history.PriceChange{Difference: c.Difference, Release: id, Withdrawal: withdrawal, N: i + 1, Of: len(changes), Spans: c.Spans, KnownAt: c.KnownAt}
	}
	return rows
}

func itemRows(r release.Release, withdrawal int, changes []item.Change) []history.ItemChange {
	rows := make([]history.ItemChange, len(changes))
	for i, c := range changes {
		rows[i] = history.ItemChange{
			Difference: c.Difference, List: r.Slot.List, Market: r.Slot.Market, Release: r.ID, Withdrawal: withdrawal, N: i + 1, Of: len(changes), Spans: c.Spans, KnownAt: c.KnownAt,
		}
	}
	return rows
}

// keep stores a batch in the stream, and its rows in the tables.
func (p *press) keep(ctx context.Context, batch []stream.Message, rows history.Rows) (uint64, error) {
	last, err := p.streams.Publish(ctx, stream.Prices, batch, stream.Expectation{})
	if err != nil {
		return 0, err
	}
	info, err := p.streams.Info(ctx, stream.Prices)
	if err != nil {
		return 0, err
	}
	at := history.Position{Stream: info.Name.String(), Sequence: last - uint64(len(batch)) + 1}
	for i := range rows.PriceChanges {
		rows.PriceChanges[i].Position = at
		at.Sequence++
	}
	for i := range rows.ItemChanges {
		rows.ItemChanges[i].Position = at
		at.Sequence++
	}
	end := history.Position{Stream: at.Stream, Sequence: last}
	for i := range rows.Releases {
		rows.Releases[i].Position = end
	}
	for i := range rows.Withdrawals {
		rows.Withdrawals[i].Position = end
	}
	rows.Progress = []history.Position{end}
	for _, table := range history.Tables() {
		if err := p.history.Insert(ctx, table, rows, batch[0].ID); err != nil {
			return 0, err
		}
	}
	return last, nil
}
