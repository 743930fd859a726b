package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
)

// certificateFor writes a certificate of the loopback and its key, and returns who trusts it.
func certificateFor(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{keyFile: {Type: "PRIVATE KEY", Bytes: secret}, certFile: {Type: "CERTIFICATE", Bytes: made}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool
}

func TestClickHouseForOtherMachinesSpeaksTLSAndTakesANewCertificate(t *testing.T) {
	refused := command(t, "up", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--clickhouse", "0.0.0.0:0")
	if refused.code != 5 || !strings.Contains(refused.err, "--clickhouse-tls-cert") {
		t.Fatalf("without a certificate: exit %d, %s", refused.code, refused.err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	first := certificateFor(t, certFile, keyFile)
	i := start(t, t.TempDir(), "--source", "none", "--clickhouse", "0.0.0.0:0", "--clickhouse-tls-cert", certFile, "--clickhouse-tls-key", keyFile)
	ask := func(trusted *x509.CertPool) error {
		options, err := clickhouse.ParseDSN(i.Analyst)
		if err != nil {
			return err
		}
		if trusted == nil {
			options.TLS = nil
		} else {
			options.TLS = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
		}
		options.DialTimeout = 3 * time.Second
		conn, err := clickhouse.Open(options)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		return conn.Exec(t.Context(), "SELECT count() FROM rates")
	}
	if err := ask(first); err != nil || !strings.HasSuffix(i.ClickHouse, "?secure=true") {
		t.Errorf("%v, %s", err, i.ClickHouse)
	}
	if ask(nil) == nil {
		t.Error("a client without TLS is served")
	}
	second := certificateFor(t, certFile, keyFile)
	eventually(t, "the new certificate is shown", func() error { return ask(second) })
	if ask(first) == nil {
		t.Error("the certificate before is still shown")
	}
	if code := i.stop(t); code != 0 {
		t.Errorf("exit %d", code)
	}
}
