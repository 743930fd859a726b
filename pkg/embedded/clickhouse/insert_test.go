package clickhouse_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

const oneBlockOfRows = 1_048_449 // as many as the engine keeps together in one part

func TestAMillionRowsGoInAndOut(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		t.Run(fmt.Sprintf("compressed %v", compressed), func(t *testing.T) {
			conn := connect(t, clickhousetest.Start(t), compressed)
			execute(t, conn, "CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id")
			started := time.Now()
			insertRows(t, conn, context.Background(), 0, oneBlockOfRows)
			t.Logf("inserted %d rows in %s", oneBlockOfRows, time.Since(started))
			if parts := one[uint64](t, conn, "SELECT count() FROM system.parts WHERE database = currentDatabase() AND active"); parts != 1 {
				t.Errorf("%d parts, want 1", parts)
			}
			started = time.Now()
			checkRows(t, conn, oneBlockOfRows)
			t.Logf("read them in %s", time.Since(started))
		})
	}
}

// insertRows sends rows first to last as one insert of one block.
func insertRows(t *testing.T, conn driver.Conn, ctx context.Context, first, last uint64) {
	t.Helper()
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t (id, name, text, price)")
	if err != nil {
		t.Fatalf("prepare: %v", err)
	}
	appendRows(t, batch, first, last)
	if err := batch.Send(); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func appendRows(t *testing.T, batch driver.Batch, first, last uint64) {
	t.Helper()
	var ids []uint64
	var names, texts []string
	var prices []decimal.Decimal
	for id := first; id < last; id++ {
		name, text, price := rowOf(id)
		ids, names, texts, prices = append(ids, id), append(names, name), append(texts, text), append(prices, price)
	}
	for i, column := range []any{ids, names, texts, prices} {
		if err := batch.Column(i).Append(column); err != nil {
			t.Fatalf("append column %d: %v", i, err)
		}
	}
}

// rowOf is what the row with an id consists of.
func rowOf(id uint64) (name, text string, price decimal.Decimal) {
	return "name " + strconv.FormatUint(id%100, 10), "row " + strconv.FormatUint(id, 10), decimal.New(int64(id), -18)
}

func checkRows(t *testing.T, conn driver.Conn, want uint64) {
	t.Helper()
	rows, err := conn.Query(context.Background(), "SELECT id, name, text, price FROM t ORDER BY id")
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	defer rows.Close()
	var next uint64
	for rows.Next() {
		var id uint64
		var name, text string
		var price decimal.Decimal
		if err := rows.Scan(&id, &name, &text, &price); err != nil {
			t.Fatalf("scan: %v", err)
		}
		wantName, wantText, wantPrice := rowOf(next)
		if id != next || name != wantName || text != wantText || !price.Equal(wantPrice) {
			t.Fatalf("row %d is %d, %q, %q, %s", next, id, name, text, price)
		}
		next++
	}
	if err := rows.Err(); err != nil || next != want {
		t.Fatalf("%d of %d rows: %v", next, want, err)
	}
}

func TestABatchOfManyBlocksIsOnePart(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id")
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t (id, name, text, price)")
	if err != nil {
		t.Fatal(err)
	}
	for block := range uint64(20) {
		appendRows(t, batch, block*1000, (block+1)*1000)
		if err := batch.Flush(); err != nil {
			t.Fatalf("flush: %v", err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatalf("send: %v", err)
	}
	checkRows(t, conn, 20_000)
	if parts := one[uint64](t, conn, "SELECT count() FROM system.parts WHERE database = currentDatabase()"); parts != 1 {
		t.Errorf("%d parts, want 1", parts)
	}
}

// The engine would cut an insert at 256 MiB as well, and take a second part for the rest.
func TestAnInsertIsCutByRowsOnly(t *testing.T) {
	conn := clickhousetest.Connect(t)
	if limit := one[uint64](t, conn, "SELECT toUInt64(getSetting('min_insert_block_size_bytes'))"); limit != 0 {
		t.Errorf("inserts are cut at %d bytes", limit)
	}
	if limit := one[uint64](t, conn, "SELECT toUInt64(getSetting('min_insert_block_size_rows'))"); limit != oneBlockOfRows {
		t.Errorf("inserts are cut at %d rows, want %d", limit, oneBlockOfRows)
	}
}

// The engine would read with one thread only where less than a gigabyte is free for each.
func TestAQueryUsesTheThreadsItIsGiven(t *testing.T) {
	conn := clickhousetest.Connect(t)
	const question = "SELECT countIf(explain LIKE '%× 3%') FROM (EXPLAIN PIPELINE SELECT number % 10, count() FROM numbers_mt(100000000) GROUP BY 1) SETTINGS max_threads = 3"
	if steps := one[uint64](t, conn, question); steps == 0 {
		t.Error("it is not planned for three threads")
	}
}

func TestATokenIsInsertedOnce(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, `CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18))
		ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`)
	with := func(token string) context.Context {
		return clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 0}))
	}
	count := func() uint64 { return one[uint64](t, conn, "SELECT count() FROM t") }
	insertRows(t, conn, with("PRICES@1:1-10"), 0, 10)
	insertRows(t, conn, with("PRICES@1:1-10"), 0, 10)
	if n := count(); n != 10 {
		t.Fatalf("%d rows after a repeated token, want 10", n)
	}
	insertRows(t, conn, with("PRICES@1:11-20"), 10, 20)
	if n := count(); n != 20 {
		t.Fatalf("%d rows after a new token, want 20", n)
	}
	insertRows(t, conn, with("PRICES@1:21-30"), 0, 10)
	if n := count(); n != 30 {
		t.Fatalf("%d rows after equal rows under a new token, want 30", n)
	}
}

// The token of one insert must not stay on the connection for the next one.
func TestATokenHoldsForItsInsertOnly(t *testing.T) {
	conn := connectOnce(t, clickhousetest.Start(t))
	execute(t, conn, `CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18))
		ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": "once"}))
	insertRows(t, conn, ctx, 0, 10)
	insertRows(t, conn, context.Background(), 10, 20)
	if n := one[uint64](t, conn, "SELECT count() FROM t"); n != 20 {
		t.Fatalf("%d rows, want 20", n)
	}
}

func TestAClientThatVanishesLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		vanish func(t *testing.T, batch driver.Batch)
	}{
		{"before its rows", func(*testing.T, driver.Batch) {}},
		{"after a block", func(t *testing.T, batch driver.Batch) {
			appendRows(t, batch, 0, 50_000)
			if err := batch.Flush(); err != nil {
				t.Fatalf("flush: %v", err)
			}
		}},
		{"after many blocks", func(t *testing.T, batch driver.Batch) {
			for block := range uint64(10) {
				appendRows(t, batch, block*50_000, (block+1)*50_000)
				if err := batch.Flush(); err != nil {
					t.Fatalf("flush: %v", err)
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn := clickhousetest.Start(t)
			watcher := connect(t, dsn, false)
			execute(t, watcher, "CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id")
			conn := connect(t, dsn, true)
			batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t (id, name, text, price)")
			if err != nil {
				t.Fatal(err)
			}
			c.vanish(t, batch)
			if err := batch.Abort(); err != nil { // closes the socket
				t.Fatalf("abort: %v", err)
			}
			eventually(t, "the insert ends", func() bool {
				return one[uint64](t, watcher, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO t %'") == 0
			})
			if parts := one[uint64](t, watcher, "SELECT count() FROM system.parts WHERE database = currentDatabase()"); parts != 0 {
				t.Errorf("%d parts are left", parts)
			}
			insertRows(t, watcher, context.Background(), 0, 10)
			if n := one[uint64](t, watcher, "SELECT count() FROM t"); n != 10 {
				t.Errorf("%d rows after a following insert of 10", n)
			}
		})
	}
}

func TestAnInsertThatFailsLeavesTheConnectionUsable(t *testing.T) {
	conn := connectOnce(t, clickhousetest.Start(t))
	execute(t, conn, "CREATE TABLE t (id UInt64, CONSTRAINT small CHECK id < 10) ENGINE = MergeTree ORDER BY id")
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t (id)")
	if err != nil {
		t.Fatal(err)
	}
	for id := range uint64(100_000) {
		if err := batch.Append(id); err != nil {
			t.Fatal(err)
		}
		if id%20_000 == 0 {
			if err := batch.Flush(); err != nil {
				t.Fatalf("flush: %v", err)
			}
		}
	}
	wantCode(t, batch.Send(), 469)
	if n := one[uint64](t, conn, "SELECT count() FROM t"); n != 0 {
		t.Errorf("%d rows of a refused insert", n)
	}
}

func TestInsertsThatBringTheirRowsAreRunAsTheyAre(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64, text String DEFAULT 'none', twice UInt64 MATERIALIZED id * 2) ENGINE = MergeTree ORDER BY id")
	execute(t, conn, "INSERT INTO t (id, text) VALUES (1, 'a;b'), (2, 'it''s')")
	execute(t, conn, "INSERT INTO t (id) SELECT number FROM numbers(3, 2)")
	execute(t, conn, "INSERT INTO t (id) VALUES (?)", uint64(5))
	if sum := one[uint64](t, conn, "SELECT sum(twice) FROM t"); sum != 2*(1+2+3+4+5) {
		t.Errorf("sum is %d", sum)
	}
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t (id)")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Append(uint64(6)); err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	if text := one[string](t, conn, "SELECT text FROM t WHERE id = 6"); text != "none" {
		t.Errorf("default is %q", text)
	}
}

func TestAnInsertReportsTheRowsItWrote(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id")
	var wrote uint64
	ctx := clickhouse.Context(context.Background(), clickhouse.WithProgress(func(p *clickhouse.Progress) { wrote += p.WroteRows }))
	insertRows(t, conn, ctx, 0, 1234)
	if wrote != 1234 {
		t.Errorf("progress tells of %d rows, want 1234", wrote)
	}
}
