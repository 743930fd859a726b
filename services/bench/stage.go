package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/embedded/nats"
	historyclickhouse "github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

// closing is how long a server may take to stop.
const closing = 30 * time.Second

// streams are an embedded NATS as the product runs it, and a connection.
type streams struct {
	server *nats.Server
	conn   *natsclient.Conn
	*jetstream.Adapter
}

func openStreams(folder string) (*streams, error) {
	server, err := nats.Open(nats.Config{Dir: filepath.Join(folder, "nats"), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		return nil, err
	}
	s := &streams{server: server}
	if s.conn, err = natsclient.Connect(server.URL(), natsclient.InProcessServer(server), natsclient.MaxReconnects(-1)); err != nil {
		s.close()
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	if s.Adapter, err = jetstream.New(s.conn, jetstream.Config{}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *streams) close() {
	if s.conn != nil {
		s.conn.Close()
	}
	_ = s.server.Close() // its folder is about to go
}

// engine is the real engine.
type engine struct{ server *clickhouse.Server }

// openEngine starts an engine that may use so many bytes, as many as in the product when they are 0.
func openEngine(folder string, memory int64) (*engine, error) {
	server, err := clickhouse.Open(clickhouse.Config{
		Dir: filepath.Join(folder, "clickhouse"), User: "bench", Password: "bench", Database: "bench", MemoryLimit: memory,
	}, zap.NewNop())
	if err != nil {
		return nil, err
	}
	return &engine{server}, nil
}

func (e *engine) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = e.server.Close(ctx) // its folder is about to go
}

// tables are a database with the product's schema.
type tables struct {
	*historyclickhouse.Store
	conn driver.Conn
	name string
}

// openTables makes a database with the product's schema on a server.
func openTables(ctx context.Context, dsn, name string) (*tables, error) {
	dsn, err := inDatabase(dsn, name)
	if err != nil {
		return nil, err
	}
	store, err := historyclickhouse.Open(ctx, historyclickhouse.Config{DSN: dsn})
	if err != nil {
		return nil, err
	}
	options, err := driver.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read data source name: %w", err)
	}
	options.ReadTimeout = 5 * time.Minute
	conn, err := driver.Open(options)
	if err != nil {
		return nil, fmt.Errorf("connect to clickhouse: %w", err)
	}
	return &tables{store, conn, name}, nil
}

// drop removes the database and closes what used it.
func (t *tables) drop(ctx context.Context) error {
	err := t.conn.Exec(ctx, "DROP DATABASE "+t.name+" SYNC")
	_, _ = t.conn.Close(), t.Close() // nothing is under way
	return err
}

func inDatabase(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("read data source name: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}
