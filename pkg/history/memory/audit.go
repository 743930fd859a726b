package memory

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
)

var _ history.Auditor = (*Store)(nil)

// place tells the rows of a table and a stream apart.
type place struct {
	sequence uint64
	row      uint32
}

// kept counts the rows of an extent's messages in one table, by place.
func (s *Store) kept(t history.Table, e history.Extent) map[place]int {
	there := map[place]int{}
	s.eachPosition(t, func(p history.Position) {
		if p.Stream == e.Stream && p.Sequence >= e.First && p.Sequence <= e.Last {
			there[place{p.Sequence, p.Row}]++
		}
	})
	return there
}

// Inspect looks at rows as history.Inspector says.
func (s *Store) Inspect(_ context.Context, e history.Extent) ([]history.Finding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []history.Finding
	there := map[uint64]bool{}
	for _, t := range e.Tables {
		most := map[uint64]uint32{}
		kept := s.kept(t, e)
		for at := range kept {
			there[at.sequence] = there[at.sequence] || t.Primary()
			most[at.sequence] = max(most[at.sequence], at.row)
		}
		for sequence := e.First; sequence <= e.Last; sequence++ {
			last, ok := most[sequence]
			for row := uint32(0); ok && row <= last; row++ {
				if n := kept[place{sequence, row}]; n == 0 {
					found = append(found, one(history.FindingHole, t, e.Stream, place{sequence, row}, 1))
				} else if n > 1 {
					found = append(found, one(history.FindingDouble, t, e.Stream, place{sequence, row}, uint64(n-1)))
				}
			}
		}
	}
	var holes []history.Finding
	for sequence := e.First; sequence <= e.Last; sequence++ {
		if there[sequence] {
			continue
		}
		if n := len(holes); n > 0 && holes[n-1].Last == sequence-1 {
			holes[n-1].Last = sequence
			continue
		}
		holes = append(holes, history.Finding{Kind: history.FindingHole, Stream: e.Stream, First: sequence, Last: sequence})
	}
	return append(holes, found...), nil
}

// one is a finding about one row.
func one(kind history.FindingKind, t history.Table, stream string, at place, n uint64) history.Finding {
	return history.Finding{Kind: kind, Table: t, Stream: stream, First: at.sequence, Last: at.sequence, Row: &at.row, Rows: n}
}

// Account compares counts as history.Auditor says.
func (s *Store) Account(_ context.Context, stream string, last uint64) ([]history.Finding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := func(p history.Position) bool { return p.Stream == stream && p.Sequence <= last }
	var found []history.Finding
	add := func(t history.Table, sequence uint64, missing int, detail string) {
		found = append(found, history.Finding{
			Kind: history.FindingCount, Table: t, Stream: stream, First: 1, Last: sequence, Rows: uint64(max(missing, 0)), Detail: detail,
		})
	}
	type publication struct {
		release    string
		withdrawal int
	}
	changes := map[publication]int{}
	for _, c := range s.table(history.TableLicenseChanges).PriceChanges {
		if of(c.Position) {
			changes[publication{c.Release, c.Withdrawal}]++
		}
	}
	for _, c := range s.table(history.TableItemChanges).ItemChanges {
		if of(c.Position) {
			changes[publication{c.Release, c.Withdrawal}]++
		}
	}
	check := func(t history.Table, p publication, at history.Position, changed int) {
		if of(at) && changes[p] != changed {
			add(t, at.Sequence, changed-changes[p], fmt.Sprintf("the manifest of %s says %d changes, and %d are there", p.release, changed, changes[p]))
		}
	}
	for _, r := range s.table(history.TableReleases).Releases {
		check(history.TableReleases, publication{r.Release, 0}, r.Position, r.Changed)
	}
	for _, w := range s.table(history.TableWithdrawals).Withdrawals {
		check(history.TableWithdrawals, publication{w.Release, w.Withdrawal}, w.Position, w.Changed)
	}
	s.accountCrawls(of, add)
	return found, nil
}

// accountCrawls sets the records of crawls beside their changes, quarantined rows and periods.
func (s *Store) accountCrawls(of func(history.Position) bool, add func(history.Table, uint64, int, string)) {
	changes, quarantined := map[string]int{}, map[string]int{}
	periods, saidPeriods := map[time.Time]int{}, map[time.Time]int{}
	for _, c := range s.table(history.TableRateChanges).RateChanges {
		if of(c.Position) {
			changes[c.Crawl]++
		}
	}
	for _, q := range s.table(history.TableQuarantine).Quarantine {
		if of(q.Position) {
			quarantined[q.Crawl]++
		}
	}
	for _, c := range s.table(history.TableRates).RateChanges {
		if of(c.Position) {
			periods[history.StoredKnown(c.KnownAt)] += len(c.Periods)
		}
	}
	sequences := map[time.Time]uint64{}
	for _, r := range s.table(history.TableCrawls).Crawls {
		if !of(r.Position) || r.Refused != "" {
			continue
		}
		n := r.Counts.Added + r.Counts.PriceChanged + r.Counts.Rescheduled + r.Counts.Renamed + r.Counts.Restated + r.Counts.Retired
		if n != changes[r.ID] || r.Quarantined != quarantined[r.ID] {
			add(history.TableCrawls, r.Sequence, max(n-changes[r.ID], r.Quarantined-quarantined[r.ID]), fmt.Sprintf("the record of crawl %s says %d changes and %d quarantined rows, and %d and %d are there",
				r.ID, n, r.Quarantined, changes[r.ID], quarantined[r.ID]))
		}
		at := history.StoredKnown(r.At)
		saidPeriods[at] += r.Counts.Periods
		sequences[at] = r.Sequence
	}
	for at, n := range saidPeriods {
		if n != periods[at] {
			add(history.TableRates, sequences[at], n-periods[at], fmt.Sprintf("crawls say %d periods, and %d are there", n, periods[at]))
		}
	}
}

// InspectSchema finds nothing: there is no schema.
func (*Store) InspectSchema(context.Context, bool) ([]history.Finding, error) { return nil, nil }

// InspectKeys finds nothing: rates are kept by what they are.
func (*Store) InspectKeys(context.Context) ([]history.Finding, error) { return nil, nil }

// InspectAnswers finds nothing: lists are answered from the tables.
func (*Store) InspectAnswers(context.Context, string, uint64) ([]history.Finding, error) {
	return nil, nil
}

// Derive has nothing to do: nothing is made of the tables.
func (*Store) Derive(context.Context, string, []history.Finding) error { return nil }

// Rejected returns why messages are among the rejects.
func (s *Store) Rejected(_ context.Context, stream string, first, last uint64) (map[uint64]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reasons := map[uint64]string{}
	for _, r := range s.table(history.TableRejects).Rejects {
		if r.Stream == stream && r.Sequence >= first && r.Sequence <= last {
			reasons[r.Sequence] = r.Reason
		}
	}
	return reasons, nil
}

// Restore adds missing rows. A message of which some rows are kept is kept anew as a whole.
func (s *Store) Restore(_ context.Context, e history.Extent, rows history.Rows) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := e.Tables[0]
	kept := s.kept(t, e)
	missing, n := map[uint64]bool{}, uint64(0)
	rows.EachPosition(t, func(p history.Position) {
		if kept[place{p.Sequence, p.Row}] == 0 {
			missing[p.Sequence] = true
			n++
		}
	})
	if n == 0 {
		return 0, nil
	}
	var left, others history.Rows
	for _, sequence := range rows.Sequences(t) {
		if missing[sequence] {
			left.Append(only(t, rows.Between(sequence, sequence)))
		}
	}
	former := s.table(t)
	dropped := former.Without(missing)
	if t == history.TableRejects { // Without keeps rejects, and one has no parts
		dropped = *former
	}
	others.Append(dropped)
	others.Append(left)
	s.keep(t, &others)
	s.revision++
	return n, nil
}

// keep puts rows in the place of a table's.
func (s *Store) keep(t history.Table, rows *history.Rows) {
	if s.tables == nil {
		s.tables, s.tokens = map[history.Table]*history.Rows{}, map[string]bool{}
	}
	s.tables[t] = rows
}

// comparison compares with what was kept when it began.
type comparison struct {
	stream string
	tables []history.Table
	kept   map[history.Table]map[uint64]history.Rows
}

// Compare begins to compare as history.Auditor says.
func (s *Store) Compare(_ context.Context, e history.Extent) (history.Comparison, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &comparison{e.Stream, e.Tables, map[history.Table]map[uint64]history.Rows{}}
	for _, t := range e.Tables {
		c.kept[t] = map[uint64]history.Rows{}
		for _, message := range messages(*s.table(t), t, e.Stream) {
			for sequence, rows := range message {
				if sequence >= e.First && sequence <= e.Last {
					before := c.kept[t][sequence]
					before.Append(rows)
					c.kept[t][sequence] = before
				}
			}
		}
	}
	return c, nil
}

// messages splits the rows of a table, which may have come in any order, by message; only those of a stream.
func messages(rows history.Rows, t history.Table, stream string) []map[uint64]history.Rows {
	var all []map[uint64]history.Rows
	take := func(p history.Position, r history.Rows) {
		if p.Stream == stream {
			all = append(all, map[uint64]history.Rows{p.Sequence: only(t, r)})
		}
	}
	split(rows.Rejects, func(r []history.Reject) { take(r[0].Position, history.Rows{Rejects: r}) })
	split(rows.Quarantine, func(r []history.Quarantined) { take(r[0].Position, history.Rows{Quarantine: r}) })
	split(rows.RateChanges, func(r []history.RateChange) { take(r[0].Position, history.Rows{RateChanges: r}) })
	split(rows.PriceChanges, func(r []history.PriceChange) { take(r[0].Position, history.Rows{PriceChanges: r}) })
	split(rows.ItemChanges, func(r []history.ItemChange) { take(r[0].Position, history.Rows{ItemChanges: r}) })
	split(rows.CrawlParts, func(r []history.CrawlPart) { take(r[0].Position, history.Rows{CrawlParts: r}) })
	split(rows.Crawls, func(r []history.Crawl) { take(r[0].Position, history.Rows{Crawls: r}) })
	split(rows.Effective, func(r []history.Effective) { take(r[0].Position, history.Rows{Effective: r}) })
	split(rows.Corrections, func(r []history.Correction) { take(r[0].Position, history.Rows{Corrections: r}) })
	split(rows.Stale, func(r []history.Stale) { take(r[0].Position, history.Rows{Stale: r}) })
	split(rows.Missing, func(r []history.Missing) { take(r[0].Position, history.Rows{Missing: r}) })
	split(rows.Withdrawals, func(r []history.Withdrawal) { take(r[0].Position, history.Rows{Withdrawals: r}) })
	split(rows.Releases, func(r []history.Release) { take(r[0].Position, history.Rows{Releases: r}) })
	return all
}

// split hands over row by row.
func split[R any](rows []R, take func([]R)) {
	for i := range rows {
		take(rows[i : i+1 : i+1])
	}
}

// Block compares message by message.
func (c *comparison) Block(_ context.Context, first, last uint64, rows history.Rows) ([]history.Finding, error) {
	var found []history.Finding
	for _, t := range c.tables {
		for sequence := first; sequence <= last; sequence++ {
			belong := rows.Between(sequence, sequence)
			kept := c.kept[t][sequence]
			found = append(found, compare(t, c.stream, kept, only(t, belong))...)
		}
	}
	return found, nil
}

// compare sets what is kept of a message in a table beside what belongs there.
func compare(t history.Table, stream string, kept, belong history.Rows) []history.Finding {
	there, wanted := map[place]int{}, map[place]int{}
	kept.EachPosition(t, func(p history.Position) { there[place{p.Sequence, p.Row}]++ })
	belong.EachPosition(t, func(p history.Position) { wanted[place{p.Sequence, p.Row}]++ })
	var found []history.Finding
	belong.EachPosition(t, func(p history.Position) {
		at := place{p.Sequence, p.Row}
		switch n := there[at]; {
		case n == 0:
			found = append(found, one(history.FindingHole, t, stream, at, 1))
		case n > 1:
			found = append(found, one(history.FindingDouble, t, stream, at, uint64(n-1)))
		}
	})
	for at, n := range there {
		if wanted[at] == 0 {
			found = append(found, one(history.FindingExtra, t, stream, at, uint64(n)))
		}
	}
	if len(found) == 0 && !reflect.DeepEqual(kept, belong) && len(there) > 0 {
		for at := range there {
			found = append(found, one(history.FindingAltered, t, stream, at, 1))
			break
		}
	}
	return found
}

// Close does nothing.
func (*comparison) Close(context.Context) error { return nil }
