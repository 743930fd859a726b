package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

func releaseStatement(q history.ReleaseList, place []string) (statement, error) {
	var f filters
	f.equal("release", q.ID)
	f.equal("list", q.List)
	f.equal("market", q.Market)
	if err := f.newestFirst("published_at", place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, release, toString(list), toString(market), toString(month), toString(kind), effective_at, published_at,\n" +
		"    baseline, predecessor, supersedes, corrects, backfilled, reason, toString(notice_policy), notice_short, notice_reason, checksum, content, created_by, approved_by,\n" +
		"    toInt64(revision), toInt64(notice_days), toInt64(lines), toInt64(changed), toInt64(added), toInt64(price_changed),\n" +
		"    toInt64(attributes_changed), toInt64(ending), toInt64(removed), toInt64(unchanged)\nFROM releases" +
		f.all() + "\nORDER BY published_at DESC, stream DESC, seq DESC, row DESC" + limit(q.Page), f.args}, nil
}

// Releases lists published releases.
func (s *Store) Releases(ctx context.Context, q history.ReleaseList) (history.ReleasePage, error) {
	if err := q.Validate(); err != nil {
		return history.ReleasePage{}, err
	}
	items, next, err := list(ctx, s, "list releases", q.Page, 4,
		func(place []string) (statement, error) { return releaseStatement(q, place) }, scanRelease,
		func(r *history.Release) []string { return newestCursor(r.PublishedAt, r.Position) })
	return history.ReleasePage{Items: items, Next: next}, err
}

func scanRelease(rows driver.Rows) (history.Release, error) {
	var r history.Release
	var n counts
	targets := []any{
		&r.Stream, &r.Sequence, &r.Row, &r.Release, &r.List, &r.Market, &r.Month, &r.Kind, &r.EffectiveAt, &r.PublishedAt,
		&r.Baseline, &r.Predecessor, &r.Supersedes, &r.Corrects, &r.Backfilled, &r.Reason, &r.NoticePolicy, &r.NoticeShort, &r.NoticeReason, &r.Checksum, &r.Content,
		&r.CreatedBy, &r.ApprovedBy,
	}
	err := rows.Scan(append(targets, n.targets(10)...)...)
	r.EffectiveAt, r.PublishedAt = r.EffectiveAt.UTC(), r.PublishedAt.UTC()
	n.give(&r.Revision, &r.NoticeDays, &r.Lines, &r.Changed, &r.Diff.Added, &r.Diff.PriceChanged, &r.Diff.Changed, &r.Diff.Ending,
		&r.Diff.Removed, &r.Diff.Unchanged)
	return r, err
}

func withdrawalStatement(q history.WithdrawalList, place []string) (statement, error) {
	var f filters
	f.equal("release", q.Release)
	f.equal("list", q.List)
	f.equal("market", q.Market)
	if err := f.newestFirst("known_at", place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, release, toString(list), toString(market), toString(month), whole, valid_from, retroactive,\n" +
		"    reason, withdrawn_by, in_force, checksum, known_at, toInt64(revision), toInt64(withdrawal), toInt64(lines), toInt64(changed)\nFROM withdrawals" +
		f.all() + "\nORDER BY known_at DESC, stream DESC, seq DESC, row DESC" + limit(q.Page), f.args}, nil
}

// Withdrawals lists withdrawals.
func (s *Store) Withdrawals(ctx context.Context, q history.WithdrawalList) (history.WithdrawalPage, error) {
	if err := q.Validate(); err != nil {
		return history.WithdrawalPage{}, err
	}
	items, next, err := list(ctx, s, "list withdrawals", q.Page, 4,
		func(place []string) (statement, error) { return withdrawalStatement(q, place) }, scanWithdrawal,
		func(w *history.Withdrawal) []string { return newestCursor(w.KnownAt, w.Position) })
	return history.WithdrawalPage{Items: items, Next: next}, err
}

func scanWithdrawal(rows driver.Rows) (history.Withdrawal, error) {
	var w history.Withdrawal
	var n counts
	targets := []any{
		&w.Stream, &w.Sequence, &w.Row, &w.Release, &w.List, &w.Market, &w.Month, &w.Whole, &w.From, &w.Retroactive, &w.Reason, &w.WithdrawnBy,
		&w.InForce, &w.Checksum, &w.KnownAt,
	}
	err := rows.Scan(append(targets, n.targets(4)...)...)
	w.From, w.KnownAt = w.From.UTC(), w.KnownAt.UTC()
	n.give(&w.Revision, &w.Withdrawal, &w.Lines, &w.Changed)
	return w, err
}

func correctionStatement(q history.CorrectionList, place []string) (statement, error) {
	var f filters
	f.equal("release", q.Release)
	if q.By != "" {
		f.where("`by` = @by", "by", q.By)
	}
	f.equal("list", q.List)
	f.equal("market", q.Market)
	if err := f.newestFirst("known_at", place); err != nil {
		return statement{}, err
	}
	return statement{"SELECT toString(stream), seq, row, release, `by`, toString(list), toString(market), toString(month), reason, effective_at, retroactive,\n" +
		"    known_at, toInt64(revision)\nFROM corrections_store" +
		f.all() + "\nORDER BY known_at DESC, stream DESC, seq DESC, row DESC" + limit(q.Page), f.args}, nil
}

// Corrections lists corrections.
func (s *Store) Corrections(ctx context.Context, q history.CorrectionList) (history.CorrectionPage, error) {
	if err := q.Validate(); err != nil {
		return history.CorrectionPage{}, err
	}
	items, next, err := list(ctx, s, "list corrections", q.Page, 4,
		func(place []string) (statement, error) { return correctionStatement(q, place) }, scanCorrection,
		func(c *history.Correction) []string { return newestCursor(c.KnownAt, c.Position) })
	return history.CorrectionPage{Items: items, Next: next}, err
}

func scanCorrection(rows driver.Rows) (history.Correction, error) {
	var c history.Correction
	var n counts
	targets := []any{
		&c.Stream, &c.Sequence, &c.Row, &c.Release, &c.By, &c.List, &c.Market, &c.Month, &c.Reason, &c.EffectiveAt, &c.Retroactive, &c.KnownAt,
	}
	err := rows.Scan(append(targets, n.targets(1)...)...)
	c.EffectiveAt, c.KnownAt = c.EffectiveAt.UTC(), c.KnownAt.UTC()
	n.give(&c.Revision)
	return c, err
}

// newestCursor is the place of a row that newestFirst pages by.
func newestCursor(at time.Time, p history.Position) []string {
	return append([]string{knownText(at)}, cursorOf(p)...)
}
