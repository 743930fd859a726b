package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// users opens connections to a server under names.
type users struct{ dsn string }

func (u users) options(user, password, database string) *clickhouse.Options {
	options, err := clickhouse.ParseDSN(u.dsn)
	if err != nil {
		panic(err) // it comes from the server
	}
	options.Auth = clickhouse.Auth{Username: user, Password: password, Database: database}
	return options
}

func (u users) open(t *testing.T, user, password, database string) driver.Conn {
	t.Helper()
	options := u.options(user, password, database)
	options.MaxOpenConns = 8
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// withReaders starts a process whose engine has readers: the one that all tests share has none.
func withReaders(t *testing.T) (owner driver.Conn, as users) {
	t.Helper()
	_, dsn, _ := servingAs(t, "readers", t.TempDir())
	return connect(t, dsn, false), users{dsn}
}

// codeOf is the code of the exception that a statement ended with, 0 for none.
func codeOf(t *testing.T, conn driver.Conn, ctx context.Context, sql string, args ...any) (code int32, message string) {
	t.Helper()
	n := 0
	rows, err := conn.Query(ctx, sql, args...)
	if err == nil {
		for rows.Next() {
			n++
		}
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err == nil && n == 0 && strings.HasPrefix(sql, "SHOW ") { // what the role does not see is not shown
		return 497, ""
	}
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code, exception.Message
	}
	if err != nil {
		return -1, err.Error()
	}
	return 0, ""
}

// attacks are statements that somebody with a reader's password might try, by what they are after.
func attacks(secret string) map[string][]string {
	return map[string][]string{
		"write": {
			"INSERT INTO prices_erp.lines VALUES (1, 2)", "INSERT INTO prices.lines_store VALUES (1, 2, 3, '')", "INSERT INTO FUNCTION file('" + secret + ".out', 'CSV', 'a UInt8') SELECT 1",
			"WITH 1 AS a INSERT INTO prices.lines_store SELECT a, 1, 1, ''", "CREATE TABLE t (a UInt8) ENGINE = Memory", "CREATE TEMPORARY TABLE t (a UInt8)",
			"CREATE VIEW v AS SELECT 1", "CREATE FUNCTION f AS x -> x", "CREATE DATABASE d", "CREATE USER u", "CREATE ROLE r", "CREATE NAMED COLLECTION c AS a = 1",
			"CREATE DICTIONARY d (id UInt64) PRIMARY KEY id SOURCE(FILE(path '" + secret + "' format 'CSV')) LAYOUT(FLAT()) LIFETIME(1)",
			"DROP TABLE prices.lines_store", "TRUNCATE TABLE prices.lines_store", "ALTER TABLE prices.lines_store DELETE WHERE 1", "DELETE FROM prices.lines_store WHERE 1",
			"UPDATE prices.lines_store SET erp = 1 WHERE 1", "OPTIMIZE TABLE prices.lines_store FINAL", "RENAME TABLE prices.lines TO prices.x", "DETACH TABLE prices.lines_store",
			"ATTACH TABLE prices.lines_store", "EXCHANGE TABLES prices.lines AND prices_erp.lines", "SYSTEM FLUSH LOGS", "SYSTEM SHUTDOWN", "SYSTEM STOP MERGES", "KILL QUERY WHERE 1",
			"BACKUP DATABASE prices TO File('" + secret + ".backup')", "GRANT ALL ON *.* TO default", "REVOKE ALL ON *.* FROM default", "BEGIN TRANSACTION",
		},
		"rights": {
			"SET ROLE owner", "SET ROLE ALL", "SET ROLE DEFAULT", "SET ROLE reader_other", "SET DEFAULT ROLE owner TO default", "EXECUTE AS default", "EXECUTE AS default SELECT 1",
			"SELECT 1; SET ROLE owner", "SELECT 1;SET ROLE owner;SELECT * FROM prices.lines_store", "SELECT 1 /* ; */ ; SET ROLE owner", "SELECT '\\\\'; SET ROLE owner --'",
			"SELECT $$ ' $$; SET ROLE owner", "(SET ROLE owner)", "EXPLAIN SET ROLE owner", "EXPLAIN AST SET ROLE owner", "SET readonly = 0", "SELECT 1 SETTINGS readonly = 0",
			"SELECT * FROM (SELECT * FROM prices_erp.lines SETTINGS readonly = 0)", "SELECT 1 SETTINGS readonly = 2, max_result_rows = 0", "SHOW GRANTS", "SHOW ACCESS", "SHOW CREATE USER default",
			"SHOW USERS", "SHOW ROLES", "SELECT currentRoles()", "SELECT enabledRoles()", "SELECT * FROM system.users", "SELECT * FROM system.grants", "SELECT * FROM system.roles",
		},
		"limits": {
			"SET max_result_rows = 0", "SET max_execution_time = 0", "SELECT 1 SETTINGS max_execution_time = 0", "SELECT 1 SETTINGS max_memory_usage = 0", "SELECT 1 SETTINGS max_rows_to_read = 0",
			"SELECT 1 SETTINGS max_threads = 64", "SELECT * FROM (SELECT 1 SETTINGS max_result_rows = 0)", "SELECT 1 UNION ALL SELECT 2 SETTINGS max_execution_time = 1000",
			"EXPLAIN SELECT 1 SETTINGS max_execution_time = 0", "DESCRIBE prices_erp.lines SETTINGS max_execution_time = 0", "SET profile = 'default', max_execution_time = 0",
			"SELECT sleep(1)", "SELECT sleepEachRow(1)",
		},
		"cost": {
			"SELECT * FROM prices.lines", "SELECT cost FROM prices.lines", "SELECT * FROM prices.lines_store", "SELECT cost FROM prices_erp.lines", "SELECT COLUMNS('cost') FROM prices.lines",
			"SELECT l.* FROM prices_erp.lines AS e JOIN prices.lines AS l USING id", "SELECT * FROM prices_erp.lines WHERE id IN prices.lines_store", "SELECT 1 IN (SELECT id FROM prices.lines)",
			"SELECT (SELECT max(cost) FROM prices.lines)", "WITH x AS (SELECT * FROM prices.lines) SELECT * FROM x", "SELECT * FROM merge('prices', '.*')", "SELECT * FROM merge('.*', 'lines')",
			"SELECT * FROM merge(REGEXP('prices.*'), 'lines.*')", "SELECT * FROM remote('127.0.0.1', prices.lines)", "SELECT * FROM cluster('default', prices.lines)", "SELECT * FROM loop(prices.lines)",
			"SELECT * FROM view(SELECT * FROM prices.lines)", "SELECT * FROM viewIfPermitted(SELECT * FROM prices.lines ELSE null('cost UInt8'))", "SELECT * FROM mergeTreeIndex('prices', 'lines_store')",
			"SELECT * FROM mergeTreeProjection('prices', 'lines_store', 'p')", "SELECT joinGet('prices.lines', 'cost', 1)", "SELECT dictGet('prices.lines', 'cost', 1)", "SELECT * FROM prices_erp.lines_at(most = (SELECT max(cost) FROM prices.lines))",
			"EXPLAIN SELECT * FROM prices.lines", "EXPLAIN ESTIMATE SELECT * FROM prices.lines_store", "EXPLAIN QUERY TREE SELECT * FROM prices.lines_store", "EXPLAIN QUERY TREE SELECT (SELECT max(cost) FROM prices.lines_store)",
			"EXPLAIN SYNTAX run_query_tree_passes = 1 SELECT * FROM prices.lines_store", "EXPLAIN TABLE OVERRIDE mysql('', '', '', '', '') COLUMNS (a UInt8)", "EXPLAIN CURRENT TRANSACTION",
			"DESCRIBE prices.lines",
			"SHOW CREATE TABLE prices.lines_store", "SHOW CREATE VIEW prices.lines", "EXISTS prices.lines_store", "SHOW COLUMNS FROM lines FROM prices", "CHECK TABLE prices.lines_store",
			"SELECT * FROM {t:Identifier}.lines", "SELECT hasColumnInTable('prices', 'lines_store', 'cost')", "USE prices", "SELECT * FROM system.parts", "SELECT * FROM system.parts_columns",
			"SELECT list FROM prices_erp.lines", "SELECT * FROM prices_erp.lines PREWHERE list != ''", "SELECT * REPLACE (cost AS erp) FROM prices_erp.lines", "SELECT * EXCEPT erp, cost FROM prices_erp.lines",
			"SELECT CAST(concat('x', toString(erp)) AS Date) FROM prices_erp.lines WHERE id % 2 = 1 OR CAST(concat('x', toString(cost)) AS Date) = today()",
		},
		"machine": {
			"SELECT file('" + secret + "')", "SELECT FILE('" + secret + "')", "SELECT `file`('" + secret + "')", "SELECT arrayMap(file, ['" + secret + "'])", "SELECT arrayMap(x -> file(x), ['" + secret + "'])",
			"SELECT * APPLY(file) FROM (SELECT '" + secret + "' AS p)", "SELECT COLUMNS('p') APPLY(x -> file(x)) FROM (SELECT '" + secret + "' AS p)", "SELECT * REPLACE (file(p) AS p) FROM (SELECT '" + secret + "' AS p)",
			"SELECT arrayFold(file, ['" + secret + "'], '')", "WITH file AS f SELECT f('" + secret + "')", "WITH x -> file(x) AS f SELECT f('" + secret + "')", "SELECT id FROM prices_erp.lines ORDER BY file('" + secret + "')",
			"SELECT id FROM prices_erp.lines GROUP BY id HAVING file('" + secret + "') != ''", "SELECT id FROM prices_erp.lines LIMIT length(file('" + secret + "'))", "SELECT count() OVER (PARTITION BY file('" + secret + "'))",
			"SELECT 1 WHERE 1 QUALIFY file('" + secret + "') != ''", "SELECT 1 AS a ORDER BY a WITH FILL TO length(file('" + secret + "'))", "SELECT 1 AS a, '' AS b ORDER BY a WITH FILL INTERPOLATE (b AS file('" + secret + "'))",
			"SHOW TABLES WHERE file('" + secret + "') != ''", "SHOW COLUMNS FROM lines WHERE file('" + secret + "') != ''", "EXPLAIN SYNTAX SELECT file('" + secret + "')", "EXPLAIN QUERY TREE SELECT file('" + secret + "')",
			"SELECT * FROM (EXPLAIN SELECT file('" + secret + "'))", "SELECT * FROM prices_erp.lines_at(most = length(file('" + secret + "')))", "DESCRIBE (SELECT file('" + secret + "'))",
			"SELECT * FROM file('" + secret + "', 'LineAsString')", "DESCRIBE file('" + secret + "')", "SELECT * FROM fileCluster('default', '" + secret + "')", "SELECT * FROM `" + secret + "`", "SELECT * FROM '" + secret + "'",
			"SELECT * FROM filesystem('" + filepath.Dir(secret) + "')", "SELECT * FROM format(Values, 'a String', $$(file('" + secret + "'))$$)", "SELECT * FROM values('a String', (file('" + secret + "')))",
			"SELECT '(1)' IN format(Values, 'a String', $$(file('" + secret + "'))$$)", "SELECT * FROM eval('SELECT 1')", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "SELECT * FROM s3('http://127.0.0.1:1/b/x')",
			"SELECT * FROM hdfs('hdfs://127.0.0.1:1/x')", "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')", "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')", "SELECT * FROM sqlite('" + secret + "', 't')",
			"SELECT * FROM odbc('DSN=x', 't')", "SELECT * FROM jdbc('x', 't')", "SELECT * FROM mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 'a String')", "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
			"SELECT * FROM executable('id', TSV, 'a String')", "SELECT * FROM dictionary('d')", "SELECT * FROM deltaLakeLocal('/')", "SELECT * FROM icebergLocal('/')", "SELECT * FROM input('a String')",
			"SELECT * FROM arrowstream('x')", "SELECT * FROM generateRandom('a String')", "SELECT * FROM fuzzJSON('x')", "SELECT * FROM zeros(1)", "SELECT 1 INTO OUTFILE '" + secret + ".out'",
			"SELECT 1 INTO OUTFILE '" + secret + ".out' TRUNCATE FORMAT CSV", "EXPLAIN SELECT 1 INTO OUTFILE '" + secret + ".out'", "SELECT * FROM prices_erp.lines INTO OUTFILE '" + secret + ".out' AND STDOUT",
			"SHOW TABLES INTO OUTFILE '" + secret + ".out'", "DESCRIBE lines INTO OUTFILE '" + secret + ".out'", "EXISTS lines INTO OUTFILE '" + secret + ".out' FORMAT CSV", "SELECT arrayMap({f:Identifier}, ['" + secret + "'])",
			"SELECT * FROM prices_erp.lines_at(most = {f:Identifier}('" + secret + "'))", "SELECT 1 AS file, arrayMap(file, ['" + secret + "'])", "SELECT arrayMap(`file`, ['" + secret + "'])", "SELECT arrayMap(x.file, ['" + secret + "']) FROM (SELECT 1) AS x",
			"SELECT mapApply((k, v) -> (k, file(v)), map('a', '" + secret + "'))", "SELECT mapApply(file, map('a', '" + secret + "'))", "SELECT arrayReduce('file', ['" + secret + "'])", "SELECT `a\n Function sum (children 1)`, file('" + secret + "')",
			"SELECT 1 AS `x\n     TableExpression (children 1)\n      Function prices_erp.lines_at (children 1)`, file('" + secret + "')", "SELECT 1 UNION ALL SELECT file('" + secret + "')", "SELECT 1 INTERSECT SELECT length(file('" + secret + "'))",
			"SELECT id FROM lines GROUP BY GROUPING SETS ((id), (file('" + secret + "')))", "SELECT id FROM lines ARRAY JOIN [file('" + secret + "')] AS x", "SELECT a.id FROM lines AS a JOIN lines AS b ON file('" + secret + "') = '' OR a.id = b.id",
			"SELECT id FROM lines LIMIT 1 BY file('" + secret + "')", "SELECT id FROM lines WINDOW w AS (ORDER BY file('" + secret + "'))", "SELECT sumIf(id, file('" + secret + "') != '') FROM lines", "SELECT quantile(length(file('" + secret + "')))(id) FROM lines",
			"SELECT hostName()", "SELECT FQDN()", "SELECT getServerSetting('path')", "SELECT getMacro('x')", "SELECT filesystemAvailable()", "SELECT getOSKernelVersion()", "SELECT serverUUID()", "SELECT showCertificate()",
			"SELECT addressToSymbol(1)", "SELECT demangle('x')", "SELECT logTrace('x')", "SELECT catboostEvaluate('" + secret + "', 1)", "SELECT regionToName(1)", "SELECT aiGenerate('c', 'x')", "SELECT evalMLMethod(1, 2)",
			"SELECT __getScalar('x')", "SELECT tid()", "SELECT getSetting('log_comment')", "SELECT queryID()", "SELECT connectionId()",
		},
		"others": {
			"SELECT query FROM system.processes", "SHOW PROCESSLIST", "SELECT * FROM `system`.`processes`", "SELECT * FROM SYSTEM.processes", "SELECT 1 IN system.processes", "SELECT * FROM system.query_log",
			"SELECT * FROM system.query_cache", "SELECT * FROM system.settings", "SELECT * FROM system.server_settings", "SELECT * FROM system.named_collections", "SELECT * FROM system.disks",
			"SELECT * FROM system.stack_trace", "SELECT * FROM system.errors", "SELECT * FROM system.dictionaries", "SELECT * FROM system.user_directories", "SELECT * FROM system.macros", "SELECT * FROM system.clusters",
			"SELECT * FROM system.mutations", "SELECT * FROM system.merges", "SELECT * FROM system.metrics", "SELECT * FROM system.events", "SELECT * FROM system.asynchronous_metrics", "SELECT * FROM system.sessions",
			"SELECT * FROM system.build_options", "SELECT * FROM system.warnings", "SELECT * FROM system.remote_data_paths", "SELECT * FROM system.completions", "USE system", "SHOW CLUSTERS",
			"WITH system.processes AS p SELECT * FROM p", "SELECT * FROM {u:Identifier}", "SELECT * FROM {s:Identifier}.processes",
		},
	}
}

func TestAReaderCanDoNothingButAskItsViews(t *testing.T) {
	owner, as := withReaders(t)
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("a secret of the machine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	analyst := as.open(t, "analyst", "asks", "")
	ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"t": "prices", "u": "system.processes", "s": "system", "f": "file"}))
	// Codes that say no: rights, settings, no such thing, not part of the language, not served.
	refusals := []int32{497, 164, 60, 46, 47, 62, 63, 48, 81, 115, 344, 511, 701}
	for aim, statements := range attacks(secret) {
		for _, sql := range statements {
			code, message := codeOf(t, analyst, ctx, sql)
			if strings.Contains(message, "a secret") || strings.Contains(message, "700") {
				t.Errorf("%s: %s\n\ttells %s", aim, sql, message)
			}
			refused := false
			for _, c := range refusals {
				refused = refused || code == c
			}
			if !refused {
				t.Errorf("%s: %s\n\tended with %d %s", aim, sql, code, message)
			}
		}
	}
	if left, err := filepath.Glob(secret + ".*"); err != nil || len(left) > 0 {
		t.Errorf("files were written: %v, %v", left, err)
	}
	if n := one[uint64](t, owner, "SELECT count() FROM lines_store"); n != 1000 {
		t.Errorf("%d rows are left of 1000", n)
	}
	// The session is as it was.
	if n := one[uint64](t, analyst, "SELECT count() FROM lines"); n != 500 {
		t.Errorf("%d lines, want 500", n)
	}
}

func TestAWrongNameOrPasswordOpensNothing(t *testing.T) {
	_, as := withReaders(t)
	for _, c := range []struct {
		user, password, database string
		code                     int32
	}{
		{"analyst", "test", "", 516},
		{"analyst", "", "", 516},
		{"", "", "", 516},
		{"default", "", "", 516},
		{"test", "asks", "", 516},
		{"other", "asks", "", 516},
		{"nobody", "asks", "", 516},
		{"reader_analyst", "asks", "", 516},
		{"owner", "test", "", 516},
		{"analyst", "asks", "prices", 497},
		{"analyst", "asks", "system", 497},
		{"analyst", "asks", "default", 497},
		{"analyst", "asks", "nowhere", 497},
		{"other", "asks too", "prices_erp", 0},
		{"other", "asks too", "", 0},
	} {
		if code, message := codeOf(t, as.open(t, c.user, c.password, c.database), t.Context(), "SELECT 1"); code != c.code {
			t.Errorf("%+v: %d %s", c, code, message)
		}
	}
}

func TestAReaderAsksWhatAnalystsAsk(t *testing.T) {
	_, as := withReaders(t)
	analyst := as.open(t, "analyst", "asks", "prices_erp")
	ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 600, "join_use_nulls": 1, "max_threads": 8}),
		clickhouse.WithParameters(clickhouse.Parameters{"none": "0", "d": "prices_erp", "v": "lines", "n": "9", "s": "2026-01-01"}))
	for _, sql := range []string{
		"SELECT * FROM lines", "SELECT * FROM lines WHERE id > 5000", "SELECT id FROM lines_at(most = {none:UInt64}) WHERE 0", "SELECT * FROM prices_erp.lines ORDER BY erp DESC LIMIT 3 WITH TIES", "SELECT id, erp FROM lines_at(most = 10)", "SELECT count() FROM prices_erp.lines_at(most = 10) FORMAT TabSeparated",
		"FROM lines SELECT max(erp) -- the highest", "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
		"SELECT id % 3 AS k, count() AS n, sumIf(erp, id > 3), argMax(id, erp), quantileExactIf(0.5)(erp, id > 2), uniqExact(id), groupArray(3)(id), SUM(erp), COUNT(DISTINCT id) FROM lines GROUP BY k WITH TOTALS HAVING n > 1 ORDER BY k",
		"SELECT a.id, b.erp FROM lines AS a LEFT JOIN lines AS b ON a.id = b.id + 2 WHERE b.id IS NULL", "SELECT id, lagInFrame(erp) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), row_number() OVER w FROM lines WINDOW w AS (ORDER BY erp)",
		"SELECT arrayMap((x, y) -> x + y, [1, 2], [3, 4]), COLUMNS('^e'), CASE WHEN id > 3 THEN 'a' ELSE 'b' END, CASE id WHEN 1 THEN 2 ELSE 3 END FROM lines", "SELECT * EXCEPT (erp) REPLACE (id + 1 AS id) FROM lines",
		"SELECT toStartOfInterval(toDateTime('2026-01-01'), INTERVAL 1 HOUR), date_trunc('month', today()), now() - INTERVAL 1 DAY, parseDateTimeBestEffort('2026-01-01'), dateDiff('day', today(), today())",
		"SELECT toDate('2026-01-01') + number FROM numbers(31)", "SELECT * FROM (SELECT id FROM lines EXCEPT SELECT id FROM lines_at(most = 100))", "SELECT id FROM lines WHERE id IN (SELECT id FROM lines WHERE erp > 3) AND id BETWEEN 2 AND 8",
		"SELECT id FROM lines ARRAY JOIN [1, 2] AS x", "SELECT id FROM lines GROUP BY GROUPING SETS ((id), (erp, id))", "SELECT exists(SELECT 1 FROM lines)", "SELECT multiIf(id > 1, 'a', NULL), coalesce(NULL, 1), erp::Float64, tuple(1, 2).1 FROM lines",
		"SELECT id FROM lines ORDER BY toString(id) NULLS FIRST COLLATE 'en'", "SELECT id FROM lines ORDER BY id WITH FILL FROM 1 TO 10 STEP 1 LIMIT 3", "SELECT id, count() FROM lines GROUP BY id WITH ROLLUP", "SELECT id FROM lines GROUP BY CUBE(id)",
		"SELECT DISTINCT ON (id) id, erp FROM lines", "SELECT id FROM lines ORDER BY ALL LIMIT 2 BY erp", "SELECT id FROM lines WHERE toString(id) ILIKE '1%' AND NOT id IN (1, 2) ORDER BY id OFFSET 1 ROW FETCH FIRST 2 ROWS ONLY",
		"SELECT a.id FROM lines AS a ASOF JOIN lines AS b ON a.erp = b.erp AND a.id >= b.id", "SELECT a.id, b.id FROM (SELECT id FROM lines) AS a PASTE JOIN (SELECT id FROM lines) AS b", "SELECT id FROM lines QUALIFY row_number() OVER (ORDER BY id) < 3",
		"SELECT id FROM {d:Identifier}.{v:Identifier} WHERE id < {n:UInt64}", "SELECT INTERVAL '1' DAY + toDate({s:String})", "WITH 3 AS n, (SELECT max(id) FROM lines) AS m SELECT n + m", "SELECT avgOrNull(erp), anyLast(id), sumMap(map(id, 1)), topK(3)(id), argMinIf(id, erp, id > 3) FROM lines",
		"SELECT median(erp), stddevPop(erp), corr(toFloat64(id), toFloat64(erp)), GROUP_CONCAT(toString(id)) FROM lines", "SELECT formatDateTime(now(), '%Y'), replaceRegexpAll('a', 'b', 'c'), splitByChar(',', 'a,b'), JSONExtractInt('{}', 'a'), round(1.5), cityHash64(1)",
		"SHOW TABLES", "SHOW TABLES FROM prices_erp LIKE 'l%'", "SHOW DATABASES", "SHOW COLUMNS FROM lines", "SHOW CREATE VIEW lines", "SHOW CREATE TABLE lines", "DESCRIBE lines", "DESCRIBE TABLE prices_erp.lines", "DESCRIBE (SELECT id FROM lines)",
		"EXISTS lines", "EXPLAIN SELECT * FROM lines", "EXPLAIN SYNTAX SELECT * FROM lines", "EXPLAIN AST SELECT * FROM lines", "EXPLAIN PIPELINE SELECT * FROM lines", "EXPLAIN indexes = 1 SELECT * FROM lines",
		"SELECT name FROM system.tables", "SELECT name, type FROM system.columns WHERE table = 'lines'", "SELECT table_name FROM information_schema.tables", "SELECT version(), currentDatabase(), timezone()", "SELECT 1", "SELECT * FROM system.one;",
	} {
		if code, message := codeOf(t, analyst, ctx, sql); code != 0 {
			t.Errorf("%s\n\tended with %d %s", sql, code, message)
		}
	}
	execute(t, analyst, "USE prices_erp")
	// What there is to see is what there is to ask.
	if names := one[[]string](t, analyst, "SELECT arraySort(groupArray(concat(database, '.', name))) FROM system.tables WHERE database LIKE 'prices%'"); fmt.Sprint(names) != "[prices_erp.lines prices_erp.lines_at]" {
		t.Errorf("the analyst sees %v", names)
	}
	var id uint64
	if err := analyst.QueryRow(t.Context(), "SELECT id FROM lines_at(most = {most:UInt64}) ORDER BY id DESC", clickhouse.Named("most", 7)).Scan(&id); err != nil || id != 6 {
		t.Errorf("a parameter gives %d, %v", id, err)
	}
	if err := analyst.QueryRow(t.Context(), "SELECT max(id) FROM lines WHERE id < ?", 5).Scan(&id); err != nil || id != 4 {
		t.Errorf("a bound value gives %d, %v", id, err)
	}
}
