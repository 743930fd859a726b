package clickhouse

import (
	"context"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// tableName is where the rows of each table are kept; what analysts read are views in front.
func tableName(t history.Table) string {
	if t == history.TableProgress {
		return "progress"
	}
	return string(t) + "_store"
}

// insertSettings make an insertion one part that is on disk when it is acknowledged, and one that happens once a token. The defaults of
// servers differ by version, so nothing is left to them.
func (s *Store) insertSettings(token string) clickhouse.Settings {
	settings := clickhouse.Settings{
		"async_insert": 0, "insert_deduplicate": 1, "insert_deduplication_token": token,
		"max_insert_block_size": partRows, "min_insert_block_size_rows": partRows, "min_insert_block_size_bytes": 0,
	}
	s.cfg.dialect().writing(settings)
	return settings
}

// Insert appends rows as history.Appender says. What would not fit one part is an invalid fault.
func (s *Store) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	n := rows.Count(t)
	if n == 0 {
		return nil
	}
	if n > partRows {
		return fault.New(fault.Invalid, "insert into %s: %d rows are more than one part takes, %d", t, n, partRows)
	}
	columns, err := blockOf(t, &rows)
	if err != nil {
		return err
	}
	if t == history.TableProgress { // whoever learns of it finds everything
		err := s.eachSliced(rows.Progress, func(known *sliced, p history.Position) error { return s.adoptCuts(ctx, p.Stream, known) })
		if err != nil {
			return err
		}
	}
	if err := s.send(ctx, tableName(t), columns, token); err != nil {
		return explain("insert into "+string(t), err)
	}
	if t == history.TableProgress {
		return s.eachSliced(rows.Progress, func(known *sliced, p history.Position) error { return s.considerCut(ctx, known, p.Stream, p.Sequence) })
	}
	if err := s.fillSlices(ctx, t, &rows, token); err != nil { // the rows are kept, so it is not they that are at fault
		return fault.New(fault.Unavailable, "insert into %s: %w", t, err)
	}
	return nil
}

// blockOf lays out what the rows give for a table.
func blockOf(t history.Table, rows *history.Rows) (block, error) {
	switch t {
	case history.TableRejects:
		return rejectBlock(rows.Rejects), nil
	case history.TableQuarantine:
		return quarantineBlock(rows.Quarantine), nil
	case history.TableRateChanges:
		return rateChangeBlock(rows.RateChanges), nil
	case history.TableRates:
		return rateBlock(rows.RateChanges), nil
	case history.TableLicenseChanges:
		return priceChangeBlock(rows.PriceChanges), nil
	case history.TableLicensePrices:
		return priceBlock(rows.PriceChanges), nil
	case history.TableItemChanges:
		return itemChangeBlock(rows.ItemChanges), nil
	case history.TableItems:
		return itemBlock(rows.ItemChanges), nil
	case history.TableCrawlParts:
		return crawlPartBlock(rows.CrawlParts), nil
	case history.TableCrawls:
		return crawlBlock(rows.Crawls), nil
	case history.TableEffective:
		return effectiveBlock(rows.Effective), nil
	case history.TableCorrections:
		return correctionBlock(rows.Corrections), nil
	case history.TableStale:
		return staleBlock(rows.Stale), nil
	case history.TableMissing:
		return missingBlock(rows.Missing), nil
	case history.TableWithdrawals:
		return withdrawalBlock(rows.Withdrawals), nil
	case history.TableReleases:
		return releaseBlock(rows.Releases), nil
	case history.TableProgress:
		return positions(rows.Progress, func(p *history.Position) history.Position { return *p }), nil
	}
	return nil, fault.New(fault.Internal, "insert into %q: there is no such table", t)
}

// send inserts a block.
func (s *Store) send(ctx context.Context, table string, columns block, token string) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.InsertTime)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(s.insertSettings(token)))
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoteName(c.name)
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	defer func() { _ = batch.Close() }()
	for i, c := range columns {
		if err := batch.Column(i).Append(c.values); err != nil {
			return fault.New(fault.Invalid, "column %s: %w", c.name, err)
		}
	}
	return batch.Send()
}
