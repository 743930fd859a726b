package clickhouse

import (
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/fault"
)

func TestServersFromTheOldestSupportedOnAreTaken(t *testing.T) {
	for version, want := range map[proto.Version]bool{
		{Major: 24, Minor: 12}: false, {Major: 25, Minor: 7, Patch: 9}: false, {Major: 25, Minor: 8}: true, {Major: 26, Minor: 1}: true,
	} {
		if got := recent(version); got != want {
			t.Errorf("%v: %t", version, got)
		}
	}
}

func TestAReaderAwaitsTheSchemaThatAWriterMakes(t *testing.T) {
	dsn := clickhousetest.Start(t)
	_, err := Open(t.Context(), Config{DSN: dsn, ReadOnly: true})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), "materializer") {
		t.Fatalf("without a schema: %v", err)
	}
	writer, err := Open(t.Context(), Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader, err := Open(t.Context(), Config{DSN: dsn, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if positions, err := reader.Positions(t.Context()); err != nil || len(positions) != 0 {
		t.Errorf("%v, %v", positions, err)
	}
	if err := writer.conn.Exec(t.Context(), "ALTER TABLE migrations DELETE WHERE version = 1 SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{DSN: dsn, ReadOnly: true}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with a schema that is not up to date: %v", err)
	}
	if err := writer.conn.Exec(t.Context(), "INSERT INTO migrations (version, name, checksum) VALUES (999, 'later', 'x')"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{DSN: dsn, ReadOnly: true}); !fault.Is(err, fault.Refused) {
		t.Errorf("with a newer schema: %v", err)
	}
}
