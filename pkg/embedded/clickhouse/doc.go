// Package clickhouse runs a ClickHouse engine inside this process and serves it over ClickHouse's native TCP protocol, so that the
// product has one way to talk to ClickHouse, embedded or not: clickhouse-go and any other native client connect to it as to a server.
//
// The engine is libchdb, loaded at run time without cgo. The package carries bytes and decides nothing about them: it must not know a
// table of the product, and nobody may call the engine past the listener.
package clickhouse
