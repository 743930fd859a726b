package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// Config says where ClickHouse is and how much a question may cost. The zero value of every field but DSN is a usable default.
type Config struct {
	DSN         string        // clickhouse://user:password@host:port/database
	Connections int           // open at once; 0: 8
	DialTimeout time.Duration // 0: 10 s
	QueryTime   time.Duration // a question that takes longer is unavailable; 0: 30 s
	QueryMemory int64         // bytes a question may use; 0: 512 MiB
	InsertTime  time.Duration // an insertion that takes longer has an unknown outcome; 0: 2 min
}

const (
	codeUnknownDatabase = 81
	// partRows is how many rows ClickHouse takes as one block, which becomes one part: all or nothing.
	partRows = 1_048_449
)

// Store is history in a ClickHouse database. It is safe for concurrent use.
type Store struct {
	cfg   Config
	conn  driver.Conn
	whole wholes
}

var (
	_ history.Reader   = (*Store)(nil)
	_ history.Appender = (*Store)(nil)
)

// Open connects, makes the database if it is missing and brings its schema up to date. It is unavailable when ClickHouse cannot be
// reached, refused when the schema is newer than this program.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	options, err := clickhouse.ParseDSN(cfg.DSN)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read clickhouse data source name: %w", err)
	}
	options.MaxOpenConns, options.MaxIdleConns = cfg.Connections, cfg.Connections
	options.DialTimeout = cfg.DialTimeout
	// A read waits for the server's next packet; the longest silence is that of an insertion.
	options.ReadTimeout = cfg.InsertTime
	if err := ensureDatabase(ctx, *options); err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open clickhouse: %w", err)
	}
	s := &Store{cfg: cfg, conn: conn}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.conn.Close() }

// Ping reports whether ClickHouse answers, as an unavailable fault when it does not.
func (s *Store) Ping(ctx context.Context) error { return explain("ping clickhouse", s.conn.Ping(ctx)) }

func (c Config) withDefaults() Config {
	c.Connections = orDefault(c.Connections, 8)
	c.DialTimeout = orDefault(c.DialTimeout, 10*time.Second)
	c.QueryTime = orDefault(c.QueryTime, 30*time.Second)
	c.QueryMemory = orDefault(c.QueryMemory, 512<<20)
	c.InsertTime = orDefault(c.InsertTime, 2*time.Minute)
	return c
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// ensureDatabase creates the database when the server says that there is none.
func ensureDatabase(ctx context.Context, options clickhouse.Options) error {
	name := options.Auth.Database
	err := once(ctx, options, func(conn driver.Conn) error { return conn.Ping(ctx) })
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) || exception.Code != codeUnknownDatabase {
		return explain("connect to clickhouse", err)
	}
	options.Auth.Database = ""
	return explain("create database", once(ctx, options, func(conn driver.Conn) error {
		return conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoteName(name)+" ENGINE = Atomic")
	}))
}

func once(ctx context.Context, options clickhouse.Options, do func(driver.Conn) error) error {
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return do(conn)
}

// reading returns a context whose queries stay within the limits of a question.
func (s *Store) reading(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_execution_time":            int(max(s.cfg.QueryTime/time.Second, 1)),
		"max_memory_usage":              s.cfg.QueryMemory,
		"optimize_aggregation_in_order": 1,
	}))
}

// query runs a question and hands over each of its rows.
func (s *Store) query(ctx context.Context, what string, q statement, each func(driver.Rows) error) error {
	rows, err := s.conn.Query(s.reading(ctx), q.text, q.args...)
	if err != nil {
		return explain(what, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return fmt.Errorf("%s: read row: %w", what, err)
		}
	}
	return explain(what, rows.Err())
}
