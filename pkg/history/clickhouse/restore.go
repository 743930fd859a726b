package clickhouse

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// Rejected returns why messages are among the rejects.
func (s *Store) Rejected(ctx context.Context, stream string, first, last uint64) (map[uint64]string, error) {
	f := within(stream, first, last)
	reasons := map[uint64]string{}
	err := s.query(ctx, "list rejected messages", statement{"SELECT seq, reason FROM rejects_store" + f.all(), f.args}, func(rows driver.Rows) error {
		var sequence uint64
		var reason string
		err := rows.Scan(&sequence, &reason)
		reasons[sequence] = reason
		return err
	})
	return reasons, err
}

// restoreTries bounds how often rows are added again that were acknowledged and yet are not there: they were lost after an earlier repair,
// whose token the table remembers.
const restoreTries = 5

// Restore adds missing rows as history.Auditor says: in one part, under a token that names which rows they are.
func (s *Store) Restore(ctx context.Context, e history.Extent, rows history.Rows) (uint64, error) {
	if len(e.Tables) != 1 {
		return 0, fault.New(fault.Internal, "restore rows: %d tables at once", len(e.Tables))
	}
	t := e.Tables[0]
	missing, _, err := s.missing(ctx, e, &rows)
	if err != nil || missing == 0 {
		return 0, err
	}
	s, err = s.alone()
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }()
	scratch := scratchName(missingPrefix + string(t))
	if err := s.conn.Exec(ctx, "CREATE TABLE "+scratch+" AS "+tableName(t)+" ENGINE = Memory"); err != nil {
		return 0, explain("restore rows of "+string(t), err)
	}
	columns, err := blockOf(t, &rows)
	if err == nil {
		err = explain("restore rows of "+string(t), s.send(ctx, scratch, columns, ""))
	}
	if err == nil {
		err = s.answering(ctx, e, func() error { return s.restoreAll(ctx, e, &rows, scratch, columns) })
	}
	if !owes(err) { // what is owed is known by the scratch table at the next start
		_ = s.conn.Exec(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+scratch+" SYNC")
	}
	if err != nil {
		return 0, err
	}
	return missing, nil
}

// restoreAll inserts from a scratch table until the table lacks nothing.
func (s *Store) restoreAll(ctx context.Context, e history.Extent, rows *history.Rows, scratch string, columns block) error {
	for try := 1; ; try++ {
		left, which, err := s.missing(ctx, e, rows)
		if err != nil || left == 0 {
			return err
		}
		if try > restoreTries {
			return fault.New(fault.Unavailable, "restore rows of %s: acknowledged, but %d are not kept", e.Tables[0], left)
		}
		if err := s.restoreFrom(ctx, e, scratch, columns, which+":"+strconv.Itoa(try)); err != nil {
			return err
		}
	}
}

// restoreFrom inserts those rows of a scratch table that the table lacks.
func (s *Store) restoreFrom(ctx context.Context, e history.Extent, scratch string, columns block, which string) error {
	t := e.Tables[0]
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoteName(c.name)
	}
	all := strings.Join(names, ", ")
	f := within(e.Stream, e.First, e.Last)
	ctx, cancel := context.WithTimeout(ctx, s.cfg.InsertTime)
	defer cancel()
	ctx = s.copying(ctx, strings.Join([]string{e.Stream, string(t), "restored", which}, ":"))
	return explain("restore rows of "+string(t), s.conn.Exec(ctx, "INSERT INTO "+tableName(t)+" ("+all+") SELECT "+all+" FROM "+scratch+
		" WHERE (seq, row) NOT IN (SELECT seq, row FROM "+tableName(t)+f.all()+") ORDER BY seq, row", f.args...))
}

// copying returns a context for an insertion of rows that the server reads: in one part, of all that was acknowledged.
func (s *Store) copying(ctx context.Context, token string) context.Context {
	settings := s.insertSettings(token)
	settings["max_insert_threads"], settings["max_threads"] = 1, 1
	s.cfg.dialect().reading(settings)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

// missing counts the rows that a table lacks, and returns a text that tells them from any others.
func (s *Store) missing(ctx context.Context, e history.Extent, rows *history.Rows) (uint64, string, error) {
	t := e.Tables[0]
	kept := map[place]bool{}
	f := within(e.Stream, e.First, e.Last)
	err := s.examine(ctx, "list rows of "+string(t), statement{"SELECT seq, row FROM " + tableName(t) + f.all(), f.args}, func(rows driver.Rows) error {
		var at place
		err := rows.Scan(&at.sequence, &at.row)
		kept[at] = true
		return err
	})
	n, sum := uint64(0), sha256.New()
	rows.EachPosition(t, func(p history.Position) {
		if !kept[place{p.Sequence, p.Row}] {
			n++
			sum.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, p.Sequence), p.Row))
		}
	})
	return n, hex.EncodeToString(sum.Sum(nil)[:16]), err
}
