package e2e

import (
	"context"
	"fmt"
	"testing"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// connect attaches as an analyst does.
func connect(t *testing.T, dsn string) driver.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// checkTables proves that nothing is doubled in any table that is fed from a stream.
func checkTables(t *testing.T, dsn string) {
	t.Helper()
	conn := connect(t, dsn)
	for _, table := range []string{
		"rates", "rate_changes", "license_prices", "license_changes", "items", "item_changes", "offers", "services", "documents", "releases", "withdrawals",
		"corrections", "releases_missing", "crawls", "quarantine", "rejects",
	} {
		var rows, unique uint64
		query := fmt.Sprintf("SELECT count(), uniqExact(stream, seq, row) FROM pricewire.%s", table)
		if err := conn.QueryRow(context.Background(), query).Scan(&rows, &unique); err != nil {
			t.Errorf("%s: %v", table, err)
		} else if rows != unique {
			t.Errorf("%s has %d rows of which %d are different", table, rows, unique)
		}
	}
}

// count asks for one number.
func count(t *testing.T, dsn, query string) uint64 {
	t.Helper()
	var n uint64
	if err := connect(t, dsn).QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
