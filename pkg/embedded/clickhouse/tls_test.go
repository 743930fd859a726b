package clickhouse_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
)

func TestClientsSpeakTLSAndTheProcessItselfDoesNot(t *testing.T) {
	play(t, child(t, "tls", t.TempDir()))
}

// tlsRole serves with TLS and asks in every way.
func tlsRole(args []string) error {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	cfg := roleConfig(args[0])
	cfg.TLS = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	server, err := embedded.Open(cfg, zap.NewNop())
	if err != nil {
		return err
	}
	ask := func(dsn string, secure *tls.Config, ctx context.Context, sql string) error {
		options, err := clickhouse.ParseDSN(dsn)
		if err != nil {
			return err
		}
		options.TLS, options.DialTimeout = secure, 2*time.Second
		conn, err := clickhouse.Open(options)
		if err != nil {
			return err
		}
		return errors.Join(conn.Exec(ctx, sql), conn.Close())
	}
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	all := context.Background()
	short, cancel := context.WithTimeout(all, 300*time.Millisecond)
	defer cancel()
	for what, check := range map[string]func() error{
		"a client with TLS": func() error { return ask(server.DSN(), trusting, all, "SELECT 1") },
		"one that gives up": func() error { return not(ask(server.DSN(), trusting, short, endless)) },
		"one that trusts nobody": func() error {
			return not(ask(server.DSN(), &tls.Config{MinVersion: tls.VersionTLS12}, all, "SELECT 1"))
		},
		"one without TLS":             func() error { return not(ask(server.DSN(), nil, all, "SELECT 1")) },
		"the process itself":          func() error { return ask(server.InternalDSN(), nil, all, "SELECT 1") },
		"the name says that it is so": func() error { return wantSuffix(server.DSN(), "?secure=true") },
	} {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if host, _, err := net.SplitHostPort(server.Addr().String()); err != nil || strings.Contains(server.InternalDSN(), server.Addr().String()) {
		return fmt.Errorf("one listener serves both: %s, %w", host, err)
	}
	return closeRole(server)
}

// not turns an expected failure into success.
func not(err error) error {
	if err == nil {
		return errors.New("it went well")
	}
	return nil
}

func wantSuffix(text, suffix string) error {
	if !strings.HasSuffix(text, suffix) {
		return fmt.Errorf("%s does not end with %s", text, suffix)
	}
	return nil
}
