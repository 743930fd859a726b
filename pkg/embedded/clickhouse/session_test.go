package clickhouse_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

// dial connects with ch-go, which unlike clickhouse-go goes on with a connection after an exception.
func dial(t *testing.T, dsn string) *ch.Client {
	t.Helper()
	parsed, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := parsed.User.Password()
	client, err := ch.Dial(context.Background(), ch.Options{
		Address: parsed.Host, User: parsed.User.Username(), Password: password, Database: parsed.Path[1:], Compression: ch.CompressionLZ4,
	})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestASessionGoesOnAfterAnException(t *testing.T) {
	client := dial(t, clickhousetest.Start(t))
	ctx := context.Background()
	do := func(sql string, settings ...ch.Setting) error {
		return client.Do(ctx, ch.Query{Body: sql, Settings: settings})
	}
	size := func() uint64 {
		t.Helper()
		var value proto.ColUInt64
		err := client.Do(ctx, ch.Query{
			Body: "SELECT toUInt64(getSetting('max_block_size')) AS value", Result: proto.Results{{Name: "value", Data: &value}},
		})
		if err != nil || value.Rows() != 1 {
			t.Fatalf("%d rows, %v", value.Rows(), err)
		}
		return value.Row(0)
	}
	usual := size()
	for _, sql := range []string{"CREATE TEMPORARY TABLE mine (id UInt8)", "SET max_block_size = 55"} {
		if err := do(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if err := do("SELECT 1", ch.Setting{Key: "max_block_size", Value: "66"}, ch.Setting{Key: "no_such", Value: "1", Important: true}); !ch.IsErr(err, proto.ErrUnknownSetting) {
		t.Errorf("unknown setting: %v", err)
	}
	if got := size(); got != 55 {
		t.Errorf("after a refused setting the session has %d, want 55", got)
	}
	if err := do("SELECT nope", ch.Setting{Key: "max_block_size", Value: "66"}); !ch.IsErr(err, proto.ErrUnknownIdentifier) {
		t.Errorf("unknown name: %v", err)
	}
	if got := size(); got != 55 {
		t.Errorf("after a failed query the session has %d, want 55", got)
	}
	if err := do("SELECT * FROM mine"); err != nil {
		t.Errorf("the temporary table is gone: %v", err)
	}
	if err := do("SET max_block_size = DEFAULT"); err != nil || size() != usual {
		t.Errorf("default is %d, want %d: %v", size(), usual, err)
	}
}
