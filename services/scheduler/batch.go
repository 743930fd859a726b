package scheduler

import (
	"context"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// batch makes the messages of a release from its frozen record and what was told before it.
func (s *Scheduler) batch(ctx context.Context, r release.Release, known []release.Release) ([]stream.Message, string, error) {
	if !release.Priced(r.Slot.List) {
		changes, err := s.itemChanges(ctx, r, known)
		if err != nil {
			return nil, "", err
		}
		return within(event.ItemBatch(r, changes))
	}
	changes, err := s.priceChanges(ctx, r, known)
	if err != nil {
		return nil, "", err
	}
	return within(event.ReleaseBatch(r, changes))
}

// within refuses a batch that no server takes.
func within(batch []stream.Message, checksum string, err error) ([]stream.Message, string, error) {
	if err == nil && len(batch) > stream.BatchLimit {
		err = fault.New(fault.Invalid, "%d messages are more than the %d of a batch", len(batch), stream.BatchLimit)
	}
	return batch, checksum, err
}

func (s *Scheduler) priceChanges(ctx context.Context, r release.Release, known []release.Release) ([]pricelist.LineChange, error) {
	lines, err := s.Lists.Lines(ctx, r.Content)
	if err != nil {
		return nil, err
	}
	list := pricelist.NewList(r.ID, r.Revision, r.EffectiveAt, lines)
	then := release.KnownAt(r.Slot, known, r.PublishedAt)
	if r.Backfilled && toldSince(r, known) {
		story, err := s.Lists.Story(ctx, known)
		if err != nil {
			return nil, err
		}
		return story.Backfill(list, r.PublishedAt, r.BegunAt), nil
	}
	from := r.EffectiveAt
	if r.PublishedAt.Before(from) {
		from = r.PublishedAt
	}
	book, err := s.Lists.Book(ctx, then, from)
	if err != nil {
		return nil, err
	}
	return book.PublishPast(list, r.PublishedAt, r.BegunAt), nil
}

// toldSince reports whether something became known after a list of the past should have been public.
func toldSince(r release.Release, known []release.Release) bool {
	for i := range known {
		if known[i].PublishedAt.After(r.PublishedAt) {
			return true
		}
		for _, w := range known[i].Withdrawals {
			if w.Told() && w.KnownAt.After(r.PublishedAt) {
				return true
			}
		}
	}
	return false
}

func (s *Scheduler) itemChanges(ctx context.Context, r release.Release, known []release.Release) ([]item.Change, error) {
	story, err := s.Lists.ItemStory(ctx, known)
	if err != nil {
		return nil, err
	}
	items, err := s.Lists.Items(ctx, r.Content)
	if err != nil {
		return nil, err
	}
	step := item.Step{KnownAt: r.PublishedAt, List: item.NewList(r.ID, r.Revision, r.EffectiveAt, items)}
	return story.Tell(step, r.BegunAt), nil
}

// withdrawalBatch makes the messages of a withdrawal from its frozen record and what was told before it.
func (s *Scheduler) withdrawalBatch(ctx context.Context, r release.Release, w release.Withdrawal, known []release.Release) ([]stream.Message, string, error) {
	if !release.Priced(r.Slot.List) {
		story, err := s.Lists.ItemStory(ctx, known)
		if err != nil {
			return nil, "", err
		}
		step, err := s.Lists.ItemWithdrawal(ctx, r, w)
		if err != nil {
			return nil, "", err
		}
		return within(event.ItemWithdrawalBatch(r, w, story.Tell(item.Step{KnownAt: w.KnownAt, Withdrawal: step}, w.KnownAt)))
	}
	from := w.From
	if w.KnownAt.Before(from) {
		from = w.KnownAt
	}
	book, err := s.Lists.Book(ctx, known, from, r.ID)
	if err != nil {
		return nil, "", err
	}
	step, err := s.Lists.PriceWithdrawal(ctx, r, w)
	if err != nil {
		return nil, "", err
	}
	return within(event.WithdrawalBatch(r, w, book.Withdraw(step, w.KnownAt)))
}
