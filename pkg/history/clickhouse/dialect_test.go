package clickhouse

import (
	"strings"
	"testing"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

func TestDefinitionsAreWrittenForACluster(t *testing.T) {
	d := dialect{cluster: "price$wire", replicated: true}
	for _, c := range []struct{ text, want string }{
		{
			"-- Prices.\n\nCREATE TABLE IF NOT EXISTS rates_store (\n    key UInt64\n) ENGINE = MergeTree ORDER BY key\nSETTINGS non_replicated_deduplication_window = 10, fsync_after_insert = 1",
			"CREATE TABLE IF NOT EXISTS rates_store ON CLUSTER `price$wire` (\n    key UInt64\n) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}') ORDER BY key\n" +
				"SETTINGS replicated_deduplication_window_seconds = 2592000, replicated_deduplication_window = 10, fsync_after_insert = 1",
		},
		{"CREATE VIEW IF NOT EXISTS rates (key UInt64) AS SELECT 1", "CREATE VIEW IF NOT EXISTS rates ON CLUSTER `price$wire` (key UInt64) AS SELECT 1"},
		{"CREATE OR REPLACE VIEW rates_at AS SELECT 1", "CREATE OR REPLACE VIEW rates_at ON CLUSTER `price$wire` AS SELECT 1"},
		{"CREATE OR REPLACE VIEW `a_erp`.rates AS SELECT 1", "CREATE OR REPLACE VIEW `a_erp`.rates ON CLUSTER `price$wire` AS SELECT 1"},
		{"ALTER TABLE rates_store ADD COLUMN IF NOT EXISTS x UInt8", "ALTER TABLE rates_store ON CLUSTER `price$wire` ADD COLUMN IF NOT EXISTS x UInt8"},
		{"CREATE DATABASE IF NOT EXISTS `a b` ENGINE = Atomic", "CREATE DATABASE IF NOT EXISTS `a b` ON CLUSTER `price$wire` ENGINE = Atomic"},
		{"INSERT INTO rate_cuts SELECT 1", "INSERT INTO rate_cuts SELECT 1"},
	} {
		if got := d.write(c.text); got != c.want {
			t.Errorf("%s\nis written\n%s", c.text, got)
		}
		if got := (dialect{}).write(c.text); !strings.HasSuffix(c.text, got) {
			t.Errorf("for one server, %s is written %s", c.text, got)
		}
	}
}

// A cluster is nothing that tests can have, but its language is.
func TestEveryMigrationForAClusterIsUnderstood(t *testing.T) {
	options, err := clickhouse.ParseDSN(clickhousetest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	d := dialect{cluster: "pricewire", replicated: true}
	tables := 0
	for _, m := range append(all, migration{name: "of migrations", statements: []string{createMigrations}}) {
		for i, text := range m.statements {
			written := d.write(placed(text, "pricewire"))
			var formatted string
			if err := conn.QueryRow(t.Context(), "SELECT formatQuery(?)", written).Scan(&formatted); err != nil {
				t.Errorf("%s, statement %d: %v", m.name, i+1, err)
			}
			if !strings.HasPrefix(formatted, "INSERT") && !strings.Contains(formatted, "ON CLUSTER pricewire") || strings.Contains(formatted, "ENGINE = MergeTree") {
				t.Errorf("%s, statement %d is not for a cluster: %s", m.name, i+1, formatted)
			}
			if strings.Contains(formatted, "ReplicatedMergeTree") {
				tables++
			}
		}
	}
	if tables < 20 {
		t.Errorf("%d tables are replicated", tables)
	}
}
