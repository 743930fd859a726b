package clickhouse

import (
	"context"
	"crypto/tls"
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
	DSN         string        // clickhouse://user:password@host:port/database; several hosts are separated by commas
	User        string        // instead of that of the DSN
	Password    string        // instead of that of the DSN
	TLS         *tls.Config   // nil: as the DSN says
	Cluster     string        // name of the cluster that definitions are made on; empty: the server alone
	Replicated  bool          // tables are replicated: the servers need Keeper and the macros shard and replica
	Connections int           // open at once, two of them for writing alone unless ReadOnly; 0: 8
	DialTimeout time.Duration // 0: 10 s
	QueryTime   time.Duration // a question that takes longer is unavailable; 0: 30 s
	QueryMemory int64         // bytes a question may use; 0: 512 MiB
	BulkRows    int           // from how many rows on slices are filled inside the server; 0: 10,000
	FewRates    int           // up to how many rates a list is read at once, and without telling intricate ones apart; 0: 20,000
	CutRows     uint64        // periods that a slice of the history takes at least before another one is cut; 0: 200,000
	InsertTime  time.Duration // an insertion that takes longer has an unknown outcome; 0: 2 min
	ReadOnly    bool          // only questions are asked: the schema is made by another process, and awaited
}

const (
	codeUnknownDatabase = 81
	// partRows is how many rows ClickHouse takes as one block, which becomes one part: all or nothing.
	partRows = 1_048_449
	// writingConnections are never taken by questions.
	writingConnections = 2
	// queryBytes is how long the text of a question may be: lookups name tens of thousands of keys in it.
	queryBytes = 8 << 20
)

// Store is history in a ClickHouse database. It is safe for concurrent use.
type Store struct {
	cfg      Config
	database string
	conn     driver.Conn
	turns    chan struct{} // of questions that run
	whole    wholes
	proven   proven
	slicing  slicing

	remembered rememberedCuts
}

var (
	_ history.Reader   = (*Store)(nil)
	_ history.Appender = (*Store)(nil)
)

// Open connects, makes the database if it is missing and brings its schema up to date. It is unavailable when ClickHouse cannot be
// reached, or when a schema that is only read is not up to date yet; refused when the server is too old or the schema newer than this
// program.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	options, err := cfg.options()
	if err != nil {
		return nil, err
	}
	if !cfg.ReadOnly {
		if err := ensureDatabase(ctx, *options, cfg.dialect()); err != nil {
			return nil, err
		}
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open clickhouse: %w", err)
	}
	s := &Store{cfg: cfg, database: options.Auth.Database, conn: conn, turns: newTurns(cfg)}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// options says how to connect.
func (c Config) options() (*clickhouse.Options, error) {
	options, err := clickhouse.ParseDSN(c.DSN)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read clickhouse data source name: %w", err)
	}
	options.Auth.Username, options.Auth.Password = orDefault(c.User, options.Auth.Username), orDefault(c.Password, options.Auth.Password)
	if c.TLS != nil {
		options.TLS = c.TLS
	}
	options.MaxOpenConns, options.MaxIdleConns = c.Connections, c.Connections
	options.DialTimeout = c.DialTimeout
	// A read waits for the server's next packet; the longest silence is that of an insertion.
	options.ReadTimeout = c.InsertTime
	return options, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.conn.Close() }

// Ping reports whether ClickHouse answers, as an unavailable fault when it does not.
func (s *Store) Ping(ctx context.Context) error { return explain("ping clickhouse", s.conn.Ping(ctx)) }

func (c Config) dialect() dialect { return dialect{c.Cluster, c.Replicated} }

func (c Config) withDefaults() Config {
	c.Connections = orDefault(c.Connections, 8)
	c.DialTimeout = orDefault(c.DialTimeout, 10*time.Second)
	c.QueryTime = orDefault(c.QueryTime, 30*time.Second)
	c.QueryMemory = orDefault(c.QueryMemory, 512<<20)
	c.BulkRows = orDefault(c.BulkRows, 10_000)
	c.FewRates = orDefault(c.FewRates, 20_000)
	c.CutRows = orDefault(c.CutRows, 200_000)
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
func ensureDatabase(ctx context.Context, options clickhouse.Options, d dialect) error {
	name := options.Auth.Database
	err := once(ctx, options, func(conn driver.Conn) error { return conn.Ping(ctx) })
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) || exception.Code != codeUnknownDatabase {
		return explain("connect to clickhouse", err)
	}
	options.Auth.Database = ""
	return explain("create database", once(ctx, options, func(conn driver.Conn) error {
		return conn.Exec(ctx, d.write("CREATE DATABASE IF NOT EXISTS "+quoteName(name)+" ENGINE = Atomic"))
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
	settings := clickhouse.Settings{
		"max_execution_time":            int(max(s.cfg.QueryTime/time.Second, 1)),
		"max_memory_usage":              s.cfg.QueryMemory,
		"max_query_size":                queryBytes,
		"optimize_aggregation_in_order": 1,
	}
	s.cfg.dialect().reading(settings)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

// query runs a question and hands over each of its rows. It waits for its turn: see newTurns.
func (s *Store) query(ctx context.Context, what string, q statement, each func(driver.Rows) error) error {
	if err := s.turn(ctx); err != nil {
		return explain(what, err)
	}
	defer func() { <-s.turns }()
	return s.ask(ctx, what, q, each)
}

// newTurns are the turns of questions. Where rows are written they are two fewer than the connections, so that insertions and claims always
// find one, however many lookups run; a pool of their own would do that too, and bound insertions to its size when nobody asks anything.
func newTurns(c Config) chan struct{} {
	n := c.Connections
	if !c.ReadOnly {
		n = max(n-writingConnections, 1)
	}
	return make(chan struct{}, n)
}

// turn waits for the turn of a question as long as a connection is waited for.
func (s *Store) turn(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.DialTimeout,
		fault.New(fault.Unavailable, "%d questions run already, as many as may at once", cap(s.turns)).WithHint("ask again in a moment"))
	defer cancel()
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask is query without waiting for a turn, for what writing asks.
func (s *Store) ask(ctx context.Context, what string, q statement, each func(driver.Rows) error) error {
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
