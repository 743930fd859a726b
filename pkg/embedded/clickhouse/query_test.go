package clickhouse_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

func wantCode(t *testing.T, err error, code int32) {
	t.Helper()
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok || exception.Code != code {
		t.Errorf("error is %v, want code %d", err, code)
	}
}

func TestExceptionsCarryClickHousesCodes(t *testing.T) {
	conn := connectOnce(t, clickhousetest.Start(t))
	execute(t, conn, "CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")
	for sql, code := range map[string]int32{
		"SELECT nope":        47,
		"SELECT * FROM nope": 60,
		"SELEC 1":            62,
		"SELECT 1; SELECT 2": 62,
		"SELECT 'open":       62,
		"":                   62,
		"CREATE TABLE t (id UInt8) ENGINE = Memory":             57,
		"SELECT throwIf(number = 100000) FROM numbers(1000000)": 395,
		"INSERT INTO nope VALUES (1)":                           60,
		"SELECT 1 INTO OUTFILE '/tmp/never'":                    48,
		"SELECT 1 SETTINGS no_such_setting = 1":                 115,
		"SELECT toDecimal128('x', 2)":                           6,
		"USE nope":                                              81,
		"SELECT {missing:UInt8}":                                456,
		"SELECT number FROM numbers(1e10) WHERE NOT ignore(number) LIMIT 1 OFFSET 9999999999 SETTINGS max_execution_time = 1": 159,
	} {
		t.Run(sql, func(t *testing.T) { wantCode(t, conn.Exec(context.Background(), sql), code) })
	}
	_, err := conn.PrepareBatch(context.Background(), "INSERT INTO nope")
	wantCode(t, err, 60)
	if n := one[uint8](t, conn, "SELECT 1"); n != 1 {
		t.Errorf("the connection answers %d", n)
	}
}

func TestAnExceptionInTheMiddleOfAResultIsReported(t *testing.T) {
	conn := clickhousetest.Connect(t)
	rows, err := conn.Query(context.Background(), "SELECT throwIf(number = 500000) FROM numbers(1000000) SETTINGS max_block_size = 1000, max_threads = 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	read := 0
	for rows.Next() {
		read++
	}
	wantCode(t, rows.Err(), 395)
	if read == 0 {
		t.Error("no rows came before the exception")
	}
}

func TestAResultWithoutRowsHasColumns(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64, price Nullable(Decimal(38, 18))) ENGINE = MergeTree ORDER BY id")
	for sql, want := range map[string][]string{
		"SELECT id, price AS p FROM t -- none":            {"id", "p"},
		"SELECT id FROM t WHERE id = {id:UInt64}":         {"id"},
		"WITH x AS (SELECT id FROM t) SELECT * FROM x;":   {"id"},
		"(SELECT id FROM t) UNION ALL (SELECT id FROM t)": {"id"},
		"SHOW TABLES LIKE 'none'":                         {"name"},
	} {
		rows, err := conn.Query(context.Background(), sql, clickhouse.Named("id", 1))
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if diff := cmp.Diff(want, rows.Columns()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
		if rows.Next() || rows.Err() != nil {
			t.Errorf("%s: a row, or %v", sql, rows.Err())
		}
		_ = rows.Close()
	}
}

func TestStatementsThatAreNoSelectAnswerToo(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")
	if name := one[string](t, conn, "SHOW TABLES FORMAT TSV"); name != "t" {
		t.Errorf("tables: %q", name)
	}
	if exists := one[uint8](t, conn, "EXISTS TABLE t"); exists != 1 {
		t.Errorf("exists: %d", exists)
	}
	if plan := one[string](t, conn, "EXPLAIN SELECT * FROM t"); plan == "" {
		t.Error("no plan")
	}
	if sum := one[uint64](t, conn, "FROM numbers(4) SELECT sum(number)"); sum != 6 {
		t.Errorf("sum: %d", sum)
	}
	if ddl := one[string](t, conn, "SHOW CREATE TABLE t"); ddl == "" {
		t.Error("no definition")
	}
}

func TestNoSystemLogIsWritten(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "SYSTEM FLUSH LOGS")
	if n := one[uint64](t, conn, "SELECT count() FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'"); n != 0 {
		t.Errorf("%d log tables", n)
	}
}

func TestParametersAreBound(t *testing.T) {
	conn := connectOnce(t, clickhousetest.Start(t))
	ctx := context.Background()
	awkward := "a'b\\c\n\t{x} ; --"
	if got := one[string](t, conn, "SELECT {v:String}", clickhouse.Named("v", awkward)); got != awkward {
		t.Errorf("server parameter came back as %q", got)
	}
	if got := one[string](t, conn, "SELECT @v", clickhouse.Named("v", awkward)); got != awkward {
		t.Errorf("named parameter came back as %q", got)
	}
	if got := one[string](t, conn, "SELECT ?", awkward); got != awkward {
		t.Errorf("positional parameter came back as %q", got)
	}
	if got := one[string](t, conn, "SELECT $1", awkward); got != awkward {
		t.Errorf("numbered parameter came back as %q", got)
	}
	execute(t, conn, "CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
	execute(t, conn, "INSERT INTO {table:Identifier} (id, text) SELECT 1, {v:String}", clickhouse.Named("table", "t"), clickhouse.Named("v", awkward))
	withParameters := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"id": "1", "table": "t"}))
	var text string
	if err := conn.QueryRow(withParameters, "SELECT text FROM {table:Identifier} WHERE id = {id:UInt64}").Scan(&text); err != nil || text != awkward {
		t.Errorf("%q, %v", text, err)
	}
	wantCode(t, conn.Exec(ctx, "SELECT {id:UInt64}"), 456)
}

func TestAParameterizedViewTakesLiterals(t *testing.T) {
	conn := clickhousetest.Connect(t)
	execute(t, conn, "CREATE TABLE t (id UInt64, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id")
	execute(t, conn, "INSERT INTO t VALUES (1, '2026-01-01 00:00:00'), (2, '2026-02-01 00:00:00')")
	execute(t, conn, "CREATE VIEW v AS SELECT id FROM t WHERE at <= parseDateTime64BestEffort({valid_at:String}, 3, 'UTC')")
	if n := one[uint64](t, conn, "SELECT count() FROM v(valid_at = '2026-01-15T00:00:00Z')"); n != 1 {
		t.Errorf("%d rows by a literal, want 1", n)
	}
	if n := one[uint64](t, conn, "SELECT count() FROM v(valid_at = ?)", "2026-02-15T00:00:00Z"); n != 2 {
		t.Errorf("%d rows by a bound value, want 2", n)
	}
	if n := one[uint64](t, conn, "SELECT count() FROM v(valid_at = {at:String})", clickhouse.Named("at", "2026-01-15T00:00:00Z")); n != 1 {
		t.Errorf("%d rows by a server parameter, want 1", n)
	}
}

func TestParallelClientsKeepTheirParametersApart(t *testing.T) {
	const clients, queries = 32, 8
	conn := connect(t, clickhousetest.Start(t), true)
	execute(t, conn, "CREATE TABLE t (client UInt64, n UInt64) ENGINE = MergeTree ORDER BY (client, n)")
	var all sync.WaitGroup
	for client := range uint64(clients) {
		all.Go(func() {
			for n := range uint64(queries) {
				ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 1000 + client}))
				batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
				if err != nil {
					t.Errorf("prepare: %v", err)
					return
				}
				if err := errors.Join(batch.Append(client, n), batch.Send()); err != nil {
					t.Errorf("send: %v", err)
					return
				}
				var got, count, size uint64
				err = conn.QueryRow(ctx, "SELECT {c:UInt64}, count(), toUInt64(getSetting('max_block_size')) FROM t WHERE client = {c:UInt64}",
					clickhouse.Named("c", client)).Scan(&got, &count, &size)
				if err != nil || got != client || count != n+1 || size != 1000+client {
					t.Errorf("client %d sees itself as %d with %d of %d rows and size %d: %v", client, got, count, n+1, size, err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := one[uint64](t, conn, "SELECT count() FROM t"); n != clients*queries {
		t.Errorf("%d rows, want %d", n, clients*queries)
	}
}

func TestSettingsHoldForTheirQueryOnly(t *testing.T) {
	conn := connectOnce(t, clickhousetest.Start(t))
	read := func(settings clickhouse.Settings) uint64 {
		t.Helper()
		var size uint64
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(settings))
		if err := conn.QueryRow(ctx, "SELECT toUInt64(getSetting('max_block_size'))").Scan(&size); err != nil {
			t.Fatal(err)
		}
		return size
	}
	usual := read(nil)
	if got := read(clickhouse.Settings{"max_block_size": 77}); got != 77 {
		t.Errorf("setting of a query is %d, want 77", got)
	}
	if got := read(nil); got != usual {
		t.Errorf("afterwards it is %d, want %d", got, usual)
	}
	execute(t, conn, "SET max_block_size = 55")
	if got := read(nil); got != 55 {
		t.Errorf("setting of the session is %d, want 55", got)
	}
	if got := read(clickhouse.Settings{"max_block_size": 77}); got != 77 {
		t.Errorf("setting of a query over the session's is %d, want 77", got)
	}
	if got := read(nil); got != 55 {
		t.Errorf("afterwards the session has %d, want 55", got)
	}
}

func TestASessionsStateEndsWithIt(t *testing.T) {
	dsn := clickhousetest.Start(t)
	first := connectOnce(t, dsn)
	execute(t, first, "CREATE TEMPORARY TABLE mine (id UInt8)")
	execute(t, first, "INSERT INTO mine VALUES (1)")
	if n := one[uint64](t, first, "SELECT count() FROM mine"); n != 1 {
		t.Errorf("%d rows in the temporary table", n)
	}
	wantCode(t, connectOnce(t, dsn).Exec(context.Background(), "SELECT * FROM mine"), 60)
}

func TestACancelledQueryStopsWorking(t *testing.T) {
	for name, sql := range map[string]string{
		"before its first row": "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)",
		"while rows come":      "SELECT number, sleepEachRow(0.001) FROM numbers(1000000000000) SETTINGS max_block_size = 10",
		"that is no select":    "INSERT INTO FUNCTION null('n UInt64') SELECT sipHash64(number) FROM numbers(1000000000000)",
	} {
		t.Run(name, func(t *testing.T) {
			watcher := clickhousetest.Connect(t)
			running := func() bool {
				return one[uint64](t, watcher, "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'") > 0
			}
			conn := clickhousetest.Connect(t)
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() {
				rows, err := conn.Query(ctx, sql)
				for err == nil && rows.Next() {
				}
				if err == nil {
					err = rows.Err()
				}
				ended <- err
			}()
			eventually(t, "the query runs", running)
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("client sees %v", err)
			}
			eventually(t, "the query ends", func() bool { return !running() })
		})
	}
}

func TestRowsComeWhileTheQueryRuns(t *testing.T) {
	conn := clickhousetest.Connect(t)
	started := time.Now()
	rows, err := conn.Query(context.Background(), "SELECT number, sleepEachRow(0.01) FROM numbers(300) SETTINGS max_block_size = 10, max_threads = 1, function_sleep_max_microseconds_per_block = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("no row: %v", rows.Err())
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("the first row came after %s, the query takes 3 s", took)
	}
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}

func TestProgressAndProfileAreReported(t *testing.T) {
	conn := clickhousetest.Connect(t)
	var read, profiled uint64
	ctx := clickhouse.Context(context.Background(),
		clickhouse.WithProgress(func(p *clickhouse.Progress) { read += p.Rows }),
		clickhouse.WithProfileInfo(func(p *clickhouse.ProfileInfo) { profiled = p.Rows }))
	rows, err := conn.Query(ctx, "SELECT number FROM numbers(200000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
	}
	if err := rows.Err(); err != nil || read == 0 || profiled != 200_000 {
		t.Errorf("progress %d, profile %d, %v", read, profiled, err)
	}
}

func TestACommentOfTheClientSurvivesAndItsQueryCanStillBeCancelled(t *testing.T) {
	conn := clickhousetest.Connect(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"log_comment": "nightly"}))
	var comment string
	if err := conn.QueryRow(ctx, "SELECT getSetting('log_comment')").Scan(&comment); err != nil {
		t.Fatal(err)
	}
	if want := "nightly"; len(comment) < len(want) || comment[len(comment)-len(want):] != want {
		t.Errorf("comment is %q", comment)
	}
}

func TestZstdIsReadAndWritten(t *testing.T) {
	options, err := clickhouse.ParseDSN(clickhousetest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionZSTD}
	options.Settings = clickhouse.Settings{"network_compression_method": "ZSTD"}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	execute(t, conn, "CREATE TABLE t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id")
	insertRows(t, conn, context.Background(), 0, 10_000)
	checkRows(t, conn, 10_000)
}
