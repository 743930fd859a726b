package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

const (
	// sequenceBlock is how many messages are summed up at once: what adds up needs no closer look.
	sequenceBlock = 65_536
	// inspectRows is about how many rows are looked at closely at once. It bounds the memory of a look, not what is looked at.
	inspectRows = 1_000_000
)

// tables are the tables of history under names of their own: those that answer, or those of a rebuild.
type tables struct {
	s    *Store
	name func(history.Table) string
}

var _ history.Auditor = (*Store)(nil)

// Inspect looks at the tables that answer, as history.Inspector says.
func (s *Store) Inspect(ctx context.Context, e history.Extent) ([]history.Finding, error) {
	return tables{s, tableName}.inspect(ctx, e)
}

// examining returns a context for the questions of an audit: they may take long, and give way to the questions of people.
func (s *Store) examining(ctx context.Context) context.Context {
	settings := clickhouse.Settings{
		"max_execution_time": int(time.Hour / time.Second), "max_memory_usage": 2 * s.cfg.QueryMemory, "max_threads": 1, "priority": 10,
	}
	s.cfg.dialect().reading(settings)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

// examine runs a question of an audit and hands over each row of its answer.
func (s *Store) examine(ctx context.Context, what string, q statement, each func(driver.Rows) error) error {
	rows, err := s.conn.Query(s.examining(ctx), q.text, q.args...)
	if err != nil {
		return explain(what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return fmt.Errorf("%s: read row: %w", what, err)
		}
	}
	return explain(what, rows.Err())
}

// measure runs a question of an audit whose answer is a number.
func (s *Store) measure(ctx context.Context, what string, q statement) (uint64, error) {
	var n uint64
	err := s.examine(ctx, what, q, func(rows driver.Rows) error { return rows.Scan(&n) })
	return n, err
}

// within are the conditions on an extent.
func within(stream string, first, last uint64) filters {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("seq >= @first", "first", first)
	f.where("seq <= @last", "last", last)
	return f
}

func (t tables) inspect(ctx context.Context, e history.Extent) ([]history.Finding, error) {
	if e.Last < e.First {
		return nil, nil
	}
	found, err := t.holes(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, table := range e.Tables {
		odd, err := t.ordinals(ctx, table, e)
		if err != nil {
			return nil, err
		}
		found = append(found, odd...)
	}
	return found, nil
}

// holesStatement finds the blocks of messages whose rows with the ordinal 0 do not add up to each message once.
func (t tables) holesStatement(e history.Extent) statement {
	f := within(e.Stream, e.First, e.Last)
	var parts []string
	for _, table := range e.Tables {
		if table.Primary() {
			parts = append(parts, "SELECT toUInt64(intDiv(seq - @first, @block)) AS block, count() AS n, sum(intHash64(seq)) AS sum FROM "+t.name(table)+
				f.all()+" AND row = 0 GROUP BY block")
		}
	}
	f.bind("block", uint64(sequenceBlock))
	f.bind("count", e.Last-e.First+1)
	return statement{"SELECT whole.block FROM (\n" +
		"SELECT toUInt64(intDiv(number, @block)) AS block, count() AS n, sum(intHash64(number + @first)) AS sum FROM numbers(@count) GROUP BY block\n) AS whole LEFT JOIN (\n" +
		"SELECT block, sum(n) AS n, sum(sum) AS sum FROM (\n" + strings.Join(parts, "\nUNION ALL ") + "\n) GROUP BY block\n) AS kept ON whole.block = kept.block\n" +
		"WHERE whole.n != kept.n OR whole.sum != kept.sum ORDER BY whole.block", f.args}
}

// holes finds messages that have no row in any table that has one of every message.
func (t tables) holes(ctx context.Context, e history.Extent) ([]history.Finding, error) {
	var blocks []uint64
	err := t.s.examine(ctx, "sum up messages", t.holesStatement(e), func(rows driver.Rows) error {
		var block uint64
		err := rows.Scan(&block)
		blocks = append(blocks, block)
		return err
	})
	var found runs
	for _, block := range blocks {
		if err != nil {
			break
		}
		first := e.First + block*sequenceBlock
		part := history.Extent{Stream: e.Stream, First: first, Last: min(e.Last, first+sequenceBlock-1), Tables: e.Tables}
		err = t.s.examine(ctx, "look for messages", t.absentStatement(part), func(rows driver.Rows) error {
			var sequence uint64
			err := rows.Scan(&sequence)
			found.add(history.Finding{Kind: history.FindingHole, Stream: e.Stream, First: sequence, Last: sequence, Detail: "no table has a row of it"})
			return err
		})
	}
	return found, err
}

// absentStatement lists the messages of a block that have no row.
func (t tables) absentStatement(e history.Extent) statement {
	f := within(e.Stream, e.First, e.Last)
	var parts []string
	for _, table := range e.Tables {
		if table.Primary() {
			parts = append(parts, "SELECT seq FROM "+t.name(table)+f.all())
		}
	}
	f.bind("count", e.Last-e.First+1)
	return statement{"SELECT number + @first AS seq FROM numbers(@count) WHERE seq NOT IN (\n" + strings.Join(parts, "\nUNION ALL ") + "\n) ORDER BY seq", f.args}
}

// ordinals finds the messages whose rows in a table are not numbered from 0 on, each number once.
func (t tables) ordinals(ctx context.Context, table history.Table, e history.Extent) ([]history.Finding, error) {
	extents, err := t.extents(ctx, table, e, inspectRows)
	var found runs
	for _, part := range extents {
		if err != nil {
			break
		}
		f := within(part.Stream, part.First, part.Last)
		q := statement{"SELECT seq, groupArray(row), groupArray(n) FROM (\nSELECT seq, row, count() AS n FROM " + t.name(table) + f.all() + " AND seq IN (\n" +
			"SELECT seq FROM " + t.name(table) + f.all() + "\nGROUP BY seq HAVING sum(intHash64(row)) != arraySum(x -> intHash64(x), range(toUInt32(count())))\n" +
			") GROUP BY seq, row ORDER BY seq, row\n) GROUP BY seq ORDER BY seq", f.args}
		err = t.s.examine(ctx, "look at rows of "+string(table), q, func(rows driver.Rows) error {
			var sequence uint64
			var ordinals []uint32
			var counts []uint64
			if err := rows.Scan(&sequence, &ordinals, &counts); err != nil {
				return err
			}
			for _, finding := range oddOrdinals(table, e.Stream, sequence, ordinals, counts) {
				found.add(finding)
			}
			return nil
		})
	}
	return found, err
}

// extents cuts an extent into pieces that hold about so many rows of a table each; a block of messages is not cut.
func (t tables) extents(ctx context.Context, table history.Table, e history.Extent, most uint64) ([]history.Extent, error) {
	f := within(e.Stream, e.First, e.Last)
	f.bind("block", uint64(sequenceBlock))
	q := statement{"SELECT toUInt64(intDiv(seq - @first, @block)) AS block, count() FROM " + t.name(table) + f.all() + " GROUP BY block ORDER BY block", f.args}
	var pieces []history.Extent
	held := uint64(0) // by the last piece
	err := t.s.examine(ctx, "count rows of "+string(table), q, func(rows driver.Rows) error {
		var block, n uint64
		if err := rows.Scan(&block, &n); err != nil {
			return err
		}
		last := min(e.Last, e.First+(block+1)*sequenceBlock-1)
		if len(pieces) > 0 && held+n <= most {
			pieces[len(pieces)-1].Last = last
			held += n
			return nil
		}
		pieces = append(pieces, history.Extent{Stream: e.Stream, First: e.First + block*sequenceBlock, Last: last})
		held = n
		return nil
	})
	return pieces, err
}

// oddOrdinals says what is wrong with the rows of a message, given each ordinal that there is, in order, and how often it is.
func oddOrdinals(table history.Table, stream string, sequence uint64, ordinals []uint32, counts []uint64) []history.Finding {
	var found []history.Finding
	add := func(kind history.FindingKind, row uint32, n uint64, detail string) {
		found = append(found, history.Finding{
			Kind: kind, Table: table, Stream: stream, First: sequence, Last: sequence, Row: &row, Rows: n, Detail: detail,
		})
	}
	next := uint32(0)
	for i, row := range ordinals {
		if row > next {
			n := uint64(row - next)
			finding := history.Finding{
				Kind: history.FindingHole, Table: table, Stream: stream, First: sequence, Last: sequence, Rows: n,
				Detail: fmt.Sprintf("%d rows before row %d are missing", n, row),
			}
			if n == 1 {
				finding.Row = &next
				finding.Detail = fmt.Sprintf("row %d is missing", next)
			}
			found = append(found, finding)
		}
		if counts[i] > 1 {
			add(history.FindingDouble, row, counts[i]-1, fmt.Sprintf("row %d is there %d times", row, counts[i]))
		}
		next = row + 1
	}
	return found
}

// runs are findings in which neighbouring rows and messages with the same fault are one.
type runs []history.Finding

func (r *runs) add(f history.Finding) {
	if n := len(*r); n > 0 && f.Kind != history.FindingAltered {
		last := &(*r)[n-1]
		if last.Kind == f.Kind && last.Table == f.Table && (last.Last == f.First || last.Last+1 == f.First) && last.Detail == f.Detail {
			last.Last, last.Rows, last.Row = f.Last, last.Rows+f.Rows, nil
			return
		}
	}
	*r = append(*r, f)
}
