// Package clickhouse keeps history in ClickHouse, through clickhouse-go's native protocol: the schema with its migrations, insertions
// that are one part and happen once, and the queries.
//
// Tables are append-only and behind views; every row carries the stream, sequence and place it came from. The package decides nothing
// about what is inserted when: that is the writer's.
package clickhouse
