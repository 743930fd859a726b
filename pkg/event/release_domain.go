package event

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

func releasePublished(r *release.Release, changed int, checksum string) *ReleasePublished {
	return &ReleasePublished{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision, Kind: string(r.Kind),
		EffectiveAt: r.EffectiveAt.UTC(), PublishedAt: r.PublishedAt.UTC(), Baseline: r.Baseline, Predecessor: r.Predecessor,
		Supersedes: r.Supersedes, Corrects: r.Corrects, Backfilled: r.Backfilled, Reason: r.Reason,
		Lines: r.Lines, Changed: changed, Checksum: checksum, Content: r.Content,
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

// releaseCorrected says of the release that r mends that it does; an invalid fault when r names none.
func releaseCorrected(r *release.Release) (*ReleaseCorrected, error) {
	slot, revision, err := release.ParseID(r.Corrects)
	if err != nil {
		return nil, fault.Wrap(err, "encode release %s: read what it corrects", r.ID)
	}
	return &ReleaseCorrected{
		Release: r.Corrects, List: slot.List, Market: slot.Market, Month: slot.Month.String(), Revision: revision, By: r.ID, Reason: r.Reason,
		EffectiveAt: r.EffectiveAt.UTC(), Retroactive: r.Retroactive, CorrectedAt: r.PublishedAt.UTC(),
	}, nil
}

func releaseWithdrawn(r *release.Release, w *release.Withdrawal, changed int, checksum string) *ReleaseWithdrawn {
	lines := w.Count
	if w.Whole() {
		lines = r.Lines
	}
	return &ReleaseWithdrawn{
		Release: r.ID, List: r.Slot.List, Market: r.Slot.Market, Month: r.Slot.Month.String(), Revision: r.Revision,
		Withdrawal: w.N, Whole: w.Whole(), Lines: lines, From: w.From.UTC(), Retroactive: w.Retroactive, Reason: w.Reason, WithdrawnBy: w.By,
		InForce: w.InForce, Changed: changed, Checksum: checksum, WithdrawnAt: w.KnownAt.UTC(),
	}
}

func releaseMissing(slot release.Slot, revision int, publishAt, effectiveAt, noticedAt time.Time) *ReleaseMissing {
	return &ReleaseMissing{
		Release: release.FormatID(slot, revision), List: slot.List, Market: slot.Market, Month: slot.Month.String(), Revision: revision,
		PublishAt: publishAt.UTC(), EffectiveAt: effectiveAt.UTC(), Days: effective.DaysBetween(noticedAt, publishAt), NoticedAt: noticedAt.UTC(),
	}
}
