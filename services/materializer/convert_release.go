package materializer

import (
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
)

// What events say of releases as a whole gives one row each.

func published(at history.Position, p *event.ReleasePublished) history.Release {
	return history.Release{
		Position: at, Release: p.Release, List: p.List, Market: p.Market, Month: p.Month, Revision: p.Revision, Kind: p.Kind,
		EffectiveAt: p.EffectiveAt.UTC(), PublishedAt: p.PublishedAt.UTC(), Baseline: p.Baseline, Predecessor: p.Predecessor, Supersedes: p.Supersedes,
		Corrects: p.Corrects, Backfilled: p.Backfilled, Reason: p.Reason,
		NoticePolicy: p.Notice.Policy, NoticeDays: p.Notice.Days, NoticeShort: p.Notice.Short, NoticeReason: p.Notice.Reason,
		Lines: p.Lines, Changed: p.Changed, Checksum: p.Checksum, Content: p.Content,
		Diff: listing.Counts{
			Added: p.Diff.Added, PriceChanged: p.Diff.PriceChanged, Changed: p.Diff.Changed, Ending: p.Diff.Ending, Removed: p.Diff.Removed,
			Unchanged: p.Diff.Unchanged,
		},
		CreatedBy: p.CreatedBy, ApprovedBy: p.ApprovedBy,
	}
}

func effective(at history.Position, p *event.ReleaseEffective) history.Effective {
	return history.Effective{
		Position: at, Release: p.Release, List: p.List, Market: p.Market, EffectiveAt: p.EffectiveAt.UTC(), Supersedes: p.Supersedes,
	}
}

func corrected(at history.Position, p *event.ReleaseCorrected) history.Correction {
	return history.Correction{
		Position: at, Release: p.Release, By: p.By, List: p.List, Market: p.Market, Month: p.Month, Revision: p.Revision, Reason: p.Reason,
		EffectiveAt: p.EffectiveAt.UTC(), Retroactive: p.Retroactive, KnownAt: p.CorrectedAt.UTC(),
	}
}

func withdrawn(at history.Position, p *event.ReleaseWithdrawn) history.Withdrawal {
	return history.Withdrawal{
		Position: at, Release: p.Release, List: p.List, Market: p.Market, Month: p.Month, Revision: p.Revision, Withdrawal: p.Withdrawal,
		Whole: p.Whole, Lines: p.Lines, From: p.From.UTC(), Retroactive: p.Retroactive, Reason: p.Reason, WithdrawnBy: p.WithdrawnBy,
		InForce: p.InForce, Changed: p.Changed, Checksum: p.Checksum, KnownAt: p.WithdrawnAt.UTC(),
	}
}

func missing(at history.Position, p *event.ReleaseMissing) history.Missing {
	return history.Missing{
		Position: at, Release: p.Release, List: p.List, Market: p.Market, Month: p.Month, Revision: p.Revision, PublishAt: p.PublishAt.UTC(),
		EffectiveAt: p.EffectiveAt.UTC(), Days: p.Days, NoticedAt: p.NoticedAt.UTC(),
	}
}
