package clickhouse_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
)

const benchRows = 100_000

func benchColumns() (ids, values []uint64, names, texts []string) {
	for id := range uint64(benchRows) {
		ids, values = append(ids, id), append(values, id*7)
		names, texts = append(names, fmt.Sprintf("name %d", id%100)), append(texts, fmt.Sprintf("row %d", id))
	}
	return ids, values, names, texts
}

func BenchmarkInsert(b *testing.B) {
	for _, compressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("compressed %v", compressed), func(b *testing.B) {
			conn := connect(b, clickhousetest.Start(b), compressed)
			execute(b, conn, "CREATE TABLE t (id UInt64, v UInt64, name LowCardinality(String), text String) ENGINE = MergeTree ORDER BY id")
			ids, values, names, texts := benchColumns()
			for b.Loop() {
				batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t")
				if err != nil {
					b.Fatal(err)
				}
				for i, column := range []any{ids, values, names, texts} {
					if err := batch.Column(i).Append(column); err != nil {
						b.Fatal(err)
					}
				}
				if err := batch.Send(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, compressed := range []bool{false, true} {
		b.Run(fmt.Sprintf("compressed %v", compressed), func(b *testing.B) {
			conn := connect(b, clickhousetest.Start(b), compressed)
			sql := fmt.Sprintf("SELECT number AS id, number * 7 AS v, toLowCardinality(toString(number %% 100)) AS name, toString(number) AS text FROM numbers(%d)", benchRows)
			for b.Loop() {
				rows, err := conn.Query(context.Background(), sql)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() { // blocks are decoded whole; no row is looked at
				}
				if err := rows.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkSelectOne(b *testing.B) {
	conn := connect(b, clickhousetest.Start(b), true)
	for name, ctx := range map[string]context.Context{
		"plain":    context.Background(),
		"settings": clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 60})),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var one uint8
				if err := conn.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
