package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/fault"
)

// roles are what a child process can do. Each prints lines for its parent.
func roles() map[string]func(args []string) error {
	return map[string]func(args []string) error{
		"serve":   serveRole,
		"readers": readersRole,
		"tls":     tlsRole,
		"exit":    exitRole,
		"reopen":  reopenRole,
		"stdin":   stdinRole,
		"limits":  limitsRole,
		"drain":   drainRole,
		"memory":  memoryRole,
		"missing": missingRole,
	}
}

func roleConfig(dir string) embedded.Config {
	return embedded.Config{Dir: dir, User: "test", Password: "test", Database: "prices"}
}

func openRole(cfg embedded.Config) (*embedded.Server, driver.Conn, error) {
	server, err := embedded.Open(cfg, zap.NewNop())
	if err != nil {
		return nil, nil, err
	}
	options, err := clickhouse.ParseDSN(server.DSN())
	if err != nil {
		return nil, nil, err
	}
	conn, err := clickhouse.Open(options)
	return server, conn, err
}

func closeRole(server *embedded.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return server.Close(ctx)
}

// serveRole serves a folder until a signal comes. On the way it survives a nil dereference, which takes a signal of its own.
func serveRole(args []string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	server, conn, err := openRole(roleConfig(args[0]))
	if err != nil {
		return err
	}
	if err := conn.Exec(context.Background(), "SELECT nope"); err == nil {
		return errors.New("no exception")
	}
	if err := dereferenceNil(); err != nil {
		return err
	}
	fmt.Println("dsn", server.DSN())
	fmt.Println("signal", <-signals)
	return closeRole(server)
}

// readersRole serves a folder with a reader beside the owner, within limits that are quickly met, until a signal comes.
func readersRole(args []string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	cfg := roleConfig(args[0])
	cfg.Readers = []embedded.Reader{
		{User: "analyst", Password: "asks", Views: []embedded.View{{Database: "prices_erp", Name: "lines"}, {Database: "prices_erp", Name: "lines_at"}}, Limits: embedded.Limits{
			Rows: 3_000_000, ResultRows: 200_000, ResultBytes: 40 << 20, Memory: 48 << 20, Time: 3 * time.Second, Connections: 6, Queue: 100 * time.Millisecond,
			Transfer: 700 * time.Millisecond,
		}},
		{User: "other", Password: "asks too", Views: []embedded.View{{Database: "prices", Name: "lines"}, {Database: "prices_erp", Name: "lines"}}},
	}
	server, conn, err := openRole(cfg)
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS lines_store (id UInt64, erp Decimal(38, 18), cost Decimal(38, 18), list String) ENGINE = MergeTree ORDER BY id",
		"INSERT INTO lines_store SELECT number, number + 1, number + 700000, if(number % 2 = 0, 'retail', 'partner') FROM numbers(1000)",
		"CREATE DATABASE IF NOT EXISTS prices_erp ENGINE = Atomic",
		"CREATE OR REPLACE VIEW lines AS SELECT * FROM lines_store",
		"CREATE OR REPLACE VIEW prices_erp.lines AS SELECT id, erp FROM prices.lines_store PREWHERE list = 'retail'",
		"CREATE OR REPLACE VIEW prices_erp.lines_at AS SELECT id, erp FROM prices.lines_store PREWHERE list = 'retail' WHERE id <= {most:UInt64}",
	} {
		if err := conn.Exec(context.Background(), sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	fmt.Println("dsn", server.DSN())
	<-signals
	return closeRole(server)
}

func dereferenceNil() (err error) {
	defer func() {
		if recover() == nil {
			err = errors.New("no panic")
		}
	}()
	var nothing *struct{ value int }
	fmt.Println(nothing.value) //nolint:govet // the dereference is what is tried
	return nil
}

// exitRole leaves the process in one of several ways while the engine is, or was, at work.
func exitRole(args []string) error {
	server, conn, err := openRole(roleConfig(args[0]))
	if err != nil {
		return err
	}
	if err := conn.Exec(context.Background(), "CREATE TABLE IF NOT EXISTS t (id UInt64) ENGINE = MergeTree ORDER BY id"); err != nil {
		return err
	}
	if err := conn.Exec(context.Background(), "INSERT INTO t SELECT number FROM numbers(100000)"); err != nil {
		return err
	}
	switch args[1] {
	case "left open":
		return nil
	case "closed":
		return closeRole(server)
	case "busy":
		sql := "SELECT sum(sipHash64(number)) FROM numbers(5000000000000)"
		go func() { _ = conn.Exec(context.Background(), sql) }()
		return awaitProcess(server, sql)
	}
	return fmt.Errorf("no way %q", args[1])
}

// reopenRole opens a second engine, which is refused, and after a close another one, on the same folder and on a new one.
func reopenRole(args []string) error {
	goroutines := goleak.IgnoreCurrent()
	for round, name := range []string{"a", "a", "b"} {
		server, conn, err := openRole(roleConfig(filepath.Join(args[0], name)))
		if err != nil {
			return err
		}
		if _, _, err := openRole(roleConfig(filepath.Join(args[0], "c"))); !fault.Is(err, fault.Conflict) || fault.HintOf(err) == "" {
			return fmt.Errorf("second open: %w", err)
		}
		if err := conn.Exec(context.Background(), "CREATE TABLE IF NOT EXISTS t (id UInt64) ENGINE = MergeTree ORDER BY id"); err != nil {
			return err
		}
		var count uint64
		if err := conn.QueryRow(context.Background(), "SELECT count() FROM t").Scan(&count); err != nil {
			return err
		}
		if want := map[int]uint64{0: 0, 1: 1, 2: 0}[round]; count != want {
			return fmt.Errorf("round %d: %d rows, want %d", round, count, want)
		}
		if err := conn.Exec(context.Background(), "INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		if err := errors.Join(closeRole(server), closeRole(server)); err != nil {
			return err
		}
		if err := conn.Ping(context.Background()); err == nil {
			return errors.New("a closed server answers")
		}
		if err := errors.Join(conn.Close(), goleak.Find(goroutines)); err != nil {
			return err
		}
	}
	return nil
}

// stdinRole inserts while rows lie in standard input.
func stdinRole(args []string) error {
	server, conn, err := openRole(roleConfig(args[0]))
	if err != nil {
		return err
	}
	for _, sql := range []string{"CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id", "INSERT INTO t VALUES (1)", "INSERT INTO t SELECT 2"} {
		if err := conn.Exec(context.Background(), sql); err != nil {
			return err
		}
	}
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO t")
	if err != nil {
		return err
	}
	if err := errors.Join(batch.Append(uint64(3)), batch.Send()); err != nil {
		return err
	}
	var ids []uint64
	if err := conn.QueryRow(context.Background(), "SELECT groupArray(id) FROM (SELECT id FROM t ORDER BY id)").Scan(&ids); err != nil {
		return err
	}
	fmt.Println("ids", ids)
	return closeRole(server)
}

// limitsRole meets every limit of a narrow configuration.
func limitsRole(args []string) error {
	cfg := roleConfig(args[0])
	cfg.MaxConnections, cfg.HandshakeTimeout, cfg.IdleTimeout, cfg.MaxQueryBytes = 2, 200*time.Millisecond, time.Second, 1000
	cfg.MemoryLimit, cfg.Settings = 300<<20, map[string]string{"max_result_rows": "1000"}
	server, conn, err := openRole(cfg)
	if err != nil {
		return err
	}
	ctx := context.Background()
	for what, check := range map[string]func() error{
		"long query": func() error { return wantRoleCode(conn.Exec(ctx, "SELECT '"+strings.Repeat("x", 1000)+"'"), 307) },
		"much memory": func() error {
			return wantRoleCode(conn.Exec(ctx, "SELECT groupArray(number) FROM numbers(100000000)"), 241)
		},
		"own setting":   func() error { return wantRoleCode(conn.Exec(ctx, "SELECT number FROM numbers(2000)"), 396) },
		"idle":          func() error { return wantClosed(server.Addr().String(), 3*time.Second) },
		"query of both": func() error { return conn.Exec(ctx, "SELECT 1") },
	} {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := wantCrowded(server); err != nil {
		return err
	}
	return closeRole(server)
}

func wantRoleCode(err error, code int32) error {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); !ok || exception.Code != code {
		return fmt.Errorf("want code %d: %w", code, err)
	}
	return nil
}

// drainRole closes the server under a running query that ends in time, and under one that does not.
func drainRole(args []string) error {
	for _, c := range []struct {
		sql     string
		patient time.Duration
		code    int32
	}{
		{"SELECT sum(sleepEachRow(0.1)) FROM numbers(8) SETTINGS max_block_size = 1", 15 * time.Second, 0},
		{"SELECT sum(sipHash64(number)) FROM numbers(4000000000000)", 200 * time.Millisecond, -1},
	} {
		server, conn, err := openRole(roleConfig(args[0]))
		if err != nil {
			return err
		}
		ended := make(chan error, 1)
		go func() { ended <- conn.Exec(context.Background(), c.sql) }()
		if err := awaitProcess(server, c.sql); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), c.patient)
		err = server.Close(ctx)
		cancel()
		if err != nil {
			return err
		}
		if err := <-ended; (err == nil) != (c.code == 0) {
			return fmt.Errorf("%s ended with %w", c.sql, err)
		}
	}
	return nil
}

func awaitProcess(server *embedded.Server, sql string) error {
	options, err := clickhouse.ParseDSN(server.DSN())
	if err != nil {
		return err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for range 1000 {
		var count uint64
		if err := conn.QueryRow(context.Background(), "SELECT count() FROM system.processes WHERE query = ?", sql).Scan(&count); err != nil {
			return err
		}
		if count > 0 {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%s does not run", sql)
}

// missingRole looks for the engine where there is none.
func missingRole(args []string) error {
	_, err := embedded.Open(roleConfig(args[0]), zap.NewNop())
	fmt.Println("kind", fault.KindOf(err))
	fmt.Println("error", err)
	fmt.Println("hint", fault.HintOf(err))
	return nil
}
