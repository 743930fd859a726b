package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// beside are the tables of one rebuild. Their names are its own, so that rebuilds that run at the same time do not meet.
type beside struct {
	s      *Store
	nonce  string
	tables []history.Table
	uuids  map[history.Table]string // of the tables as they were made: who has it answers after the swap

	exchanged bool // whether any names were, or may have been
}

var _ history.Rebuilder = (*Store)(nil)

// Beside makes empty tables as history.Rebuilder says: columns, codecs, indexes, projections and settings are those of the tables that answer.
func (s *Store) Beside(ctx context.Context, of []history.Table) (history.Beside, error) {
	b := &beside{s: s, nonce: nonce(), uuids: map[history.Table]string{}}
	for _, t := range history.Tables() {
		if t != history.TableProgress && slices.Contains(of, t) {
			b.tables = append(b.tables, t)
		}
	}
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	schema := schemaOf(all)
	for _, t := range b.tables {
		err := s.makeBeside(ctx, schema, tableName(t), b.name(t))
		if err == nil {
			b.uuids[t], err = s.uuid(ctx, b.name(t))
		}
		if err != nil {
			return nil, errors.Join(err, b.Drop(context.WithoutCancel(ctx)))
		}
	}
	return b, nil
}

// makeBeside makes an empty table like another. A copy of a replicated table's definition would name the same replica: it is written anew.
func (s *Store) makeBeside(ctx context.Context, schema []made, of, name string) error {
	statements := []string{"CREATE TABLE " + name + s.cfg.dialect().onCluster() + " AS " + of}
	if s.cfg.Replicated {
		i := slices.IndexFunc(schema, func(m made) bool { return m.name == of })
		if i < 0 {
			return fault.New(fault.Internal, "rebuild: no migration makes %s", of)
		}
		statements = s.cfg.dialect().beside(&schema[i], name)
	}
	for _, text := range statements {
		if err := s.conn.Exec(ctx, text); err != nil {
			return explain("make table "+name, err)
		}
	}
	return nil
}

// name is where rows of the rebuild are kept; of tables that are not rebuilt, those that answer.
func (b *beside) name(t history.Table) string {
	if slices.Contains(b.tables, t) {
		return tableName(t) + besideSuffix + b.nonce
	}
	return tableName(t)
}

// uuid is what a table keeps when it is given another name; empty when there is no such table.
func (s *Store) uuid(ctx context.Context, name string) (string, error) {
	var f filters
	f.where("name = @name", "name", name)
	found := ""
	err := s.query(ctx, "look for table", statement{"SELECT toString(uuid) FROM system.tables WHERE database = currentDatabase()" + f.and(), f.args},
		func(rows driver.Rows) error { return rows.Scan(&found) })
	return found, err
}

// DropLeftovers drops tables of rebuilds and audits.
func (s *Store) DropLeftovers(ctx context.Context) error {
	there, err := s.definitions(ctx, "")
	if err == nil {
		err = s.raiseForLeftovers(ctx, there)
	}
	if err != nil {
		return err
	}
	var failed []error
	for name, definition := range there {
		if !strings.HasPrefix(name, scratchPrefix) && !strings.Contains(name, "_store"+besideSuffix) {
			continue
		}
		kind := "TABLE"
		if strings.HasPrefix(definition, "CREATE VIEW") {
			kind = "VIEW"
		}
		failed = append(failed, explain("drop leftovers", s.conn.Exec(ctx, "DROP "+kind+" IF EXISTS "+quoteName(name)+s.cfg.dialect().onCluster()+" SYNC")))
	}
	return errors.Join(failed...)
}

// Cuts returns where insertions ended.
func (s *Store) Cuts(ctx context.Context, stream string, after uint64, most int) ([]uint64, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("seq > @after", "after", after)
	f.bind("most", most)
	var cuts []uint64
	q := statement{"SELECT DISTINCT seq FROM progress" + f.all() + " ORDER BY seq DESC LIMIT @most", f.args}
	err := s.query(ctx, "list insertions", q, func(rows driver.Rows) error {
		var sequence uint64
		err := rows.Scan(&sequence)
		cuts = append(cuts, sequence)
		return err
	})
	slices.Reverse(cuts)
	return cuts, err
}

// Inspect looks at the tables beside.
func (b *beside) Inspect(ctx context.Context, e history.Extent) ([]history.Finding, error) {
	return tables{b.s, b.name}.inspect(ctx, e)
}

// Insert inserts into a table beside.
func (b *beside) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	if !slices.Contains(b.tables, t) {
		return fault.New(fault.Internal, "rebuild: nothing is made beside %s", t)
	}
	n := rows.Count(t)
	if n == 0 {
		return nil
	}
	if n > partRows {
		return fault.New(fault.Invalid, "insert beside %s: %d rows are more than one part takes, %d", t, n, partRows)
	}
	columns, err := blockOf(t, &rows)
	if err != nil {
		return err
	}
	return gone(explain("insert beside "+string(t), b.s.send(ctx, b.name(t), columns, token)))
}

// codeUnknownTable is what the server says of a table that another process dropped.
const codeUnknownTable = 60

// gone refuses to go on with tables that another process took for leftovers.
func gone(err error) error {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok && exception.Code == codeUnknownTable {
		return fault.New(fault.Refused, "rebuild: another process that started dropped what was made so far: %w", err).WithHint("rebuild again")
	}
	return err
}

// Stored counts rows of a table beside.
func (b *beside) Stored(ctx context.Context, t history.Table, stream string, first, last uint64) (uint64, error) {
	f := within(stream, first, last)
	n, err := b.s.number(ctx, "count rows beside "+string(t), statement{"SELECT count() FROM " + b.name(t) + f.all(), f.args})
	return n, gone(err)
}

// recentCuts is how many of a stream's last insertions are copied under their tokens, so that one that another process repeats is known. As
// many are told apart for the streams that are read again (see the materializer).
const recentCuts = 1000

// Copy copies rows of other streams, table by table and stream by stream.
func (b *beside) Copy(ctx context.Context, but []string) error {
	for _, t := range b.tables {
		var streams []string
		var f filters
		if len(but) > 0 {
			f.where("stream NOT IN (@but)", "but", but)
		}
		err := b.s.examine(ctx, "list streams of "+string(t), statement{"SELECT DISTINCT toString(stream) FROM " + tableName(t) + f.all(), f.args},
			func(rows driver.Rows) error {
				var stream string
				err := rows.Scan(&stream)
				streams = append(streams, stream)
				return err
			})
		for _, stream := range streams {
			if err == nil {
				err = b.copyStream(ctx, t, stream)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyStream copies what was inserted lately as it was, and all before at once.
func (b *beside) copyStream(ctx context.Context, t history.Table, stream string) error {
	cuts, err := b.s.Cuts(ctx, stream, 0, recentCuts)
	if err != nil {
		return err
	}
	first := uint64(0)
	for _, last := range append(cuts, ^uint64(0)) {
		n, err := tables{b.s, tableName}.stored(ctx, t, stream, first, last)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := b.copyRange(ctx, t, stream, first, last); err != nil {
				return err
			}
		}
		first = last + 1
	}
	return nil
}

func (t tables) stored(ctx context.Context, table history.Table, stream string, first, last uint64) (uint64, error) {
	f := within(stream, first, last)
	return t.s.number(ctx, "count rows of "+string(table), statement{"SELECT count() FROM " + t.name(table) + f.all(), f.args})
}

func (b *beside) copyRange(ctx context.Context, t history.Table, stream string, first, last uint64) error {
	columns, err := b.s.columns(ctx, tableName(t))
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = quoteName(columns[i].name)
	}
	all := strings.Join(names, ", ")
	f := within(stream, first, last)
	ctx = b.s.copying(ctx, history.InsertionToken(stream, t, first, last))
	return gone(explain("copy rows of "+string(t), b.s.conn.Exec(ctx, "INSERT INTO "+b.name(t)+" ("+all+") SELECT "+all+" FROM "+tableName(t)+f.all(), f.args...)))
}

// exchange exchanges names. Whether that was done is seen by who has which, so that an answer that was lost does no harm.
func (b *beside) exchange(ctx context.Context) error {
	order := slices.Clone(b.tables)
	if i := slices.Index(order, history.TableRejects); i >= 0 {
		// A message that leaves the rejects is in its tables before; until then it is in both, which no question minds.
		order = append(slices.Delete(order, i, i+1), history.TableRejects)
	}
	for _, t := range order {
		answering, err := b.s.uuid(ctx, tableName(t))
		if err != nil {
			return err
		}
		if answering != b.uuids[t] {
			b.exchanged = true
			if err := b.s.conn.Exec(ctx, "EXCHANGE TABLES "+tableName(t)+" AND "+b.name(t)+b.s.cfg.dialect().onCluster()); err != nil {
				return gone(explain("swap table "+string(t), err))
			}
		}
	}
	return nil
}

// derive makes slices again where what they are made of was made again.
func (b *beside) derive(ctx context.Context) error {
	if !slices.Contains(b.tables, history.TableRates) {
		return nil
	}
	streams, err := b.s.rateStreams(ctx)
	for _, stream := range streams {
		if err == nil {
			err = b.s.Reslice(ctx, stream)
		}
	}
	return err
}

// rateStreams lists the streams that there are rates of.
func (s *Store) rateStreams(ctx context.Context) ([]string, error) {
	var streams []string
	err := s.examine(ctx, "list streams of rates", statement{text: "SELECT DISTINCT toString(stream) FROM rate_changes_store"}, func(rows driver.Rows) error {
		var stream string
		err := rows.Scan(&stream)
		streams = append(streams, stream)
		return err
	})
	return streams, err
}

// Drop drops the tables under the names of the rebuild.
func (b *beside) Drop(ctx context.Context) error {
	var failed []error
	for _, t := range b.tables {
		failed = append(failed, explain("drop table beside "+string(t), b.s.conn.Exec(ctx, "DROP TABLE IF EXISTS "+b.name(t)+b.s.cfg.dialect().onCluster()+" SYNC")))
	}
	return errors.Join(failed...)
}
