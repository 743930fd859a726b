// Command servers runs the embedded NATS and ClickHouse, each if it is given an address, as servers of their own: what tests use where
// people have servers. It prints their addresses as one line of JSON when both are ready, and closes them on a signal or when its standard
// input ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/embedded/nats"
)

type settings struct {
	data, nats, clickhouse, user, password, database string
}

func main() {
	var s settings
	flag.StringVar(&s.data, "data", "", "folder of all state")
	flag.StringVar(&s.nats, "nats", "", "HOST:PORT of NATS; none: no NATS")
	flag.StringVar(&s.clickhouse, "clickhouse", "", "HOST:PORT of ClickHouse; none: no ClickHouse")
	flag.StringVar(&s.user, "user", "tester", "user of both")
	flag.StringVar(&s.password, "password", "", "password of both")
	flag.StringVar(&s.database, "database", "pricewire", "database that ClickHouse begins with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT) //nolint:forbidigo // a main
	err := whileRead(ctx, func(ctx context.Context) error { return run(ctx, s) })
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "servers:", err)
		os.Exit(1)
	}
}

// whileRead does something in a context that ends with standard input, which ends when whoever started us does. It is read through a
// descriptor of its own: the engine takes the first one away.
func whileRead(ctx context.Context, do func(context.Context) error) error {
	own, err := syscall.Dup(int(os.Stdin.Fd()))
	if err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit of a file's size fails, as it does on a full disk
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(uintptr(own), "standard input"))
		cancel()
	}()
	return do(ctx)
}

func run(ctx context.Context, s settings) (err error) {
	if s.data == "" || s.password == "" || (s.nats == "" && s.clickhouse == "") {
		return errors.New("--data, --password, and at least one of --nats and --clickhouse are needed")
	}
	log, err := daemon.NewLogger(os.Stderr, "info", "text")
	if err != nil {
		return err
	}
	addresses := map[string]string{}
	if s.nats != "" {
		server, err := nats.Open(nats.Config{Dir: filepath.Join(s.data, "nats"), Address: s.nats, User: s.user, Password: s.password}, log.Named("nats"))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Close()) }()
		addresses["nats"] = server.URL()
	}
	if s.clickhouse != "" {
		server, err := openEngine(s, log)
		if err != nil {
			return err
		}
		defer func() {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
			defer cancel()
			err = errors.Join(err, server.Close(closing))
		}()
		addresses["clickhouse"] = server.DSN()
	}
	if err := json.NewEncoder(os.Stdout).Encode(addresses); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// closeTime bounds how long the engine waits for what is asked of it.
const closeTime = 10 * time.Second

func openEngine(s settings, log *zap.Logger) (*clickhouse.Server, error) {
	return clickhouse.Open(clickhouse.Config{
		Dir: filepath.Join(s.data, "clickhouse"), Address: s.clickhouse, User: s.user, Password: s.password, Database: s.database,
	}, log.Named("clickhouse"))
}
