package clickhouse

import (
	"time"

	"github.com/pricewire/pricewire/pkg/history"
)

func releaseBlock(rows []history.Release) block {
	type R = history.Release
	count := func(name string, of func(*R) int) vector {
		return gather(name, rows, func(r *R) uint32 { return uint32(of(r)) })
	}
	b := block{
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("month", rows, func(r *R) string { return r.Month }),
		count("revision", func(r *R) int { return r.Revision }),
		gather("kind", rows, func(r *R) string { return r.Kind }),
		gather("effective_at", rows, func(r *R) time.Time { return history.StoredKnown(r.EffectiveAt) }),
		gather("published_at", rows, func(r *R) time.Time { return history.StoredKnown(r.PublishedAt) }),
		gather("baseline", rows, func(r *R) bool { return r.Baseline }),
		gather("predecessor", rows, func(r *R) string { return r.Predecessor }),
		gather("supersedes", rows, func(r *R) string { return r.Supersedes }),
		gather("corrects", rows, func(r *R) string { return r.Corrects }),
		gather("backfilled", rows, func(r *R) bool { return r.Backfilled }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("notice_policy", rows, func(r *R) string { return r.NoticePolicy }),
		gather("notice_days", rows, func(r *R) int32 { return int32(r.NoticeDays) }),
		gather("notice_short", rows, func(r *R) bool { return r.NoticeShort }),
		gather("notice_reason", rows, func(r *R) string { return r.NoticeReason }),
		count("lines", func(r *R) int { return r.Lines }),
		count("changed", func(r *R) int { return r.Changed }),
		gather("checksum", rows, func(r *R) string { return r.Checksum }),
		gather("content", rows, func(r *R) string { return r.Content }),
		count("added", func(r *R) int { return r.Diff.Added }),
		count("price_changed", func(r *R) int { return r.Diff.PriceChanged }),
		count("attributes_changed", func(r *R) int { return r.Diff.Changed }),
		count("ending", func(r *R) int { return r.Diff.Ending }),
		count("removed", func(r *R) int { return r.Diff.Removed }),
		count("unchanged", func(r *R) int { return r.Diff.Unchanged }),
		gather("created_by", rows, func(r *R) string { return r.CreatedBy }),
		gather("approved_by", rows, func(r *R) string { return r.ApprovedBy }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func effectiveBlock(rows []history.Effective) block {
	type R = history.Effective
	b := block{
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("effective_at", rows, func(r *R) time.Time { return history.StoredKnown(r.EffectiveAt) }),
		gather("supersedes", rows, func(r *R) string { return r.Supersedes }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func withdrawalBlock(rows []history.Withdrawal) block {
	type R = history.Withdrawal
	count := func(name string, of func(*R) int) vector {
		return gather(name, rows, func(r *R) uint32 { return uint32(of(r)) })
	}
	b := block{
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("month", rows, func(r *R) string { return r.Month }),
		count("revision", func(r *R) int { return r.Revision }),
		count("withdrawal", func(r *R) int { return r.Withdrawal }),
		gather("whole", rows, func(r *R) bool { return r.Whole }),
		count("lines", func(r *R) int { return r.Lines }),
		gather("valid_from", rows, func(r *R) time.Time { return history.StoredFrom(r.From) }),
		gather("retroactive", rows, func(r *R) bool { return r.Retroactive }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("withdrawn_by", rows, func(r *R) string { return r.WithdrawnBy }),
		gather("in_force", rows, func(r *R) string { return r.InForce }),
		count("changed", func(r *R) int { return r.Changed }),
		gather("checksum", rows, func(r *R) string { return r.Checksum }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func correctionBlock(rows []history.Correction) block {
	type R = history.Correction
	b := block{
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("by", rows, func(r *R) string { return r.By }),
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("month", rows, func(r *R) string { return r.Month }),
		gather("revision", rows, func(r *R) uint32 { return uint32(r.Revision) }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("effective_at", rows, func(r *R) time.Time { return history.StoredKnown(r.EffectiveAt) }),
		gather("retroactive", rows, func(r *R) bool { return r.Retroactive }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func staleBlock(rows []history.Stale) block {
	type R = history.Stale
	b := block{
		gather("crawl", rows, func(r *R) string { return r.Crawl }),
		gather("source", rows, func(r *R) string { return r.Source }),
		gather("scope", rows, func(r *R) string { return r.Scope }),
		gather("currency", rows, func(r *R) string { return r.Currency }),
		gather("refused", rows, func(r *R) uint32 { return uint32(r.Refused) }),
		gather("since", rows, func(r *R) time.Time { return history.StoredKnown(r.Since) }),
		gather("taken", rows, func(r *R) time.Time { return history.StoredKnown(r.Taken) }),
		gather("reason", rows, func(r *R) string { return r.Reason }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

func missingBlock(rows []history.Missing) block {
	type R = history.Missing
	b := block{
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("month", rows, func(r *R) string { return r.Month }),
		gather("revision", rows, func(r *R) uint32 { return uint32(r.Revision) }),
		gather("publish_at", rows, func(r *R) time.Time { return history.StoredKnown(r.PublishAt) }),
		gather("effective_at", rows, func(r *R) time.Time { return history.StoredKnown(r.EffectiveAt) }),
		gather("days", rows, func(r *R) int32 { return int32(r.Days) }),
		gather("noticed_at", rows, func(r *R) time.Time { return history.StoredKnown(r.NoticedAt) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}
