package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

const (
	// scratchPrefix and besideSuffix mark tables that an audit or a rebuild needs while it runs.
	scratchPrefix = "scratch_"
	besideSuffix  = "_rebuild_"
	// explained is how many altered rows of a table in a block are looked at column by column; the others are told without. Which are outdated
	// is known of all.
	explained = 100
	// hashedRows is how many rows are about hashed at once: the engine inside our process tells no progress, and a client does not wait for
	// ever.
	hashedRows = 20_000_000
)

// scratchName is a name that no other audit uses.
func scratchName(of string) string { return scratchPrefix + nonce() + "_" + of }

func nonce() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// storedColumn is a column of a table that rows are inserted into.
type storedColumn struct {
	name, kind string
	later      bool // added by a later migration: rows that were kept before hold its default
}

// hash is an expression that is equal for equal values; of is what stands before the column's name.
func (c *storedColumn) hash(of string) string {
	name := of + quoteName(c.name)
	switch {
	case strings.HasPrefix(c.kind, "Nullable("):
		return "sipHash64(isNull(" + name + "), ifNull(toString(" + name + "), ''))"
	case c.name == "before_attributes": // what it holds has no order
		return "sipHash64(mapSort(" + name + "))"
	}
	return "sipHash64(" + name + ")"
}

// unset is an expression for whether a column holds what rows do that were kept before it was there.
func (c *storedColumn) unset(of string) string {
	if strings.HasPrefix(c.kind, "Nullable(") {
		return "isNull(" + of + quoteName(c.name) + ")"
	}
	return of + quoteName(c.name) + " = defaultValueOfTypeName('" + strings.ReplaceAll(c.kind, "'", `\'`) + "')"
}

func (s *Store) columns(ctx context.Context, table string) ([]storedColumn, error) {
	var f filters
	f.where("table = @table", "table", table)
	var all []storedColumn
	q := statement{"SELECT name, type, default_kind = 'DEFAULT' FROM system.columns WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT')" +
		f.and() + " ORDER BY position", f.args}
	err := s.query(ctx, "list columns", q, func(rows driver.Rows) error {
		var c storedColumn
		err := rows.Scan(&c.name, &c.kind, &c.later)
		all = append(all, c)
		return err
	})
	return all, err
}

// compared is a table in a comparison.
type compared struct {
	table    history.Table
	columns  []storedColumn
	kept     string // table of (seq, row, hash, unset, held) of what is kept: see unsetAll and heldAll
	expected string // scratch table of the same shape
}

// laterMost is how many columns that later migrations added are told apart; there are fewer.
const laterMost = 64

// later are the columns that an older version of the program may not have filled.
func (c *compared) later() []*storedColumn {
	var all []*storedColumn
	for i := range c.columns {
		if c.columns[i].later && len(all) < laterMost {
			all = append(all, &c.columns[i])
		}
	}
	return all
}

// unsetAll is an expression for which of the later columns hold what rows do that were kept before they were there: a bit each.
func (c *compared) unsetAll() string {
	sum := "toUInt64(0)"
	for i, column := range c.later() {
		sum = fmt.Sprintf("bitOr(%s, bitShiftLeft(toUInt64(%s), %d))", sum, column.unset(""), i)
	}
	return sum
}

// heldAll is an expression that is equal for rows that say the same but for later columns that are unset, given which those are, and for what
// is told in the program's own words.
func (c *compared) heldAll(of, unset string) string {
	later := c.later()
	var all []string
	for i := range c.columns {
		column := &c.columns[i]
		hash := column.hash(of)
		if bit := slices.Index(later, column); bit >= 0 {
			hash = fmt.Sprintf("if(bitTest(%s, %d), 0, %s)", unset, bit, hash)
		}
		if !c.worded(column) {
			all = append(all, hash)
		}
	}
	return "sipHash64(" + strings.Join(all, ", ") + ")"
}

// worded reports whether a column is told in the words of the version that wrote it.
func (c *compared) worded(column *storedColumn) bool {
	return c.table == history.TableRejects && column.name == "reason"
}

// hashAll is an expression that is equal for equal rows.
func (c *compared) hashAll() string {
	all := make([]string, len(c.columns))
	for i := range c.columns {
		all[i] = c.columns[i].hash("")
	}
	return "sipHash64(" + strings.Join(all, ", ") + ")"
}

type comparison struct {
	s      *Store // over one connection
	stream string
	tables []compared
}

// Compare reads every row of the extent once, into hashes that are sorted by sequence, since the tables are not.
func (s *Store) Compare(ctx context.Context, e history.Extent) (history.Comparison, error) {
	one, err := s.alone()
	if err != nil {
		return nil, err
	}
	c := &comparison{s: one, stream: e.Stream}
	for _, t := range e.Tables {
		if t == history.TableProgress {
			continue
		}
		if err := c.begin(ctx, t, e); err != nil {
			return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
		}
	}
	return c, nil
}

func (c *comparison) begin(ctx context.Context, t history.Table, e history.Extent) error {
	columns, err := c.s.columns(ctx, tableName(t))
	if err != nil {
		return err
	}
	of := compared{t, columns, scratchName("kept_" + string(t)), scratchName("expected_" + string(t))}
	c.tables = append(c.tables, of)
	ctx = c.s.examining(ctx)
	err = c.s.conn.Exec(ctx, "CREATE TABLE "+of.kept+" (seq UInt64 CODEC(DoubleDelta, LZ4), row UInt32, hash UInt64, unset UInt64, held UInt64) ENGINE = MergeTree ORDER BY (seq, row)\n"+
		"COMMENT 'Hashes of rows while an audit runs. It is dropped with it, or when the next process starts.'")
	if err != nil {
		return explain("begin comparison", err)
	}
	if err := c.s.conn.Exec(ctx, "CREATE TABLE "+of.expected+" AS "+tableName(t)+" ENGINE = Memory"); err != nil {
		return explain("begin comparison", err)
	}
	extents, err := tables{c.s, tableName}.extents(ctx, t, e, hashedRows)
	for _, part := range extents {
		if err != nil {
			break
		}
		f := within(part.Stream, part.First, part.Last)
		err = explain("hash rows of "+string(t), c.s.conn.Exec(ctx, "INSERT INTO "+of.kept+" SELECT seq, row, "+of.hashAll()+", "+of.unsetAll()+" AS lacks, "+of.heldAll("", "lacks")+
			" FROM "+tableName(t)+f.all(), f.args...))
	}
	return err
}

// Close drops what the comparison made.
func (c *comparison) Close(ctx context.Context) error {
	var failed []error
	for _, of := range c.tables {
		for _, name := range []string{of.kept, of.expected} {
			failed = append(failed, explain("end comparison", c.s.conn.Exec(ctx, "DROP TABLE IF EXISTS "+name+" SYNC")))
		}
	}
	return errors.Join(append(failed, c.s.Close())...)
}

// Block compares a block as history.Comparison says.
func (c *comparison) Block(ctx context.Context, first, last uint64, rows history.Rows) ([]history.Finding, error) {
	var found []history.Finding
	for i := range c.tables {
		of := &c.tables[i]
		if err := c.expect(ctx, of, &rows); err != nil {
			return nil, err
		}
		differences, err := c.differences(ctx, of, first, last)
		if err != nil {
			return nil, err
		}
		if err := c.date(ctx, of, first, last, differences); err != nil {
			return nil, err
		}
		if err := c.name(ctx, of, differences); err != nil {
			return nil, err
		}
		found = append(found, differences...)
		if rows.Count(of.table) == 0 {
			continue
		}
		if err := c.s.conn.Exec(ctx, "TRUNCATE TABLE "+of.expected); err != nil {
			return nil, explain("compare rows of "+string(of.table), err)
		}
	}
	return found, nil
}

// expect puts the rows that belong into the scratch table.
func (c *comparison) expect(ctx context.Context, of *compared, rows *history.Rows) error {
	if rows.Count(of.table) == 0 {
		return nil
	}
	columns, err := blockOf(of.table, rows)
	if err != nil {
		return err
	}
	return explain("compare rows of "+string(of.table), c.s.send(ctx, of.expected, columns, ""))
}

// differences finds rows that are missing, too many, or not what belongs there.
func (c *comparison) differences(ctx context.Context, of *compared, first, last uint64) ([]history.Finding, error) {
	var f filters
	f.where("seq >= @first", "first", first)
	f.where("seq <= @last", "last", last)
	q := statement{"SELECT seq, row, countIf(side) AS kept, countIf(NOT side) AS belong, uniqExact(hash) FROM (\n" +
		"SELECT true AS side, seq, row, hash FROM " + of.kept + f.all() + "\nUNION ALL SELECT false, seq, row, " + of.hashAll() + " FROM " + of.expected + "\n" +
		") GROUP BY seq, row HAVING kept != 1 OR belong != 1 OR uniqExact(hash) != 1 ORDER BY seq, row", f.args}
	var found runs
	err := c.s.examine(ctx, "compare rows of "+string(of.table), q, func(rows driver.Rows) error {
		var sequence, kept, belong, values uint64
		var row uint32
		if err := rows.Scan(&sequence, &row, &kept, &belong, &values); err != nil {
			return err
		}
		add := func(kind history.FindingKind, n uint64, detail string) {
			found.add(history.Finding{
				Kind: kind, Table: of.table, Stream: c.stream, First: sequence, Last: sequence, Row: &row, Rows: n, Detail: detail,
			})
		}
		switch {
		case belong == 0:
			add(history.FindingExtra, kept, "its message does not give the row")
		case kept == 0:
			add(history.FindingHole, belong, "the row is missing")
		case kept > 1:
			add(history.FindingDouble, kept-1, fmt.Sprintf("the row is there %d times", kept))
		}
		if belong > 0 && kept > 0 && values > 1 {
			add(history.FindingAltered, 1, "the row is not what its message says")
		}
		return nil
	})
	return found, err
}

// place tells the rows of a table and a stream apart.
type place struct {
	sequence uint64
	row      uint32
}

// alteredRows are the altered ones of findings: the first so many.
func alteredRows(found []history.Finding, most int) map[place]*history.Finding {
	altered := map[place]*history.Finding{}
	for i := range found {
		if f := &found[i]; f.Kind == history.FindingAltered && len(altered) < most {
			altered[place{f.First, *f.Row}] = f
		}
	}
	return altered
}

// date tells of altered rows which are outdated: they lack only what this version of the program knows more.
func (c *comparison) date(ctx context.Context, of *compared, first, last uint64, found []history.Finding) error {
	altered := alteredRows(found, len(found))
	if len(altered) == 0 {
		return nil
	}
	more := []string{"''"}
	for i, column := range of.later() {
		more = append(more, fmt.Sprintf("if(bitTest(k.unset, %d) AND NOT (%s), '%s', '')", i, column.unset("e."), column.name))
	}
	var f filters
	f.where("seq >= @first", "first", first)
	f.where("seq <= @last", "last", last)
	q := statement{"SELECT k.seq, k.row, any(arrayFilter(x -> x != '', [" + strings.Join(more, ", ") + "]))\n" +
		"FROM (SELECT * FROM " + of.kept + f.all() + ") AS k JOIN " + of.expected + " AS e ON k.seq = e.seq AND k.row = e.row\n" +
		"GROUP BY k.seq, k.row HAVING min(k.held = " + of.heldAll("e.", "k.unset") + ")", f.args}
	return c.s.examine(ctx, "compare older rows of "+string(of.table), q, func(rows driver.Rows) error {
		var at place
		var columns []string
		if err := rows.Scan(&at.sequence, &at.row, &columns); err != nil {
			return err
		}
		f := altered[at]
		if f == nil {
			return nil
		}
		if len(columns) == 0 && of.table == history.TableRejects {
			columns = []string{"reason"}
		}
		f.Kind, f.Columns = history.FindingOutdated, columns
		f.Detail = "it was kept by an older version of the program, which knew less of it"
		return nil
	})
}

// name says which columns of altered rows differ.
func (c *comparison) name(ctx context.Context, of *compared, found []history.Finding) error {
	altered := alteredRows(found, explained)
	if len(altered) == 0 {
		return nil
	}
	var sequences []uint64
	for at := range altered {
		sequences = append(sequences, at.sequence)
	}
	differ := make([]string, len(of.columns))
	for i := range of.columns {
		column := &of.columns[i]
		differ[i] = "if(" + column.hash("k.") + " != " + column.hash("e.") + ", '" + column.name + "', '')"
	}
	var f filters
	f.where("stream = @stream", "stream", c.stream)
	f.where("seq IN (@sequences)", "sequences", sequences)
	q := statement{"SELECT k.seq, k.row, arrayFilter(x -> x != '', [" + strings.Join(differ, ", ") + "])\n" +
		"FROM (SELECT * FROM " + tableName(of.table) + f.all() + ") AS k JOIN " + of.expected + " AS e ON k.seq = e.seq AND k.row = e.row", f.args}
	return c.s.examine(ctx, "compare columns of "+string(of.table), q, func(rows driver.Rows) error {
		var at place
		var columns []string
		if err := rows.Scan(&at.sequence, &at.row, &columns); err != nil {
			return err
		}
		if f := altered[at]; f != nil && len(columns) > 0 {
			f.Columns = columns
		}
		return nil
	})
}
