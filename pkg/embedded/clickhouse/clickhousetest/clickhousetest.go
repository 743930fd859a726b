// Package clickhousetest gives tests a ClickHouse: one engine a test process, a database of its own for each caller.
package clickhousetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
)

// engine is the process's one server. The library allows no second, so it cannot be anything but shared.
var engine struct {
	sync.Mutex
	server    *embedded.Server
	dir       string
	databases int
}

// Main runs a package's tests and then closes the engine, if one of them started it: call it from TestMain and exit with its result.
func Main(m *testing.M) int {
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop test engine:", err)
		return 1
	}
	return code
}

// Start returns the data source name of a new, empty database on the process's engine, which the first call starts in a temporary
// folder. The test fails when there is no engine. The database is dropped when the test ends. A package that calls Start must have a
// TestMain that calls Main.
func Start(t testing.TB) string {
	t.Helper()
	server, name := database(t)
	dsn, err := url.Parse(server.DSN())
	if err != nil {
		t.Fatalf("parse data source name: %v", err)
	}
	run(t, server, "CREATE DATABASE "+name+" ENGINE = Atomic")
	t.Cleanup(func() {
		run(t, server, "DROP DATABASE IF EXISTS "+name+"_erp SYNC") // history keeps views there
		run(t, server, "DROP DATABASE "+name+" SYNC")
	})
	dsn.Path = "/" + name
	return dsn.String()
}

// Connect is Start with a connection to the new database, closed when the test ends.
func Connect(t testing.TB) clickhouse.Conn {
	t.Helper()
	return open(t, Start(t))
}

func database(t testing.TB) (server *embedded.Server, name string) {
	t.Helper()
	engine.Lock()
	defer engine.Unlock()
	if engine.server == nil {
		start(t)
	}
	engine.databases++
	return engine.server, fmt.Sprintf("test_%d", engine.databases)
}

func start(t testing.TB) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pricewire-engine-")
	if err != nil {
		t.Fatalf("make engine folder: %v", err)
	}
	engine.dir = dir
	engine.server, err = embedded.Open(embedded.Config{
		Dir: filepath.Join(dir, "clickhouse"), User: "test", Password: "test", Database: "pricewire",
	}, zap.NewNop())
	if err != nil {
		_ = os.RemoveAll(dir)
		t.Fatalf("open engine: %v", err)
	}
}

func stop() error {
	engine.Lock()
	defer engine.Unlock()
	if engine.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := engine.server.Close(ctx); err != nil {
		return err
	}
	engine.server = nil
	return os.RemoveAll(engine.dir)
}

func run(t testing.TB, server *embedded.Server, sql string) {
	t.Helper()
	conn := open(t, server.DSN())
	if err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func open(t testing.TB, dsn string) clickhouse.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		t.Fatalf("parse data source name: %v", err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatalf("connect to engine: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
