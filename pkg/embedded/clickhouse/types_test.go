package clickhouse_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

// typeCase is a column type, what is appended to it, and how the engine itself writes the values it then has.
type typeCase struct {
	columnType string
	values     []any
	want       []string
}

func pointer[T any](v T) *T { return &v }

func typeCases() []typeCase {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	moment := time.Date(2026, 11, 22, 20, 45, 1, 123456000, time.UTC)
	return []typeCase{
		{"UInt8", []any{uint8(0), uint8(255)}, []string{"0", "255"}},
		{"UInt16", []any{uint16(65535)}, []string{"65535"}},
		{"UInt32", []any{uint32(4294967295)}, []string{"4294967295"}},
		{"UInt64", []any{uint64(18446744073709551615)}, []string{"18446744073709551615"}},
		{"Int8", []any{int8(-128)}, []string{"-128"}},
		{"Int16", []any{int16(-32768)}, []string{"-32768"}},
		{"Int32", []any{int32(-2147483648)}, []string{"-2147483648"}},
		{"Int64", []any{int64(-9223372036854775808)}, []string{"-9223372036854775808"}},
		{"Float32", []any{float32(1.5)}, []string{"1.5"}},
		{"Float64", []any{-0.1}, []string{"-0.1"}},
		{"Bool", []any{true, false}, []string{"true", "false"}},
		{"String", []any{"", "zażółć", "a\x00b\t"}, []string{"", "zażółć", "a\x00b\t"}},
		{"FixedString(3)", []any{"abc"}, []string{"abc"}},
		{"UUID", []any{"0008fc59-f088-5d25-8e72-147ec2e66261"}, []string{"0008fc59-f088-5d25-8e72-147ec2e66261"}},
		{"IPv4", []any{"10.1.2.3"}, []string{"10.1.2.3"}},
		{"IPv6", []any{net.ParseIP("2001:db8::1")}, []string{"2001:db8::1"}},
		{"Date", []any{day}, []string{"2026-11-22"}},
		{"Date32", []any{day}, []string{"2026-11-22"}},
		{"DateTime('UTC')", []any{moment}, []string{"2026-11-22 20:45:01"}},
		{"DateTime64(3, 'UTC')", []any{moment}, []string{"2026-11-22 20:45:01.123"}},
		{"DateTime64(6, 'UTC')", []any{moment}, []string{"2026-11-22 20:45:01.123456"}},
		{"Decimal(9, 2)", []any{"-1234567.89"}, []string{"-1234567.89"}},
		{"Decimal(18, 4)", []any{"12345678901234.5678"}, []string{"12345678901234.5678"}},
		{"Decimal(38, 12)", []any{"0.000000000001"}, []string{"0.000000000001"}},
		{"Decimal(38, 18)", []any{"0.0000166667", "-99999999999999999999.999999999999999999"}, []string{"0.0000166667", "-99999999999999999999.999999999999999999"}},
		{"Decimal(76, 20)", []any{"1.00000000000000000001"}, []string{"1.00000000000000000001"}},
		{"Enum8('set' = 1, 'with, (draw)' = 2)", []any{"with, (draw)", "set"}, []string{"with, (draw)", "set"}},
		{"Enum16('a' = 1000)", []any{"a"}, []string{"a"}},
		{"LowCardinality(String)", []any{"EUR", "USD", "EUR", ""}, []string{"EUR", "USD", "EUR", ""}},
		{"LowCardinality(FixedString(3))", []any{"EUR", "USD"}, []string{"EUR", "USD"}},
		{"LowCardinality(Nullable(String))", []any{pointer("EUR"), nil, pointer("")}, []string{"EUR", `\N`, ""}},
		{"Nullable(UInt64)", []any{pointer(uint64(7)), nil}, []string{"7", `\N`}},
		{"Nullable(String)", []any{pointer("x"), nil, pointer("")}, []string{"x", `\N`, ""}},
		{"Nullable(Decimal(38, 18))", []any{"1.457", nil}, []string{"1.457", `\N`}},
		{"Nullable(DateTime64(3, 'UTC'))", []any{&moment, nil}, []string{"2026-11-22 20:45:01.123", `\N`}},
		{"Nullable(UUID)", []any{pointer("0008fc59-f088-5d25-8e72-147ec2e66261"), nil}, []string{"0008fc59-f088-5d25-8e72-147ec2e66261", `\N`}},
		{"Array(UInt32)", []any{[]uint32{1, 2}, []uint32{}, []uint32{3}}, []string{"[1,2]", "[]", "[3]"}},
		{"Array(String)", []any{[]string{"a", ""}, []string{}}, []string{"['a','']", "[]"}},
		{"Array(Nullable(String))", []any{[]*string{pointer("a"), nil}}, []string{"['a',NULL]"}},
		{"Array(LowCardinality(String))", []any{[]string{"a", "b", "a"}, []string{}}, []string{"['a','b','a']", "[]"}},
		{"Array(Array(UInt8))", []any{[][]uint8{{1}, {}, {2, 3}}, [][]uint8{}}, []string{"[[1],[],[2,3]]", "[]"}},
		{"Map(String, String)", []any{map[string]string{"k": "v"}, map[string]string{}}, []string{"{'k':'v'}", "{}"}},
		{"Map(LowCardinality(String), UInt64)", []any{map[string]uint64{"k": 1}}, []string{"{'k':1}"}},
		{"Tuple(UInt8, String)", []any{[]any{uint8(1), "x"}}, []string{"(1,'x')"}},
		{"Tuple(a UInt8, b_c LowCardinality(String))", []any{map[string]any{"a": uint8(1), "b_c": "x"}}, []string{"(1,'x')"}},
		{
			"Array(Tuple(tier Decimal(38, 18), price Nullable(Decimal(38, 18)), unit LowCardinality(String)))",
			[]any{[]map[string]any{{"tier": "0", "price": "1.5", "unit": "h"}, {"tier": "10", "price": nil, "unit": "h"}}, []map[string]any{}},
			[]string{"[(0,1.5,'h'),(10,NULL,'h')]", "[]"},
		},
	}
}

func TestEveryTypeGoesInAsItWasSent(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		conn := connect(t, clickhousetest.Start(t), compressed)
		for i, c := range typeCases() {
			t.Run(fmt.Sprintf("%s, compressed %v", c.columnType, compressed), func(t *testing.T) {
				table := fmt.Sprintf("t%d", i)
				execute(t, conn, "CREATE TABLE "+table+" (n UInt32, v "+c.columnType+") ENGINE = MergeTree ORDER BY n SETTINGS allow_nullable_key = 1")
				insertValues(t, conn, table, c.values)
				if diff := cmp.Diff(c.want, texts(t, conn, "SELECT v FROM "+table+" ORDER BY n")); diff != "" {
					t.Errorf("rows differ (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A value that the client reads and sends again must arrive as the same value, so reading is proved by writing what was read.
func TestEveryTypeComesOutAsItWentIn(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		conn := connect(t, clickhousetest.Start(t), compressed)
		for i, c := range typeCases() {
			t.Run(fmt.Sprintf("%s, compressed %v", c.columnType, compressed), func(t *testing.T) {
				from, to := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
				for _, table := range []string{from, to} {
					execute(t, conn, "CREATE TABLE "+table+" (n UInt32, v "+c.columnType+") ENGINE = MergeTree ORDER BY n")
				}
				insertValues(t, conn, from, c.values)
				insertValues(t, conn, to, readValues(t, conn, "SELECT v FROM "+from+" ORDER BY n"))
				if diff := cmp.Diff(c.want, texts(t, conn, "SELECT v FROM "+to+" ORDER BY n")); diff != "" {
					t.Errorf("rows differ (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestATypeTheFrontCannotCarryIsNamed(t *testing.T) {
	conn := clickhousetest.Connect(t)
	wantCode(t, conn.Exec(context.Background(), "SELECT uniqState(number) AS u FROM numbers(3)"), 50)
	execute(t, conn, "CREATE TABLE t (u AggregateFunction(uniq, UInt64)) ENGINE = MergeTree ORDER BY tuple()")
	_, err := conn.PrepareBatch(context.Background(), "INSERT INTO t")
	wantCode(t, err, 50)
}

func insertValues(t *testing.T, conn driver.Conn, table string, values []any) {
	t.Helper()
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO "+table)
	if err != nil {
		t.Fatalf("prepare: %v", err)
	}
	for n, v := range values {
		if err := batch.Append(uint32(n), v); err != nil {
			t.Fatalf("append %v: %v", v, err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// readValues scans values into the types that the driver itself chooses.
func readValues(t *testing.T, conn driver.Conn, sql string) []any {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var values []any
	for rows.Next() {
		value := newOf(rows.ColumnTypes()[0].ScanType())
		if err := rows.Scan(value.Interface()); err != nil {
			t.Fatalf("scan: %v", err)
		}
		values = append(values, value.Elem().Interface())
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("read: %v", err)
	}
	return values
}

// texts returns the first column as the engine writes it, nulls as \N.
func texts(t *testing.T, conn driver.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), "SELECT ifNull(toString(v), '\\\\N') AS text FROM ("+sql+")", clickhouse.Named("unused", ""))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatalf("scan: %v", err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("read: %v", err)
	}
	return all
}
