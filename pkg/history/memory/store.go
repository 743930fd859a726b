package memory

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/pricewire/pricewire/pkg/history"
)

// Store is history in memory. It is safe for concurrent use. The zero value is empty and ready.
type Store struct {
	mu     sync.Mutex
	tables map[history.Table]*history.Rows
	tokens map[string]bool
	claims map[claim]uint64

	revision uint64
	deriving bool
}

type claim struct {
	stream string
	first  uint64
}

var (
	_ history.Reader   = (*Store)(nil)
	_ history.Appender = (*Store)(nil)
)

// Insert appends as history.Appender says; it never fails but for the end of ctx.
func (s *Store) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables == nil {
		s.tables, s.tokens = map[history.Table]*history.Rows{}, map[string]bool{}
	}
	key := string(t) + " " + token
	if s.tokens[key] || rows.Count(t) == 0 {
		return nil
	}
	s.tokens[key] = true
	kept := s.table(t)
	kept.Append(only(t, rows))
	s.tables[t] = kept
	return nil
}

// only keeps the rows that a table is fed from.
func only(t history.Table, rows history.Rows) history.Rows {
	switch t {
	case history.TableRejects:
		return history.Rows{Rejects: rows.Rejects}
	case history.TableQuarantine:
		return history.Rows{Quarantine: rows.Quarantine}
	case history.TableRateChanges, history.TableRates:
		return history.Rows{RateChanges: rows.RateChanges}
	case history.TableLicenseChanges, history.TableLicensePrices:
		return history.Rows{PriceChanges: rows.PriceChanges}
	case history.TableItemChanges, history.TableItems:
		return history.Rows{ItemChanges: rows.ItemChanges}
	case history.TableCrawlParts:
		return history.Rows{CrawlParts: rows.CrawlParts}
	case history.TableCrawls:
		return history.Rows{Crawls: rows.Crawls}
	case history.TableEffective:
		return history.Rows{Effective: rows.Effective}
	case history.TableCorrections:
		return history.Rows{Corrections: rows.Corrections}
	case history.TableStale:
		return history.Rows{Stale: rows.Stale}
	case history.TableMissing:
		return history.Rows{Missing: rows.Missing}
	case history.TableWithdrawals:
		return history.Rows{Withdrawals: rows.Withdrawals}
	case history.TableReleases:
		return history.Rows{Releases: rows.Releases}
	case history.TableProgress:
		return history.Rows{Progress: rows.Progress}
	}
	return history.Rows{}
}

// table returns what is kept in a table, never nil.
func (s *Store) table(t history.Table) *history.Rows {
	if kept := s.tables[t]; kept != nil {
		return kept
	}
	return &history.Rows{}
}

// Rows returns everything that is kept in a table, in the order in which it came; as often as it came.
func (s *Store) Rows(t history.Table) history.Rows {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows history.Rows
	rows.Append(*s.table(t))
	return rows
}

// Claim decides as history.Appender says.
func (s *Store) Claim(_ context.Context, stream string, first, last uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claims == nil {
		s.claims = map[claim]uint64{}
	}
	key := claim{stream, first}
	if agreed, ok := s.claims[key]; ok {
		return agreed, nil
	}
	s.claims[key] = last
	return last, nil
}

// Mark reads how far a stream has been taken in.
func (s *Store) Mark(_ context.Context, stream string) (history.Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := history.Mark{Progress: s.position(stream), Highest: map[history.Table]uint64{}, Rejected: map[uint64]bool{}}
	name, _, _ := strings.Cut(stream, "@")
	for _, t := range history.Tables() {
		s.eachPosition(t, func(p history.Position) {
			switch {
			case p.Stream == stream && t != history.TableProgress && p.Sequence > max(mark.Progress, mark.Highest[t]):
				mark.Highest[t] = p.Sequence
			case p.Stream != stream && strings.HasPrefix(p.Stream, name+"@") && !slices.Contains(mark.Others, p.Stream):
				mark.Others = append(mark.Others, p.Stream)
			}
			if t == history.TableRejects && p.Stream == stream && p.Sequence > mark.Progress {
				mark.Rejected[p.Sequence] = true
			}
		})
	}
	return mark, nil
}

// Stored counts rows.
func (s *Store) Stored(_ context.Context, t history.Table, stream string, first, last uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := uint64(0)
	s.eachPosition(t, func(p history.Position) {
		if p.Stream == stream && p.Sequence >= first && p.Sequence <= last {
			n++
		}
	})
	return n, nil
}

// eachPosition visits the position of every row of a table.
func (s *Store) eachPosition(t history.Table, visit func(history.Position)) {
	s.table(t).EachPosition(t, visit)
}

// Position returns how far a stream has been taken in.
func (s *Store) Position(_ context.Context, stream string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position(stream), nil
}

func (s *Store) position(stream string) uint64 {
	highest := uint64(0)
	for _, p := range s.table(history.TableProgress).Progress {
		if p.Stream == stream {
			highest = max(highest, p.Sequence)
		}
	}
	return highest
}

// Positions returns the same for every stream.
func (s *Store) Positions(context.Context) (map[string]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]uint64{}
	for _, p := range s.table(history.TableProgress).Progress {
		all[p.Stream] = max(all[p.Stream], p.Sequence)
	}
	return all, nil
}
