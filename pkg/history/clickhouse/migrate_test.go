package clickhouse_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
)

func connect(t *testing.T, dsn string) driver.Conn {
	t.Helper()
	options, err := clickhousego.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhousego.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// texts asks for a column of texts.
func texts(t *testing.T, conn driver.Conn, question string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), question, args...)
	if err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return all
}

// madeNames are the files that make the schema.
const madeNames = "0001_rates.sql 0002_rate_views.sql 0003_licenses.sql 0004_withdrawals.sql 0005_items.sql 0006_release_views.sql " +
	"0007_license_views.sql 0008_item_views.sql 0009_meters.sql 0010_meter_views.sql " +
	"0011_slices.sql 0012_slice_views.sql 0013_exact_views.sql 0014_revisions.sql 0015_stale.sql 0016_erp_views.sql 0017_list_views.sql"

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	dsn := clickhousetest.Start(t)
	var processes sync.WaitGroup
	for range 4 {
		processes.Go(func() {
			s, err := clickhouse.Open(context.Background(), clickhouse.Config{DSN: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	processes.Wait()
	got := texts(t, connect(t, dsn), "SELECT name FROM migrations ORDER BY version")
	if strings.Join(got, " ") != madeNames {
		t.Errorf("made are %v", got)
	}
}

func TestASchemaOfAnotherVersionIsRefused(t *testing.T) {
	for name, change := range map[string]string{
		"newer":   "INSERT INTO migrations VALUES (1000, '1000_later.sql', 'x')",
		"changed": "INSERT INTO migrations VALUES (1, '0001_rates.sql', 'another')",
	} {
		dsn := clickhousetest.Start(t)
		s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		conn := connect(t, dsn)
		if name == "changed" {
			if err := conn.Exec(t.Context(), "TRUNCATE TABLE migrations"); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn}); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestAMissingDatabaseIsMade(t *testing.T) {
	dsn := clickhousetest.Start(t)
	at := strings.LastIndex(dsn, "/")
	name := dsn[at+1:] + "_new"
	t.Cleanup(func() {
		if err := connect(t, dsn).Exec(context.Background(), "DROP DATABASE "+name+" SYNC"); err != nil {
			t.Error(err)
		}
	})
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn[:at+1] + name})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	_ = s.Close()
}

func TestAServerThatIsAwayIsUnavailable(t *testing.T) {
	if s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: "clickhouse://u:p@127.0.0.1:1/x"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, %v", s, err)
	}
	if s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: "clickhouse://u:p@127.0.0.1:1/x?dial_timeout=nonsense"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v, %v", s, err)
	}
}

func TestEveryTableAndColumnHasAComment(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	conn := connect(t, dsn)
	if silent := texts(t, conn, "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"); len(silent) > 0 {
		t.Errorf("tables without a comment: %v", silent)
	}
	silent := texts(t, conn, "SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table != 'rates_current'")
	if len(silent) > 0 {
		t.Errorf("columns without a comment: %v", silent)
	}
	for _, view := range []string{
		"rates", "rate_changes", "rates_current", "rates_at", "license_prices", "license_changes", "license_prices_at", "releases", "crawls", "quarantine", "rejects",
		"publications", "withdrawals", "corrections", "releases_missing", "items", "item_changes", "items_at", "offers", "offers_at", "services", "services_at",
		"documents", "documents_at", "crawl_parts",
	} {
		if n := texts(t, conn, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = ? AND engine = 'View'", view); len(n) != 1 {
			t.Errorf("there is no view %s", view)
		}
	}
}

func TestNothingInTheSchemaReadsAClock(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	clocks := texts(t, connect(t, dsn), "SELECT name FROM system.tables WHERE database = currentDatabase() AND match(lower(create_table_query), '\\\\b(now|now64|today|yesterday)\\\\(')")
	if len(clocks) > 0 {
		t.Errorf("%v read a clock", clocks)
	}
}
