package daemon_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

// issue writes a certificate of its own for this machine, with a serial number, and its key.
func issue(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: bytes}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(serial) * time.Minute) // as if written then
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestACertificateIsReadAgainWhenItsFilesChange(t *testing.T) {
	dir := t.TempDir()
	cert, key := issue(t, dir, 1)
	c, err := daemon.NewCertificate(cert, key, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- daemon.Server{Handler: http.NotFoundHandler(), Log: zap.NewNop(), Drain: time.Second, TLS: c.TLS()}.Run(ctx, listener)
	}()
	serial := func() int64 {
		dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}} //nolint:gosec // which certificate it is, is what is looked at
		connection, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		state := connection.(*tls.Conn).ConnectionState()
		if state.NegotiatedProtocol != "h2" {
			t.Errorf("protocol %q", state.NegotiatedProtocol)
		}
		return state.PeerCertificates[0].SerialNumber.Int64()
	}
	await := func(want int64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); serial() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("it is still %d", serial())
			}
		}
	}
	await(1)
	issue(t, dir, 2)
	await(2)
	if err := os.WriteFile(key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	await(2)
	issue(t, dir, 3)
	await(3)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestACertificateThatCannotBeUsedIsInvalid(t *testing.T) {
	dir := t.TempDir()
	cert, _ := issue(t, dir, 1)
	_, other := issue(t, t.TempDir(), 2)
	for _, pair := range [][2]string{{cert, other}, {cert, filepath.Join(dir, "none")}, {filepath.Join(dir, "none"), other}, {other, cert}} {
		if _, err := daemon.NewCertificate(pair[0], pair[1], zap.NewNop()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", pair, err)
		}
	}
}
