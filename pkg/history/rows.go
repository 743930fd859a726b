package history

import "sort"

// Rows are what messages of one stream give, table by table, each in order of their positions.
type Rows struct {
	Rejects      []Reject
	Quarantine   []Quarantined
	RateChanges  []RateChange
	PriceChanges []PriceChange
	ItemChanges  []ItemChange
	CrawlParts   []CrawlPart
	Crawls       []Crawl
	Effective    []Effective
	Corrections  []Correction
	Missing      []Missing
	Stale        []Stale
	Withdrawals  []Withdrawal
	Releases     []Release
	Progress     []Position
}

// Count returns how many rows there are for a table.
func (r *Rows) Count(t Table) int {
	switch t {
	case TableRejects:
		return len(r.Rejects)
	case TableQuarantine:
		return len(r.Quarantine)
	case TableRateChanges:
		return len(r.RateChanges)
	case TableRates:
		return countPeriods(r.RateChanges, func(c *RateChange) int { return len(c.Periods) })
	case TableLicenseChanges:
		return len(r.PriceChanges)
	case TableLicensePrices:
		return countPeriods(r.PriceChanges, func(c *PriceChange) int { return len(c.Spans) })
	case TableItemChanges:
		return len(r.ItemChanges)
	case TableItems:
		return countPeriods(r.ItemChanges, func(c *ItemChange) int { return len(c.Spans) })
	case TableCrawlParts:
		return len(r.CrawlParts)
	case TableCrawls:
		return len(r.Crawls)
	case TableEffective:
		return len(r.Effective)
	case TableCorrections:
		return len(r.Corrections)
	case TableMissing:
		return len(r.Missing)
	case TableStale:
		return len(r.Stale)
	case TableWithdrawals:
		return len(r.Withdrawals)
	case TableReleases:
		return len(r.Releases)
	case TableProgress:
		return len(r.Progress)
	}
	return 0
}

func countPeriods[R any](rows []R, of func(*R) int) int {
	n := 0
	for i := range rows {
		n += of(&rows[i])
	}
	return n
}

// Total returns how many rows there are for all tables.
func (r *Rows) Total() int {
	n := 0
	for _, t := range Tables() {
		n += r.Count(t)
	}
	return n
}

// Between returns the rows of the messages with first <= sequence <= last. They share memory with r.
func (r *Rows) Between(first, last uint64) Rows {
	return Rows{
		Rejects:      between(r.Rejects, first, last, func(x *Reject) uint64 { return x.Sequence }),
		Quarantine:   between(r.Quarantine, first, last, func(x *Quarantined) uint64 { return x.Sequence }),
		RateChanges:  between(r.RateChanges, first, last, func(x *RateChange) uint64 { return x.Sequence }),
		PriceChanges: between(r.PriceChanges, first, last, func(x *PriceChange) uint64 { return x.Sequence }),
		ItemChanges:  between(r.ItemChanges, first, last, func(x *ItemChange) uint64 { return x.Sequence }),
		CrawlParts:   between(r.CrawlParts, first, last, func(x *CrawlPart) uint64 { return x.Sequence }),
		Crawls:       between(r.Crawls, first, last, func(x *Crawl) uint64 { return x.Sequence }),
		Effective:    between(r.Effective, first, last, func(x *Effective) uint64 { return x.Sequence }),
		Corrections:  between(r.Corrections, first, last, func(x *Correction) uint64 { return x.Sequence }),
		Stale:        between(r.Stale, first, last, func(x *Stale) uint64 { return x.Sequence }),
		Missing:      between(r.Missing, first, last, func(x *Missing) uint64 { return x.Sequence }),
		Withdrawals:  between(r.Withdrawals, first, last, func(x *Withdrawal) uint64 { return x.Sequence }),
		Releases:     between(r.Releases, first, last, func(x *Release) uint64 { return x.Sequence }),
		Progress:     between(r.Progress, first, last, func(x *Position) uint64 { return x.Sequence }),
	}
}

func between[R any](rows []R, first, last uint64, sequence func(*R) uint64) []R {
	from := sort.Search(len(rows), func(i int) bool { return sequence(&rows[i]) >= first })
	to := from + sort.Search(len(rows)-from, func(i int) bool { return sequence(&rows[from+i]) > last })
	return rows[from:to:to]
}

// Without returns the rows but for those of some messages; rejects are kept.
func (r *Rows) Without(messages map[uint64]bool) Rows {
	return Rows{
		Rejects:      r.Rejects,
		Quarantine:   without(r.Quarantine, messages, func(x *Quarantined) uint64 { return x.Sequence }),
		RateChanges:  without(r.RateChanges, messages, func(x *RateChange) uint64 { return x.Sequence }),
		PriceChanges: without(r.PriceChanges, messages, func(x *PriceChange) uint64 { return x.Sequence }),
		ItemChanges:  without(r.ItemChanges, messages, func(x *ItemChange) uint64 { return x.Sequence }),
		CrawlParts:   without(r.CrawlParts, messages, func(x *CrawlPart) uint64 { return x.Sequence }),
		Crawls:       without(r.Crawls, messages, func(x *Crawl) uint64 { return x.Sequence }),
		Effective:    without(r.Effective, messages, func(x *Effective) uint64 { return x.Sequence }),
		Corrections:  without(r.Corrections, messages, func(x *Correction) uint64 { return x.Sequence }),
		Stale:        without(r.Stale, messages, func(x *Stale) uint64 { return x.Sequence }),
		Missing:      without(r.Missing, messages, func(x *Missing) uint64 { return x.Sequence }),
		Withdrawals:  without(r.Withdrawals, messages, func(x *Withdrawal) uint64 { return x.Sequence }),
		Releases:     without(r.Releases, messages, func(x *Release) uint64 { return x.Sequence }),
		Progress:     r.Progress,
	}
}

func without[R any](rows []R, messages map[uint64]bool, sequence func(*R) uint64) []R {
	kept := make([]R, 0, len(rows))
	for i := range rows {
		if !messages[sequence(&rows[i])] {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// Append adds the rows of later messages.
func (r *Rows) Append(later Rows) {
	r.Rejects = append(r.Rejects, later.Rejects...)
	r.Quarantine = append(r.Quarantine, later.Quarantine...)
	r.RateChanges = append(r.RateChanges, later.RateChanges...)
	r.PriceChanges = append(r.PriceChanges, later.PriceChanges...)
	r.ItemChanges = append(r.ItemChanges, later.ItemChanges...)
	r.CrawlParts = append(r.CrawlParts, later.CrawlParts...)
	r.Crawls = append(r.Crawls, later.Crawls...)
	r.Effective = append(r.Effective, later.Effective...)
	r.Corrections = append(r.Corrections, later.Corrections...)
	r.Missing = append(r.Missing, later.Missing...)
	r.Stale = append(r.Stale, later.Stale...)
	r.Withdrawals = append(r.Withdrawals, later.Withdrawals...)
	r.Releases = append(r.Releases, later.Releases...)
	r.Progress = append(r.Progress, later.Progress...)
}

// Sequences returns the sequences of the messages that have rows for a table, in order.
func (r *Rows) Sequences(t Table) []uint64 {
	switch t {
	case TableRejects:
		return sequences(r.Rejects, func(x *Reject) (uint64, bool) { return x.Sequence, true })
	case TableQuarantine:
		return sequences(r.Quarantine, func(x *Quarantined) (uint64, bool) { return x.Sequence, true })
	case TableRateChanges:
		return sequences(r.RateChanges, func(x *RateChange) (uint64, bool) { return x.Sequence, true })
	case TableRates:
		return sequences(r.RateChanges, func(x *RateChange) (uint64, bool) { return x.Sequence, len(x.Periods) > 0 })
	case TableLicenseChanges:
		return sequences(r.PriceChanges, func(x *PriceChange) (uint64, bool) { return x.Sequence, true })
	case TableLicensePrices:
		return sequences(r.PriceChanges, func(x *PriceChange) (uint64, bool) { return x.Sequence, len(x.Spans) > 0 })
	case TableItemChanges:
		return sequences(r.ItemChanges, func(x *ItemChange) (uint64, bool) { return x.Sequence, true })
	case TableItems:
		return sequences(r.ItemChanges, func(x *ItemChange) (uint64, bool) { return x.Sequence, len(x.Spans) > 0 })
	case TableCrawlParts:
		return sequences(r.CrawlParts, func(x *CrawlPart) (uint64, bool) { return x.Sequence, true })
	case TableCrawls:
		return sequences(r.Crawls, func(x *Crawl) (uint64, bool) { return x.Sequence, true })
	case TableEffective:
		return sequences(r.Effective, func(x *Effective) (uint64, bool) { return x.Sequence, true })
	case TableCorrections:
		return sequences(r.Corrections, func(x *Correction) (uint64, bool) { return x.Sequence, true })
	case TableMissing:
		return sequences(r.Missing, func(x *Missing) (uint64, bool) { return x.Sequence, true })
	case TableStale:
		return sequences(r.Stale, func(x *Stale) (uint64, bool) { return x.Sequence, true })
	case TableWithdrawals:
		return sequences(r.Withdrawals, func(x *Withdrawal) (uint64, bool) { return x.Sequence, true })
	case TableReleases:
		return sequences(r.Releases, func(x *Release) (uint64, bool) { return x.Sequence, true })
	case TableProgress:
		return sequences(r.Progress, func(x *Position) (uint64, bool) { return x.Sequence, true })
	}
	return nil
}

func sequences[R any](rows []R, of func(*R) (uint64, bool)) []uint64 {
	var found []uint64
	for i := range rows {
		if s, ok := of(&rows[i]); ok && (len(found) == 0 || found[len(found)-1] != s) {
			found = append(found, s)
		}
	}
	return found
}
