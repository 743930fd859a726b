package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// Crawls lists records of crawls.
func (s *Store) Crawls(_ context.Context, q history.CrawlList) (history.CrawlPage, error) {
	if err := q.Validate(); err != nil {
		return history.CrawlPage{}, err
	}
	rows := slices.Clone(s.Rows(history.TableCrawls).Crawls)
	slices.SortFunc(rows, func(a, b history.Crawl) int {
		return cmp.Or(b.At.Compare(a.At), comparePositions(b.Position, a.Position))
	})
	items, next, err := page(rows, q.Page, func(c *history.Crawl) bool {
		return is(q.ID, c.ID) && is(q.Scope, c.Scope) && is(q.Currency, c.Currency)
	})
	return history.CrawlPage{Items: items, Next: next}, err
}

// Quarantine lists rows that were not believed.
func (s *Store) Quarantine(_ context.Context, q history.QuarantineList) (history.QuarantinePage, error) {
	if err := q.Validate(); err != nil {
		return history.QuarantinePage{}, err
	}
	rows := slices.Clone(s.Rows(history.TableQuarantine).Quarantine)
	slices.SortFunc(rows, func(a, b history.Quarantined) int { return comparePositions(a.Position, b.Position) })
	items, next, err := page(rows, q.Page, func(r *history.Quarantined) bool {
		return is(q.Crawl, r.Crawl) && is(q.Scope, r.Scope) && is(q.Currency, r.Currency) && is(q.Reason, r.Reason)
	})
	return history.QuarantinePage{Items: items, Next: next}, err
}

// Releases lists published releases.
func (s *Store) Releases(_ context.Context, q history.ReleaseList) (history.ReleasePage, error) {
	if err := q.Validate(); err != nil {
		return history.ReleasePage{}, err
	}
	s.mu.Lock()
	rows := s.visible()
	s.mu.Unlock()
	slices.SortFunc(rows, func(a, b history.Release) int {
		return cmp.Or(b.PublishedAt.Compare(a.PublishedAt), comparePositions(b.Position, a.Position))
	})
	items, next, err := page(rows, q.Page, func(r *history.Release) bool {
		return is(q.ID, r.Release) && is(q.List, r.List) && is(q.Market, r.Market)
	})
	return history.ReleasePage{Items: items, Next: next}, err
}

// Withdrawals lists withdrawals.
func (s *Store) Withdrawals(_ context.Context, q history.WithdrawalList) (history.WithdrawalPage, error) {
	if err := q.Validate(); err != nil {
		return history.WithdrawalPage{}, err
	}
	s.mu.Lock()
	rows := s.withdrawals()
	s.mu.Unlock()
	slices.SortFunc(rows, func(a, b history.Withdrawal) int {
		return cmp.Or(b.KnownAt.Compare(a.KnownAt), comparePositions(b.Position, a.Position))
	})
	items, next, err := page(rows, q.Page, func(w *history.Withdrawal) bool {
		return is(q.Release, w.Release) && is(q.List, w.List) && is(q.Market, w.Market)
	})
	return history.WithdrawalPage{Items: items, Next: next}, err
}

// Corrections lists corrections.
func (s *Store) Corrections(_ context.Context, q history.CorrectionList) (history.CorrectionPage, error) {
	if err := q.Validate(); err != nil {
		return history.CorrectionPage{}, err
	}
	rows := slices.Clone(s.Rows(history.TableCorrections).Corrections)
	slices.SortFunc(rows, func(a, b history.Correction) int {
		return cmp.Or(b.KnownAt.Compare(a.KnownAt), comparePositions(b.Position, a.Position))
	})
	items, next, err := page(rows, q.Page, func(c *history.Correction) bool {
		return is(q.Release, c.Release) && is(q.By, c.By) && is(q.List, c.List) && is(q.Market, c.Market)
	})
	return history.CorrectionPage{Items: items, Next: next}, err
}

// Rejects lists rejected messages.
func (s *Store) Rejects(_ context.Context, q history.RejectList) (history.RejectPage, error) {
	if err := q.Validate(); err != nil {
		return history.RejectPage{}, err
	}
	rows := slices.Clone(s.Rows(history.TableRejects).Rejects)
	slices.SortFunc(rows, func(a, b history.Reject) int { return comparePositions(a.Position, b.Position) })
	items, next, err := page(rows, q.Page, func(r *history.Reject) bool { return is(q.Stream, r.Stream) && r.Sequence > q.After })
	return history.RejectPage{Items: items, Next: next}, err
}

func is(wanted, value string) bool { return wanted == "" || wanted == value }

func comparePositions(a, b history.Position) int {
	return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Row, b.Row))
}

// page filters ordered rows and cuts a page; the cursor counts the rows that match.
func page[R any](rows []R, p history.Page, match func(*R) bool) ([]R, string, error) {
	place, err := history.DecodeCursor(p.Cursor, 1)
	if err != nil {
		return nil, "", err
	}
	skip := 0
	if place != nil {
		if skip, err = strconv.Atoi(place[0]); err != nil || skip < 0 {
			return nil, "", fault.New(fault.Invalid, "read cursor: %q is no number", place[0])
		}
	}
	var matching []R
	for i := range rows {
		if match(&rows[i]) {
			matching = append(matching, rows[i])
		}
	}
	matching = matching[min(skip, len(matching)):]
	if len(matching) <= p.Size() {
		return matching, "", nil
	}
	return matching[:p.Size()], history.EncodeCursor(strconv.Itoa(skip + p.Size())), nil
}
