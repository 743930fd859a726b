package nats_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

func owned(dir string) nats.Config {
	cfg := config(dir)
	cfg.User, cfg.Password = "pricewire", "secret"
	return cfg
}

// as is the address of a server for somebody.
func as(t *testing.T, srv *nats.Server, name, password string) string {
	t.Helper()
	u, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, password)
	return u.String()
}

func add(t *testing.T, srv *nats.Server, name string, cost bool) string {
	t.Helper()
	password, err := srv.AddSubscriber(name, cost, "alice", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return password
}

func TestASubscriberIsLetInUntilHeIsRemovedWithoutARestart(t *testing.T) {
	srv := open(t, owned(t.TempDir()))
	password := add(t, srv, "billing", true)
	closed := make(chan struct{})
	nc, err := natsgo.Connect(as(t, srv, "billing", password), natsgo.MaxReconnects(2), natsgo.ReconnectWait(time.Millisecond), natsgo.ClosedHandler(func(*natsgo.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if _, err := natsgo.Connect(as(t, srv, "billing", password+"x")); !errors.Is(err, natsgo.ErrAuthorization) {
		t.Errorf("a wrong password gives %v", err)
	}
	if err := srv.RemoveSubscriber("billing"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the connection goes on")
	}
	if _, err := natsgo.Connect(as(t, srv, "billing", password)); !errors.Is(err, natsgo.ErrAuthorization) {
		t.Errorf("connecting again gives %v", err)
	}
	if err := srv.RemoveSubscriber("billing"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removing again gives %v", err)
	}
	fresh := add(t, srv, "billing", false) // the name can be had again, with another password
	again, err := natsgo.Connect(as(t, srv, "billing", fresh))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestSubscribersOutliveARestartAndTheirPasswordsAreNotKept(t *testing.T) {
	cfg := owned(t.TempDir())
	srv := open(t, cfg)
	password := add(t, srv, "billing", true)
	before := srv.Subscribers()
	a := adapter(t, srv.URL())
	if _, err := a.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	closeServer(t, srv)
	file := filepath.Join(cfg.Dir, "subscribers.json")
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), password) {
		t.Fatalf("%s, %v", data, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	srv = open(t, cfg)
	if after := srv.Subscribers(); len(after) != 1 || after[0] != before[0] || !after[0].Cost || after[0].CreatedBy != "alice" {
		t.Errorf("%+v, then %+v", before, after)
	}
	nc, err := natsgo.Connect(as(t, srv, "billing", password))
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	if _, err := adapter(t, srv.URL()).Info(t.Context(), stream.Prices); err != nil { // JetStream is there beside accounts of subscribers
		t.Error(err)
	}
}

func TestSubscribersThatCannotBeAreRefused(t *testing.T) {
	srv := open(t, owned(t.TempDir()))
	add(t, srv, "a", false)
	for name, kind := range map[string]fault.Kind{"": fault.Invalid, "A": fault.Invalid, "a_b": fault.Invalid, "a.b": fault.Invalid, "-a": fault.Invalid, "a>": fault.Invalid, strings.Repeat("a", 33): fault.Invalid, "a": fault.Conflict} {
		if _, err := srv.AddSubscriber(name, false, "", time.Now()); !fault.Is(err, kind) {
			t.Errorf("%q gives %v", name, err)
		}
	}
	if _, err := open(t, config(t.TempDir())).AddSubscriber("a", false, "", time.Now()); !fault.Is(err, fault.Refused) {
		t.Errorf("a server for everybody gives %v", err)
	}
	cfg := owned(t.TempDir())
	if err := os.WriteFile(filepath.Join(cfg.Dir, "subscribers.json"), []byte(`[{"name":"a","hash":"open"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := nats.Open(cfg, zap.NewNop()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file that says nonsense gives %v", err)
	}
}

func TestASubscriberHasOnlySoManyConnectionsAndSubscriptions(t *testing.T) {
	srv := open(t, owned(t.TempDir()))
	address := as(t, srv, "billing", add(t, srv, "billing", false))
	var last *natsgo.Conn
	for range nats.MaxSubscriberConnections {
		nc, err := natsgo.Connect(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		last = nc
	}
	if nc, err := natsgo.Connect(address); err == nil {
		nc.Close()
		t.Error("there is one connection more than there may be")
	}
	refused := make(chan error, 4)
	last.SetErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) {
		select {
		case refused <- err:
		default:
		}
	})
	for range nats.MaxSubscriberSubscriptions + 1 {
		if _, err := last.SubscribeSync(last.NewInbox()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-refused:
		if !errors.Is(err, natsgo.ErrMaxSubscriptionsExceeded) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("there is one subscription more than there may be")
	}
	if last.MaxPayload() != nats.MaxSubscriberPayload {
		t.Errorf("a message may have %d bytes", last.MaxPayload())
	}
	owner, err := natsgo.Connect(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if owner.MaxPayload() != nats.DefaultMaxPayload {
		t.Errorf("the owner's messages may have %d bytes", owner.MaxPayload())
	}
}

// certificate makes one for a host, signed by itself, and returns its files and who believes it.
func certificate(t *testing.T, host string) (cert, key string, believer *tls.Config) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, data := range map[string][]byte{cert: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	believer = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: host, MinVersion: tls.VersionTLS12}
	believer.RootCAs.AppendCertsFromPEM(text)
	return cert, key, believer
}

func TestAnAddressForOtherMachinesIsEncryptedAndProgramsOfThisMachineGoOnAsBefore(t *testing.T) {
	cert, key, believer := certificate(t, "nats.example.com")
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // finds a free port
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	cfg := owned(t.TempDir())
	cfg.Address, cfg.Cert, cfg.Key = "0.0.0.0:"+port, cert, key
	srv := open(t, cfg)

	if u, err := url.Parse(srv.URL()); err != nil || u.Scheme != "nats" || u.Hostname() != "127.0.0.1" || u.Host == address {
		t.Fatalf("programs of this machine are sent to %s, %v", srv.URL(), err)
	}
	local := adapter(t, srv.URL())
	if _, err := local.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	if _, err := natsgo.Connect(as(t, srv, "pricewire", "wrong")); !errors.Is(err, natsgo.ErrAuthorization) {
		t.Errorf("a wrong password gives %v", err)
	}
	outside, err := natsgo.Connect("tls://"+address, natsgo.Secure(believer), natsgo.UserInfo("pricewire", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	if state, err := outside.TLSConnectionState(); err != nil || state.Version < tls.VersionTLS12 {
		t.Errorf("%+v, %v", state, err)
	}
	if nc, err := natsgo.Connect("tls://"+address, natsgo.Secure(&tls.Config{RootCAs: believer.RootCAs, MinVersion: tls.VersionTLS12}), natsgo.UserInfo("pricewire", "secret")); err == nil {
		nc.Close()
		t.Error("a certificate of another host is believed")
	}
	conn, err := net.Dial("tcp", address) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("CONNECT {\"user\":\"pricewire\",\"pass\":\"secret\",\"verbose\":true}\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 0, 4096)
	for buffer := make([]byte, 1024); ; {
		n, err := conn.Read(buffer)
		said = append(said, buffer[:n]...)
		if err != nil {
			break
		}
	}
	if strings.Contains(string(said), "PONG") || strings.Contains(string(said), "+OK") {
		t.Errorf("without TLS the server says %s", said)
	}
}

func TestAnAddressForOtherMachinesNeedsACertificate(t *testing.T) {
	cert, key, _ := certificate(t, "h")
	for name, change := range map[string]func(*nats.Config){
		"no certificate":                         func(c *nats.Config) { c.Address = "0.0.0.0:0" },
		"a certificate and nobody":               func(c *nats.Config) { c.Address, c.Cert, c.Key, c.User, c.Password = "0.0.0.0:0", cert, key, "", "" },
		"a certificate without a key":            func(c *nats.Config) { c.Cert = cert },
		"a key that is no key":                   func(c *nats.Config) { c.Cert, c.Key = cert, cert },
		"a certificate that is not there":        func(c *nats.Config) { c.Cert, c.Key = cert+"x", key },
		"all addresses, because none is written": func(c *nats.Config) { c.Address = ":0" },
	} {
		cfg := owned(t.TempDir())
		change(&cfg)
		if srv, err := nats.Open(cfg, zap.NewNop()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
			if srv != nil {
				closeServer(t, srv)
			}
		}
	}
}
